import { expect, test } from "bun:test";
import { commandNames, parseCommand } from "./commands.ts";
import { mentioned } from "./talk.ts";

test("commands are taken apart into words, quoted ones whole", () => {
  expect(parseCommand('/group "Lunch team" bob carol')).toEqual({
    name: "group",
    words: ["Lunch team", "bob", "carol"],
    rest: '"Lunch team" bob carol',
  });
  expect(parseCommand("  /list  ")).toEqual({ name: "list", words: [], rest: "" });
  expect(parseCommand("/to bob several\nlines")?.rest).toBe("bob several\nlines");
});

test("messages are not commands", () => {
  for (const text of [
    "hello",
    "//not a command",
    "a /quit",
    "/",
    "/1",
    "/etc/passwd is a file",
    "",
  ])
    expect(parseCommand(text)).toBeUndefined();
});

test("no command is the beginning of another, so that all can be shortened", () => {
  for (const name of commandNames)
    expect(commandNames.filter((other) => other.startsWith(name))).toEqual([name]);
});

test("mentions are names at the beginning of words", () => {
  expect(mentioned("@bob, and @carol.d: see @all. Not mail@example.org")).toEqual([
    "bob",
    "carol.d",
    "*",
  ]);
  expect(mentioned("@bob @bob")).toEqual(["bob"]);
  expect(mentioned("nobody @ all")).toEqual([]);
});
