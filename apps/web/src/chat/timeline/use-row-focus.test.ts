import { expect, test } from "bun:test";
import { rowAfterKey } from "./use-row-focus.ts";

test("arrow keys move from the row that has the focus, and stop at the ends", () => {
  expect(rowAfterKey("ArrowUp", 5, 9, 10)).toBe(4);
  expect(rowAfterKey("ArrowDown", 5, 9, 10)).toBe(6);
  expect(rowAfterKey("ArrowUp", 0, 9, 10)).toBe(0);
  expect(rowAfterKey("ArrowDown", 9, 9, 10)).toBe(9);
  expect(rowAfterKey("PageUp", 9, 9, 10)).toBe(1);
  expect(rowAfterKey("PageDown", 5, 9, 10)).toBe(9);
  expect(rowAfterKey("Home", 5, 9, 10)).toBe(0);
  expect(rowAfterKey("End", 5, 9, 10)).toBe(9);
});

test("without a focused row, they begin with the newest that is visible", () => {
  expect(rowAfterKey("ArrowUp", -1, 42, 100)).toBe(42);
  expect(rowAfterKey("ArrowDown", -1, 42, 100)).toBe(42);
});

test("other keys lead nowhere", () => {
  expect(rowAfterKey("a", 5, 9, 10)).toBeUndefined();
  expect(rowAfterKey("Enter", 5, 9, 10)).toBeUndefined();
});
