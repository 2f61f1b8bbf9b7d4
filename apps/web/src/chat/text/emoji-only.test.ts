import { describe, expect, test } from "bun:test";
import { emojiOnlyCount } from "./emoji-only.ts";

describe("emojiOnlyCount", () => {
  const counted: readonly (readonly [text: string, count: number, what: string])[] = [
    ["😀", 1, "one"],
    [" 😀 🎉\n", 2, "with spaces"],
    ["👍🏽", 1, "with a skin tone"],
    ["👨‍👩‍👧‍👦", 1, "a family, joined"],
    ["👩🏽‍❤️‍💋‍👨🏿", 1, "a couple with tones, joined"],
    ["🏳️‍🌈", 1, "the rainbow flag"],
    ["🏴‍☠️", 1, "a flag, joined"],
    ["🇨🇳", 1, "a flag of two letters"],
    ["🇨🇳🇩🇪", 2, "two flags"],
    ["🏴󠁧󠁢󠁳󠁣󠁴󠁿", 1, "a flag of tags"],
    ["1️⃣2️⃣", 2, "keycaps"],
    ["#️⃣", 1, "a keycap sign"],
    ["❤️", 1, "a heart with its selector"],
    ["☎️", 1, "a telephone with its selector"],
    ["🧑‍💻", 1, "a profession"],
    ["😀😀😀😀😀😀", 6, "six"],
  ];
  test.each(counted)("%s: %d (%s)", (text, count) => {
    expect(emojiOnlyCount(text)).toBe(count);
  });

  const text: readonly (readonly [text: string, what: string])[] = [
    ["", "nothing"],
    ["   ", "spaces"],
    ["😀 ok", "words after"],
    ["好😀", "words before"],
    ["123", "digits, which are emoji by property"],
    ["#", "a sign"],
    ["©", "text by default"],
    ["😀😀😀😀😀😀😀", "seven"],
    ["🇨", "half a flag"],
    ["\u200D", "a joiner alone"],
    ["\uFE0F", "a selector alone"],
    [":-)", "punctuation"],
  ];
  test.each(text)("%s: none (%s)", (value) => {
    expect(emojiOnlyCount(value)).toBe(0);
  });

  test("does not take long on long sequences", () => {
    const startedAt = performance.now();
    expect(emojiOnlyCount("😀".repeat(10_000))).toBe(0);
    emojiOnlyCount(`${"👩\u200D".repeat(60)}x`);
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});
