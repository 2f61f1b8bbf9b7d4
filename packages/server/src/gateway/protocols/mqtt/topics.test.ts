import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { badTopic, levelsOf, matches, readFilter } from "./topics.ts";

const limits = { topicBytesMax: 64, topicLevelsMax: 6 };
const matched = (filter: string, topic: string) => {
  const read = readFilter(filter, limits);
  if (typeof read === "string") throw new Error(read);
  return matches(levelsOf(read), topic.split("/"));
};

describe("topic filters (MQTT 5.0 section 4.7)", () => {
  test.each([
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/#", "sport", true],
    ["#", "a/b", true],
    ["sport/tennis/+", "sport/tennis/player1", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["+/+", "/finance", true],
    ["/+", "/finance", true],
    ["+", "/finance", false],
    ["#", "$SYS/uptime", false],
    ["+/uptime", "$SYS/uptime", false],
    ["$SYS/#", "$SYS/uptime", true],
    ["a//b", "a//b", true],
    ["a/+/b", "a//b", true],
    ["Accounts", "ACCOUNTS", false],
    ["$share/x/a/#", "a/b", true],
  ])("%s and %s: %p", (filter, topic, expected) => {
    expect(matched(filter, topic)).toBe(expected);
  });

  test.each([
    "",
    "a/#/b",
    "a#",
    "+a/b",
    "a/b+",
    "$share/x",
    "$share//a",
    "$share/+/a",
    "$share/x/",
  ])("refused: %p", (filter) => expect(typeof readFilter(filter, limits)).toBe("string"));

  test("bombs are refused before they are cut into levels", () => {
    expect(readFilter("/".repeat(7), limits)).toContain("levels");
    expect(readFilter("é".repeat(40), limits)).toContain("bytes");
    expect(badTopic("/".repeat(1_000_000), limits)).toContain("bytes");
    expect(badTopic("a/+", limits)).toContain("wildcards");
    expect(badTopic("a/b", limits)).toBeUndefined();
  });

  test("a filter without wildcards matches its own name and no other", () => {
    const name = fc
      .array(fc.constantFrom("a", "b", ""), { minLength: 1, maxLength: 5 })
      .map((levels) => levels.join("/"))
      .filter((topic) => topic !== "");
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(matched(one, other)).toBe(one === other);
      }),
    );
  });
});
