import { describe, expect, test } from "bun:test";
import { mentionsIn, splitMentions } from "./mentions.ts";

const people = new Set(["ada", "bob", "a.b"]);
const rules = { known: (user: string) => people.has(user), mayAll: false };

describe("a text mentions", () => {
  const cases: readonly (readonly [text: string, users: string[]])[] = [
    ["@ada look", ["ada"]],
    ["@ada, ＠bob: look. @ada!", ["ada", "bob"]],
    ["你好@ada，看", ["ada"]],
    ["你好＠bob", ["bob"]],
    ["ask @a.b.", ["a.b"]],
    ["mail ada@bob", []],
    ["@nobody", []],
    ["@all", []],
  ];
  test.each(cases)("%j: %j", (text, users) => {
    expect(mentionsIn(text, rules)).toEqual(users);
  });

  test("everyone, if the writer may, in each language", () => {
    const mayAll = { ...rules, mayAll: true };
    expect(mentionsIn("@all @ada", mayAll)).toEqual(["*", "ada"]);
    expect(mentionsIn("＠所有人请看", mayAll)).toEqual(["*"]);
    expect(mentionsIn("@allan", mayAll)).toEqual([]);
    expect(mentionsIn("@all.", mayAll)).toEqual(["*"]);
  });

  test("somebody who is called all, and not everyone", () => {
    const known = (user: string) => user === "all";
    expect(mentionsIn("@all", { known, mayAll: true })).toEqual(["all"]);
  });

  test("as many users as the protocol allows", () => {
    const text = Array.from({ length: 60 }, (_, at) => `@u${at}`).join(" ");
    expect(mentionsIn(text, { known: () => true, mayAll: false })).toHaveLength(50);
  });
});

describe("of a message, what it mentions is told apart", () => {
  test("and nothing else", () => {
    expect(splitMentions("hi @ada, @bob", ["ada"])).toEqual([
      { text: "hi " },
      { text: "@ada", user: "ada" },
      { text: ", @bob" },
    ]);
    expect(splitMentions("@所有人 @all", ["*"])).toEqual([
      { text: "@所有人", user: "*" },
      { text: " " },
      { text: "@all", user: "*" },
    ]);
    expect(splitMentions("@all", ["*", "all"])).toEqual([{ text: "@all", user: "all" }]);
    expect(splitMentions("plain", [])).toEqual([{ text: "plain" }]);
  });
});
