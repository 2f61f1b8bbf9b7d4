import { describe, expect, test } from "bun:test";
import { askedMention, withMention } from "./mention.ts";

describe("a mention is begun", () => {
  const cases: readonly (readonly [text: string, query: string | undefined])[] = [
    ["@", ""],
    ["hi @bo", "bo"],
    ["你好@张", "张"],
    ["你好＠张三", "张三"],
    ["(@zo", "zo"],
    ["line\n@ada", "ada"],
    ["ada@example", undefined],
    ["@@ada", undefined],
    ["x.@ada", undefined],
    ["@bob and", undefined],
    ["nothing", undefined],
    [`@${"a".repeat(64)}`, "a".repeat(64)],
    [`@${"a".repeat(65)}`, undefined],
  ];
  test.each(cases)("%j: %j", (text, query) => {
    expect(askedMention(text, text.length)?.query).toBe(query);
  });

  test("at the caret, not at the end", () => {
    expect(askedMention("hi @bo, and more", 6)).toEqual({ from: 3, query: "bo" });
    expect(askedMention("hi @bo, and more", 12)).toBeUndefined();
  });
});

test("the chosen word takes the place of what was typed", () => {
  const asked = { from: 3, query: "bo" };
  expect(withMention("hi @bo", asked, "bob")).toEqual({ text: "hi @bob ", caret: 8 });
  expect(withMention("hi @bo, look", asked, "bob")).toEqual({ text: "hi @bob , look", caret: 8 });
  expect(withMention("hi ＠bo there", asked, "bob")).toEqual({ text: "hi @bob there", caret: 8 });
});
