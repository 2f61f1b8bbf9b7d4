import { describe, expect, test } from "bun:test";
import type { ChatMessage } from "../../model/index.ts";
import { calendar } from "../time/days.ts";
import { buildRows, indexOfSeq } from "./rows.ts";

const noon = Date.parse("2026-11-23T12:00:00Z");
const dayOf = calendar("UTC");

function message(seq: number, more: Partial<ChatMessage> = {}): ChatMessage {
  return {
    key: `k${seq}`,
    conversation: "d:ann:bob",
    seq,
    sender: "ann",
    mine: false,
    time: noon + seq * 1_000,
    kind: "text",
    text: `text ${seq}`,
    content: {},
    ...more,
  };
}

/** A drawing of the rows: `=` a day, `!` unread, `(` the first and `)` the last of a group. */
function draw(items: ChatMessage[], firstUnreadSeq?: number): string {
  return buildRows(items, { dayOf, firstUnreadSeq })
    .map(
      (row) =>
        `${row.newDay ? "=" : ""}${row.firstUnread ? "!" : ""}${row.first ? "(" : ""}${row.message.seq ?? "q"}${row.last ? ")" : ""}`,
    )
    .join(" ");
}

describe("groups", () => {
  test("no message, no row", () => {
    expect(draw([])).toBe("");
  });

  test("messages of one sender stand together", () => {
    expect(draw([message(1), message(2), message(3)])).toBe("=(1 2 3)");
  });

  test("another sender begins another group", () => {
    expect(draw([message(1), message(2, { sender: "bob" }), message(3)])).toBe("=(1) (2) (3)");
  });

  test("five minutes part them, from one to the next", () => {
    const items = [
      message(1, { time: noon }),
      message(2, { time: noon + 300_000 }),
      message(3, { time: noon + 600_000 }),
      message(4, { time: noon + 900_001 }),
    ];
    expect(draw(items)).toBe("=(1 2 3) (4)");
  });

  test("entries of the server stand alone", () => {
    const system = { event: "joined" } as const;
    expect(draw([message(1), message(2, { system }), message(3, { system }), message(4)])).toBe(
      "=(1) (2) (3) (4)",
    );
  });

  test("a message that waits to be sent joins its group", () => {
    const { seq: _, ...queued } = message(3);
    expect(draw([message(1), message(2), queued])).toBe("=(1 2 q)");
  });
});

describe("days", () => {
  test("midnight parts a group", () => {
    const items = [
      message(1, { time: Date.parse("2026-11-23T23:59:59Z") }),
      message(2, { time: Date.parse("2026-11-24T00:00:01Z") }),
      message(3, { time: Date.parse("2026-11-24T00:00:02Z") }),
    ];
    expect(draw(items)).toBe("=(1) =(2 3)");
  });

  test("a clock that goes back begins no group by time, but a day by date", () => {
    const items = [
      message(1, { time: Date.parse("2026-11-24T00:00:01Z") }),
      message(2, { time: Date.parse("2026-11-23T23:59:59Z") }),
    ];
    expect(draw(items)).toBe("=(1) =(2)");
  });
});

describe("the unread line", () => {
  test("stands above the first unread message and parts its group", () => {
    expect(draw([message(1), message(2), message(3)], 2)).toBe("=(1) !(2 3)");
  });

  test("passes over own messages, and over what is not in the window", () => {
    expect(draw([message(4), message(5, { mine: true }), message(6)], 5)).toBe("=(4 5) !(6)");
    expect(draw([message(4), message(5)], 2)).toBe("=!(4 5)");
    expect(draw([message(4), message(5)], 9)).toBe("=(4 5)");
  });
});

test("indexOfSeq finds the message or the one after it", () => {
  const rows = buildRows([message(2), message(5), message(9)], {
    dayOf,
    firstUnreadSeq: undefined,
  });
  expect([1, 2, 3, 5, 9, 10].map((seq) => indexOfSeq(rows, seq))).toEqual([0, 0, 1, 1, 2, -1]);
});
