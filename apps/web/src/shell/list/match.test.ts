import { expect, test } from "bun:test";
import type { ChatSummary } from "../../model/index.ts";
import { matchChats } from "./match.ts";
import { nextIndex } from "./use-list-keys.ts";

const chats = ["Zoë Ångström", "Weekend hike", "张小明", "The hikers", "ＺＯＥ"].map(
  (title) => ({ id: title, title, kind: "group" }) as ChatSummary,
);
const peer = { id: "d", title: "Mira", peer: "m.ira-bot", kind: "direct" } as ChatSummary;
const found = (query: string) => matchChats([...chats, peer], query).map(({ title }) => title);

test("without case, accents and widths", () => {
  expect(found("zoe")).toEqual(["Zoë Ångström", "ＺＯＥ"]);
  expect(found("ANGSTROM")).toEqual(["Zoë Ångström"]);
});

test("every word must be there; beginnings of words come first", () => {
  expect(found("hike")).toEqual(["Weekend hike", "The hikers"]);
  expect(found("ike")).toEqual(["Weekend hike", "The hikers"]);
  expect(found("hike week")).toEqual(["Weekend hike"]);
  expect(found("小明")).toEqual(["张小明"]);
  expect(found("ira")).toEqual(["Mira"]);
  expect(found("  ")).toEqual([]);
});

test("keys stay within the list", () => {
  expect(nextIndex("ArrowDown", 0, 3)).toBe(1);
  expect(nextIndex("ArrowDown", 2, 3)).toBe(2);
  expect(nextIndex("ArrowUp", 0, 3)).toBe(0);
  expect(nextIndex("PageDown", 1, 100)).toBe(9);
  expect(nextIndex("Home", 50, 100)).toBe(0);
  expect(nextIndex("End", 0, 100)).toBe(99);
  expect(nextIndex("x", 0, 100)).toBeUndefined();
});
