import { expect, test } from "bun:test";
import { titleOf } from "./page-title.ts";
import { shortcutOf, stepFrom } from "./shortcuts.ts";

const press = (key: string, held: string = "", typing = false) =>
  shortcutOf(
    {
      key,
      altKey: held.includes("alt"),
      ctrlKey: held.includes("ctrl"),
      metaKey: held.includes("meta"),
      shiftKey: held.includes("shift"),
    },
    typing,
  );

test("keys of the page", () => {
  expect(press("k", "ctrl", true)).toBe("search");
  expect(press("K", "meta")).toBe("search");
  expect(press("ArrowUp", "alt", true)).toBe("previous");
  expect(press("ArrowDown", "alt")).toBe("next");
  expect(press("Escape", "", true)).toBe("back");
  expect(press("?", "shift")).toBe("help");
});

test("what is text in a field, or the browser's, is left alone", () => {
  expect(press("?", "shift", true)).toBeUndefined();
  expect(press("k")).toBeUndefined();
  expect(press("k", "ctrl shift")).toBeUndefined();
  expect(press("ArrowDown")).toBeUndefined();
  expect(press("ArrowUp", "ctrl alt")).toBeUndefined();
});

test("the conversation before and after", () => {
  const ids = ["a", "b", "c"];
  expect(stepFrom(ids, "b", 1)).toBe("c");
  expect(stepFrom(ids, "b", -1)).toBe("a");
  expect(stepFrom(ids, "c", 1)).toBeUndefined();
  expect(stepFrom(ids, "a", -1)).toBeUndefined();
  expect(stepFrom(ids, undefined, 1)).toBe("a");
  expect(stepFrom(ids, "gone", -1)).toBe("c");
  expect(stepFrom([], undefined, 1)).toBeUndefined();
});

test("the title counts what is unread", () => {
  expect(titleOf("", 0)).toBe("Godwit");
  expect(titleOf("Ada", 0)).toBe("Ada · Godwit");
  expect(titleOf("Ada", 3)).toBe("(3) Ada · Godwit");
  expect(titleOf("", 100)).toBe("(99+) Godwit");
});
