import { expect, test } from "bun:test";
import { foldText, foldedCharactersMax, foldedLinesMax } from "./fold.ts";

test("short texts and those a little too long are shown whole", () => {
  expect(foldText("hello")).toBeUndefined();
  expect(foldText("a".repeat(foldedCharactersMax + 10))).toBeUndefined();
  expect(foldText("a\n".repeat(foldedLinesMax + 1))).toBeUndefined();
});

test("many characters are cut", () => {
  expect(foldText("a".repeat(65_000))).toBe("a".repeat(foldedCharactersMax));
});

test("many lines are cut at a line", () => {
  const folded = foldText(Array.from({ length: 500 }, (_, index) => `line ${index}`).join("\n"));
  expect(folded?.split("\n")).toHaveLength(foldedLinesMax);
  expect(folded).toEndWith(`line ${foldedLinesMax - 1}`);
});

test("no character is cut in half", () => {
  const folded = foldText(`a${"😀".repeat(5_000)}`) ?? "";
  expect(folded.isWellFormed()).toBe(true);
  expect(folded.length).toBeGreaterThan(foldedCharactersMax - 2);
});
