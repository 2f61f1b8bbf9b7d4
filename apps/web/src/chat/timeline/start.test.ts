import { describe, expect, test } from "bun:test";
import type { ChatMessage } from "../../model/index.ts";
import type { Place } from "./places.ts";
import { chooseStart, firstOfOthers, fitsStart, type StartFacts } from "./start.ts";

const message = (seq: number, mine = false): ChatMessage => ({
  key: `k${seq}`,
  conversation: "d:ann:bob",
  seq,
  sender: mine ? "bob" : "ann",
  mine,
  time: seq,
  kind: "text",
  text: "",
  content: {},
});
const items = [message(10), message(11), message(12, true), message(13)];
const place = (seq: number): Place => ({ key: `k${seq}`, seq, offset: 0, heights: new Map() });

const choose = (facts: Partial<StartFacts>) =>
  chooseStart({
    items,
    loading: undefined,
    place: undefined,
    unreadSeq: undefined,
    asked: false,
    ...facts,
  });

test("a start fits the messages that it was chosen for, and not those that were there before", () => {
  expect(fitsStart({ type: "unread", seq: 12 }, items)).toBe(true);
  expect(fitsStart({ type: "unread", seq: 2 }, items)).toBe(false);
  expect(fitsStart({ type: "place", place: place(13) }, items)).toBe(true);
  expect(fitsStart({ type: "place", place: place(3) }, items)).toBe(false);
  expect(fitsStart({ type: "end" }, items)).toBe(true);
});

describe("chooseStart", () => {
  test("nothing is there yet", () => {
    expect(choose({ items: [] })).toBeUndefined();
  });

  test("the newest message, if nothing is unread", () => {
    expect(choose({})).toEqual({ type: "end" });
    expect(choose({ loading: "jump" })).toEqual({ type: "end" });
  });

  test("the first unread message", () => {
    expect(choose({ unreadSeq: 12 })).toEqual({ type: "unread", seq: 12 });
  });

  test("waits for unread ones that are being loaded, and asks for those that are not", () => {
    expect(choose({ unreadSeq: 14, loading: "jump" })).toBeUndefined();
    expect(choose({ unreadSeq: 14 })).toEqual({ type: "load", target: "unread" });
    expect(choose({ unreadSeq: 2 })).toEqual({ type: "load", target: "unread" });
    expect(choose({ unreadSeq: 14, asked: true })).toEqual({ type: "end" });
  });

  test("where the reader left, before what is unread", () => {
    expect(choose({ place: place(11), unreadSeq: 13 })).toMatchObject({ type: "place" });
  });

  test("a place that is not in the window is loaded, once", () => {
    expect(choose({ place: place(2) })).toEqual({ type: "load", target: { seq: 2 } });
    expect(choose({ place: place(2), loading: "jump" })).toBeUndefined();
    expect(choose({ place: place(2), asked: true })).toEqual({ type: "end" });
    expect(choose({ place: place(2), asked: true, unreadSeq: 13 })).toEqual({
      type: "unread",
      seq: 13,
    });
  });
});

test("firstOfOthers passes over own messages", () => {
  expect([10, 11, 12, 13, 14].map((seq) => firstOfOthers(items, seq))).toEqual([0, 1, 3, 3, -1]);
});
