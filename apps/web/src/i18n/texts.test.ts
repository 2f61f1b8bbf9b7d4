/** Compares the languages: the same keys, the same placeholders, nothing empty, and the punctuation of each language. */
import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { en } from "./en.ts";
import { lateEn } from "./late.en.ts";
import { lateZh } from "./late.zh.ts";
import type { TextTree } from "./types.ts";
import { zh } from "./zh.ts";

function flatten(tree: TextTree, prefix = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[prefix + key, value] as [string, string]]
      : flatten(value, `${prefix}${key}.`),
  );
}

const english = flatten({ ...en, ...lateEn });
const chinese = new Map(flatten({ ...zh, ...lateZh }));
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]!);

describe("texts", () => {
  test("both languages have the same keys; Chinese has one plural form", () => {
    const expected = english.map(([key]) => key).filter((key) => !key.endsWith("_one"));
    expect([...chinese.keys()].toSorted()).toEqual(expected.toSorted());
  });

  test("what is drawn at first has its texts at first", async () => {
    const late = new RegExp(`"(${Object.keys(lateEn).join("|")})\\.\\w`);
    // Each of these is fetched on demand, by `onDemand` or after `loadTexts`.
    const onDemand =
      /^shell\/((start|people|links|details|settings)\/|list\/(search-results|chat-menu)|frame\/(shortcuts-dialog|language-menu|theme-button|page-frame|name-dialog))/;
    const wrong: string[] = [];
    const src = new URL("..", import.meta.url).pathname;
    for await (const file of new Glob("**/*.{ts,tsx}").scan(src))
      if (!onDemand.test(file) && !file.includes(".test."))
        if (late.test(await Bun.file(src + file).text())) wrong.push(file);
    expect(wrong).toEqual([]);
  });

  test("each plural has both English forms", () => {
    const keys = new Set(english.map(([key]) => key));
    for (const key of keys) {
      if (key.endsWith("_one")) expect(keys).toContain(key.replace(/_one$/, "_other"));
      if (key.endsWith("_other")) expect(keys).toContain(key.replace(/_other$/, "_one"));
    }
  });

  test("a text has the same placeholders in both, and is not empty", () => {
    const wrong = english.filter(([key, text]) => {
      const other = chinese.get(key.replace(/_one$/, "_other"))?.trim() ?? "";
      const same = String(placeholders(other).toSorted()) === String(placeholders(text).toSorted());
      return !same || other === "" || text.trim() === "";
    });
    expect(wrong).toEqual([]);
  });

  test("Chinese uses Chinese punctuation beside Chinese characters", () => {
    const wrong = [...chinese].filter(([, text]) =>
      /[\u4e00-\u9fff}”][,;:?!]|[,;:?!][\u4e00-\u9fff]/.test(text),
    );
    expect(wrong).toEqual([]);
  });
});
