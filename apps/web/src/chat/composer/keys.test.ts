import { expect, test } from "bun:test";
import { type ComposerKey, composerKey, type KeyPress } from "./keys.ts";

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  keyCode: 0,
  ...more,
});
const desk = { empty: false, touch: false };

const cases: readonly (readonly [string, KeyPress, Partial<typeof desk>, ComposerKey])[] = [
  ["Enter sends", press("Enter"), {}, "send"],
  ["Shift+Enter begins a line", press("Enter", { shiftKey: true }), {}, "newline"],
  ["Enter on a touch screen begins a line", press("Enter"), { touch: true }, "newline"],
  ["Ctrl+Enter sends there too", press("Enter", { ctrlKey: true }), { touch: true }, "send"],
  ["Cmd+Enter sends", press("Enter", { metaKey: true }), {}, "send"],
  ["Enter chooses a word while composing", press("Enter", { isComposing: true }), {}, undefined],
  ["and in Safari, which reports it late", press("Enter", { keyCode: 229 }), {}, undefined],
  [
    "Escape while composing ends the composing",
    press("Escape", { isComposing: true }),
    {},
    undefined,
  ],
  [
    "ArrowUp while composing chooses",
    press("ArrowUp", { keyCode: 229 }),
    { empty: true },
    undefined,
  ],
  ["Escape leaves", press("Escape"), {}, "leave"],
  [
    "ArrowUp goes to the last message if nothing is written",
    press("ArrowUp"),
    { empty: true },
    "last-message",
  ],
  ["ArrowUp moves in the text", press("ArrowUp"), {}, undefined],
  ["Shift+ArrowUp selects", press("ArrowUp", { shiftKey: true }), { empty: true }, undefined],
  ["letters are letters", press("a"), {}, undefined],
];

test.each(cases)("%s", (_name, key, state, meaning) => {
  expect(composerKey(key, { ...desk, ...state })).toBe(meaning as never);
});
