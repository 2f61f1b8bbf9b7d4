import { describe, expect, test } from "bun:test";
import { createLookup } from "./lookup.ts";

const tree = {
  plain: "Hello",
  deep: { er: { text: "Down here" } },
  from: "{{name}} invites {{other}}",
  seen_one: "{{count}} message",
  seen_other: "{{count}} messages",
  title_other: "Only the general form",
};
const english = createLookup(tree, "en");

describe("texts are looked up", () => {
  test("by their path, and by nothing that is only half one", () => {
    expect(english("plain")).toBe("Hello");
    expect(english("deep.er.text")).toBe("Down here");
    expect(english("deep.er")).toBeUndefined();
    expect(english("deep.er.text.more")).toBeUndefined();
    expect(english("constructor")).toBeUndefined();
  });

  test("in the form for a count, by the rules of the language", () => {
    expect(english("seen", { count: 1 })).toBe("1 message");
    expect(english("seen", { count: 0 })).toBe("0 messages");
    expect(createLookup({ seen_other: "{{count}} 条消息" }, "zh")("seen", { count: 1 })).toBe(
      "1 条消息",
    );
    expect(english("title", { count: 1 })).toBe("Only the general form");
  });

  test("with what is filled in taken as it is", () => {
    expect(english("from", { name: "{{other}}", other: "$& <b>" })).toBe(
      "{{other}} invites $& <b>",
    );
    expect(english("from", { name: "Ada" })).toBe("Ada invites {{other}}");
  });
});
