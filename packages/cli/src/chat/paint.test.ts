import { describe, expect, test } from "bun:test";
import type { Message } from "@godwit/protocol";
import fc from "fast-check";
import { oneLine, width } from "../terminal/text.ts";
import { testContext } from "../testing.ts";
import { paint, type Scene } from "./paint.ts";
import { ChatState } from "./state.ts";

const noon = new Date(2026, 10, 23, 12, 0).getTime();

function stateWith(
  ...texts: [sender: string, text: string, extra?: Partial<Message>][]
): ChatState {
  const state = new ChatState("alice");
  texts.forEach(([sender, text, extra], index) =>
    state.message({
      conversation: "d:alice:bob",
      seq: index + 1,
      id: index + 1,
      sender,
      device: "d",
      clientId: `c${index}`,
      clientSeq: 1,
      time: noon + index * 60_000,
      kind: "text",
      content: { text },
      ...extra,
    }),
  );
  state.current = state.room("d:alice:bob");
  return state;
}

const scene = (state: ChatState, more: Partial<Scene> = {}): Scene => ({
  state,
  words: [],
  before: "",
  after: "",
  scroll: 0,
  reached: () => ({ delivered: 0, read: 0 }),
  ...more,
});

const rows = (state: ChatState, columns: number, count: number, more: Partial<Scene> = {}) =>
  paint(testContext(), scene(state, more), columns, count).rows.map((row) => row.trimEnd());

describe("a conversation", () => {
  test("on a wide terminal", () => {
    const state = stateWith(["bob", "hello"], ["alice", "hi"]);
    expect(rows(state, 72, 8)).toEqual([
      "●  bob",
      "",
      "",
      "──────────── Mon, 23 Nov 2026 ────────────",
      "12:00 bob          hello",
      "12:01 you          hi ✓",
      expect.stringContaining("/help"),
      "›",
    ]);
  });

  test("on a narrow one, names before the text", () => {
    const state = stateWith(["bob", "one two three four five six"], ["alice", "ok"]);
    expect(rows(state, 20, 9).slice(2, 7)).toEqual([
      "",
      "─ Mon, 23 Nov 2026 ─",
      "bob: one two three",
      "  four five six",
      "you: ok ✓",
    ]);
  });

  test("marks say how far own messages have come", () => {
    const state = stateWith(["alice", "a"]);
    const mark = (delivered: number, read: number) =>
      rows(state, 72, 5, { reached: () => ({ delivered, read }) })[2];
    expect([mark(0, 0), mark(1, 0), mark(1, 1)]).toEqual([
      "12:00 you          a ✓",
      "12:00 you          a ✓✓",
      "12:00 you          a ✓✓ read",
    ]);
    state.pending({
      conversation: "d:alice:bob",
      clientId: "p",
      time: noon,
      kind: "text",
      content: { text: "b" },
    });
    expect(rows(state, 72, 5)[2]).toBe("12:00 you          b …");
    state.pending({
      conversation: "d:alice:bob",
      clientId: "p",
      time: noon,
      kind: "text",
      content: { text: "b" },
      failure: "muted",
    });
    expect(rows(state, 72, 5)[2]).toBe("12:00 you          b ✗ muted");
  });

  test("a line divides what is new", () => {
    const state = stateWith(["bob", "old"], ["bob", "fresh"]);
    state.current!.newAfter = 1;
    expect(rows(state, 72, 7).slice(2, 5)).toEqual([
      "12:00 bob          old",
      "──────────── new ────────────",
      "12:01 bob          fresh",
    ]);
  });

  test("scrolls to older messages and not beyond", () => {
    const state = stateWith(
      ...Array.from({ length: 30 }, (_, index): [string, string] => ["bob", `m${index}`]),
    );
    const at = (scroll: number) => paint(testContext(), scene(state, { scroll }), 72, 8);
    expect(at(0).rows[5]).toContain("m29");
    expect(at(3).rows[5]).toContain("m26");
    expect(at(1_000).rows[1]).toContain("23 Nov");
    expect(at(1_000).scroll).toBe(31 - 5);
  });

  test("tabs count what is unread elsewhere, and the open one is there on any width", () => {
    const state = stateWith(["bob", "x"]);
    for (const name of ["carol", "dave", "eve"])
      state.message({
        conversation: `d:alice:${name}`,
        seq: 1,
        id: 1,
        sender: name,
        device: "d",
        clientId: name,
        clientSeq: 1,
        time: noon + 9e5,
        kind: "text",
        content: { text: "x" },
        mentions: ["alice"],
      });
    expect(rows(state, 72, 5)[0]).toContain("carol @1");
    expect(rows(state, 14, 5)[0]).toContain("bob");
    expect(rows(state, 14, 5)[0]).toContain("+3");
  });

  test("typing, presence and a lost connection are in the status row", () => {
    const state = stateWith(["bob", "x"]);
    state.presence({ user: "bob", status: "online" });
    expect(rows(state, 72, 5)[3]).toStartWith("online");
    state.typing("d:alice:bob", "bob", true);
    expect(rows(state, 72, 5)[3]).toStartWith("bob is typing …");
    state.trouble = "Not connected";
    state.waiting = 2;
    expect(rows(state, 72, 5)[3]).toStartWith("Not connected  2 waiting");
  });
});

describe("the input", () => {
  test("the cursor stands after wide characters", () => {
    const frame = paint(testContext(), scene(stateWith(), { before: "你好", after: "x" }), 40, 6);
    expect([frame.cursorRow, frame.cursorColumn]).toEqual([5, 6]);
  });

  test("grows over several rows, with the cursor in sight", () => {
    const frame = paint(
      testContext(),
      scene(stateWith(), { before: "word ".repeat(30), after: "" }),
      30,
      12,
    );
    expect(frame.cursorRow).toBe(11);
    expect(frame.rows.filter((row) => row.includes("word")).length).toBe(5);
  });

  test("line ends are shown", () =>
    expect(rows(stateWith(), 40, 5, { before: "a\nb" }).at(-1)).toBe("› a⏎b"));
});

test("whatever others write and however small the terminal is, no row is too wide and nothing commands the terminal", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          "\x1b[2J",
          "\x1b]0;x\x07",
          "你好",
          "👨‍👩‍👧",
          "\r\n",
          "\t",
          "word",
          " ",
          "\u202e",
          "e\u0301\u0301",
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("alice", "bob"), nasty), { maxLength: 8 }),
      nasty,
      fc.integer({ min: 8, max: 100 }),
      fc.integer({ min: 4, max: 20 }),
      (lines, typed, columns, height) => {
        const state = stateWith(...lines);
        state.named({ user: "bob", name: typed.slice(0, 20) });
        const frame = paint(
          testContext(),
          scene(state, { before: oneLine(typed) }),
          columns,
          height,
        );
        expect(frame.rows.length).toBe(height);
        for (const row of frame.rows) {
          expect(width(row)).toBeLessThanOrEqual(columns);
          // oxlint-disable-next-line no-control-regex -- they are what is looked for
          expect(row).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
        expect(frame.cursorRow).toBeLessThan(height);
        expect(frame.cursorColumn).toBeLessThan(columns);
      },
    ),
    { numRuns: 300 },
  );
});
