import { expect, test } from "bun:test";
import type { ChatMessage } from "../../model/index.ts";
import { guessHeight } from "./heights.ts";
import type { Row } from "./rows.ts";

const row = (text: string, more: Partial<Row> = {}, message: Partial<ChatMessage> = {}): Row => ({
  key: "k",
  newDay: false,
  firstUnread: false,
  first: false,
  last: true,
  message: {
    key: "k",
    conversation: "d:a:b",
    sender: "a",
    mine: false,
    time: 0,
    kind: "text",
    text,
    content: {},
    ...message,
  },
  ...more,
});

test("grows with the text, and less so in a wider list", () => {
  const short = guessHeight(row("hello"), 400, false);
  const long = guessHeight(row("a".repeat(400)), 400, false);
  expect(long).toBeGreaterThan(short * 3);
  expect(guessHeight(row("a".repeat(400)), 800, false)).toBeLessThan(long);
  expect(guessHeight(row("好".repeat(100)), 400, false)).toBeGreaterThan(
    guessHeight(row("a".repeat(100)), 400, false),
  );
});

test("what is around a message takes room", () => {
  const plain = guessHeight(row("hello"), 400, true);
  for (const more of [{ newDay: true }, { firstUnread: true }, { first: true }]) {
    expect(guessHeight(row("hello", more), 400, true)).toBeGreaterThan(plain);
  }
  expect(guessHeight(row("hello", {}, { replyTo: { seq: 1 } }), 400, true)).toBeGreaterThan(plain);
});

test("a folded text has a bounded height, however long it is", () => {
  expect(guessHeight(row("a\n".repeat(30_000)), 360, false)).toBeLessThan(600);
  expect(guessHeight(row("a".repeat(65_000)), 360, false)).toBeLessThan(600);
});

test("emoji alone are high, the fewer the higher", () => {
  const heights = ["😀", "😀😀", "😀😀😀", "😀😀😀😀", "ok"].map((text) =>
    guessHeight(row(text), 400, false),
  );
  expect(heights).toEqual(heights.toSorted((one, other) => other - one));
});
