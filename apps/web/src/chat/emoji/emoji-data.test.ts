import { describe, expect, test } from "bun:test";
import { emojiOnlyCount } from "../text/emoji-only.ts";
import { emojiGroups, searchEmoji } from "./emoji-data.ts";

const all = emojiGroups.flatMap(({ emoji }) => emoji);

describe("the table", () => {
  test("every entry is one emoji with names in both languages", () => {
    for (const { emoji, english, chinese } of all) {
      expect([emoji, emojiOnlyCount(emoji)]).toEqual([emoji, 1]);
      expect([emoji, english.length > 0, chinese.length > 0]).toEqual([emoji, true, true]);
    }
  });

  test("no entry comes twice", () => {
    expect(new Set(all.map(({ emoji }) => emoji)).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(200);
  });
});

describe("searchEmoji", () => {
  const found = (query: string) => searchEmoji(query).map(({ emoji }) => emoji);

  test("in both languages", () => {
    expect(found("panda")).toEqual(["🐼"]);
    expect(found("熊猫")).toEqual(["🐼"]);
    expect(found("PANDA ")).toEqual(["🐼"]);
  });

  test("whole names before beginnings before parts", () => {
    expect(found("cat")[0]).toBe("🐱");
    expect(found("cat")).toContain("😺");
    expect(found("谢谢")[0]).toBe("🙏");
  });

  test("everything for nothing, nothing for nonsense", () => {
    expect(found("  ")).toHaveLength(all.length);
    expect(found("qqqq")).toEqual([]);
  });
});
