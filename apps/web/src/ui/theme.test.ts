/** Holds every pair of text and ground of theme.css, and the avatars, to WCAG 2.2 AA: 4.5 : 1 for text, 3 : 1 for what marks a control. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { avatarColors } from "./avatar-looks.ts";

const css = readFileSync(new URL("theme.css", import.meta.url), "utf8");

function tokens(selector: string): Map<string, string> {
  const body = css.slice(css.indexOf(`${selector} {`)).split("}")[0]!;
  return new Map([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1]!, m[2]!]));
}

/** WCAG 2.2 relative luminance. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

const grounds = ["canvas", "surface", "raised", "sunken", "hover"];
const text: readonly (readonly [string, readonly string[]])[] = [
  ["ink", [...grounds, "accent-soft", "mine", "theirs"]],
  ["muted", [...grounds, "accent-soft", "theirs"]],
  ["accent-text", [...grounds, "accent-soft", "mine", "theirs"]],
  ["danger-text", [...grounds, "danger-soft", "mine"]],
  ["warn-text", ["warn-soft"]],
  ["mine-muted", ["mine"]],
  ["accent-ink", ["accent", "accent-strong"]],
  ["danger-ink", ["danger", "danger-strong"]],
  ["inverse-ink", ["inverse"]],
];
const marks: readonly (readonly [string, readonly string[]])[] = [
  ["field-line", ["surface", "raised"]],
  ["accent", ["surface", "raised"]],
  ["danger", ["surface", "raised"]],
  ["online", ["surface"]],
  ["away", ["surface"]],
];

for (const [theme, selector] of [
  ["light", ":root"],
  ["dark", '[data-theme="dark"]'],
] as const)
  describe(theme, () => {
    const values = tokens(selector);
    for (const [pairs, least] of [
      [text, 4.5],
      [marks, 3],
    ] as const)
      for (const [front, backs] of pairs)
        for (const back of backs)
          test(`${front} on ${back} is at least ${least} : 1`, () =>
            expect(contrast(values.get(front)!, values.get(back)!)).toBeGreaterThanOrEqual(least));
  });

test("both themes have the same colours", () =>
  expect([...tokens('[data-theme="dark"]').keys()]).toEqual([...tokens(":root").keys()]));

test("letters on avatars", () => {
  for (const [ground, letters] of avatarColors)
    expect(contrast(ground, letters)).toBeGreaterThanOrEqual(4.5);
});
