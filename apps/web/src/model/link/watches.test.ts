import { expect, test } from "bun:test";
import { Watches } from "./watches.ts";

test("users are watched as long as any tab wants it", () => {
  const watches = new Watches(10);
  expect(watches.set("one", ["bob", "carol"])).toEqual({ added: ["bob", "carol"], removed: [] });
  expect(watches.set("two", ["bob", "dave"])).toEqual({ added: ["dave"], removed: [] });
  expect(watches.set("one", [])).toEqual({ added: [], removed: ["carol"] });
  expect([...watches.users].toSorted()).toEqual(["bob", "dave"]);
});

test("past the bound the tab that was heard of longest ago loses its own", () => {
  const watches = new Watches(3);
  watches.set("one", ["a", "b"]);
  watches.set("two", ["b", "c"]);
  expect(watches.set("three", ["d"])).toEqual({ added: ["d"], removed: ["a"] });
  expect(watches.set("four", ["e", "f", "g", "h"]).added).toEqual(["e", "f", "g"]);
  expect(watches.users.size).toBe(3);
});
