import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { namespaceOf, readAddress, readWanted } from "./address.ts";

describe("topics to publish to", () => {
  test.each([
    ["g/c/d:alice:bob", { to: "conversation", conversation: "d:alice:bob" }],
    ["g/c/g:0:abcdefgh", { to: "conversation", conversation: "g:0:abcdefgh" }],
    ["g/u/bob", { to: "conversation", conversation: "d:alice:bob" }],
    ["g/u/aaron", { to: "conversation", conversation: "d:aaron:alice" }],
    [
      "g/u/user=1|x@example.org",
      { to: "conversation", conversation: "d:alice:user=1|x@example.org" },
    ],
    ["g/c/d:alice:bob/receipts", { to: "receipts", conversation: "d:alice:bob" }],
    ["g/c/d:alice:bob/typing", { to: "typing", conversation: "d:alice:bob" }],
    ["g/u/alice/presence", { to: "presence", user: "alice" }],
    ["app/bob/a/b", { to: "app", owner: "bob" }],
    ["app/bob/", { to: "app", owner: "bob" }],
  ])("%s", (topic, address) => expect(readAddress(topic, "alice")).toEqual(address as never));

  test.each([
    "g",
    "g/me",
    "g/c",
    "g/c/",
    "g/c/nowhere",
    "g/c/d:alice:bob/other",
    "g/c/d:alice:bob/receipts/more",
    "g/u/bob/presence",
    "g/u/no user",
    "app",
    "app/bob",
    "app//x",
    "app/no user/x",
    "/g/u/bob",
    "elsewhere",
  ])("%s is none", (topic) => expect(readAddress(topic, "alice")).toBeUndefined());
});

describe("filters", () => {
  test.each([
    ["g/me", "inbox"],
    ["g/u/alice", "inbox"],
    ["g/u/bob", "nothing"],
    ["g/u/+", "nothing"],
    ["g/u/bob/presence", "presence"],
    ["g/c/d:alice:bob", "conversation"],
    ["g/c/d:alice:bob/#", "conversation"],
    ["g/c/+", "everything"],
    ["g/c/#", "everything"],
    ["g/#", "everything"],
    ["#", "everything"],
    ["app/bob/#", "app"],
    ["app/+/x", "everything"],
    ["app/#", "everything"],
    ["app", "nothing"],
    ["else/#", "nothing"],
  ])("%s asks for %s", (filter, of) => {
    expect(readWanted(filter.split("/"), "alice").of).toBe(of as never);
  });

  test("of any form are read without an error", () => {
    const level = fc.oneof(fc.constantFrom("g", "c", "u", "me", "app", "+", "#"), fc.string());
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 6 }), (levels) => {
        readWanted(levels, "alice");
        readAddress(levels.join("/"), "alice");
      }),
    );
  });
});

test("a user's namespace is always the same channel, and no other's", () => {
  expect(namespaceOf("alice")).toBe(namespaceOf("alice"));
  expect(namespaceOf("alice")).toMatch(/^c:0:[a-z2-7]{20}$/);
  expect(namespaceOf("bob")).not.toBe(namespaceOf("alice"));
});
