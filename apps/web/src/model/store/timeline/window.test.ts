import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { message, messages } from "../../testing/fakes.ts";
import { MessageWindow, windowMax } from "./window.ts";

const open = () => new MessageWindow((one) => ({ seq: one.seq, text: one.text }));
const seqs = (window: MessageWindow<{ seq: number }>) => window.rows.map(({ seq }) => seq);
const range = (from: number, to: number) => messages(from, to).map(({ seq }) => seq);

describe("a window", () => {
  test("grows with what follows, and keeps the rows that it has", () => {
    const window = open();
    window.place(messages(1, 3), { from: 1, to: 3, atOldest: true });
    const [first] = window.rows;
    expect(window.arrive(message(4))).toBe(true);
    expect(window.arrive(message(4))).toBe(true);
    expect([seqs(window), window.atNewest, window.atOldest]).toEqual([[1, 2, 3, 4], true, true]);
    expect(window.rows[0]).toBe(first);
  });

  test("holds back what comes after a gap until the gap is filled", () => {
    const window = open();
    window.place(messages(1, 3), { from: 1, to: 3, atOldest: true });
    expect(window.arrive(message(6))).toBe(false);
    expect(window.arrive(message(7))).toBe(false);
    expect([seqs(window), window.atNewest, window.newest]).toEqual([[1, 2, 3], false, 7]);
    window.append(messages(4, 5), 5);
    expect([seqs(window), window.atNewest]).toEqual([[1, 2, 3, 4, 5, 6, 7], true]);
  });

  test("drops the far end when it is full: the old one when it follows, the new one when older ones are loaded", () => {
    const window = open();
    window.place(messages(1_001, 1_600), { from: 1_001, to: 1_600, atOldest: false });
    window.arriveAll(messages(1_601, 1_700));
    expect([window.from, window.to, window.rows.length]).toEqual([1_101, 1_700, windowMax]);
    window.prepend(messages(1_051, 1_100), 1_051, false);
    expect([window.from, window.to, window.atNewest, window.live]).toEqual([
      1_051,
      1_650,
      false,
      false,
    ]);
    // It shows the past now: what comes only counts.
    expect(window.arrive(message(1_701))).toBe(true);
    expect([window.to, window.newest]).toEqual([1_650, 1_701]);
  });

  test("with its end out of sight it stops when it is full, instead of moving under the reader", () => {
    const window = open();
    window.place(messages(1, 550), { from: 1, to: 550, atOldest: true });
    window.arriveAll(messages(551, 700), true);
    expect([window.from, window.to, window.live, window.newest]).toEqual([1, 600, false, 700]);
    window.append(messages(601, 700), 700);
    expect([window.from, window.to, window.live]).toEqual([101, 700, true]);
  });

  test("passes over numbers whose messages are gone for good", () => {
    const window = open();
    window.place([message(2), message(5)], { from: 1, to: 6, atOldest: true });
    expect(window.arrive(message(7))).toBe(true);
    expect([seqs(window), window.find(4), window.indexOf(4)]).toEqual([[2, 5, 7], undefined, 1]);
  });

  test("takes a flood of a whole frame as one change", () => {
    const window = open();
    window.place(messages(1, 10), { from: 1, to: 10, atOldest: true });
    window.arriveAll(messages(8, 2_000));
    expect([window.rows.length, window.to, window.from, window.atNewest]).toEqual([
      windowMax,
      2_000,
      1_401,
      true,
    ]);
  });
});

test("whatever happens, a window shows what the server has between its ends, and reaches the newest when its gaps are filled", () => {
  const op = fc.oneof(
    fc.record({ do: fc.constant("live" as const), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ do: fc.constant("lose" as const), count: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ do: fc.constant("older" as const), count: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ do: fc.constant("newer" as const), count: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ do: fc.constant("jump" as const), count: fc.integer({ min: 0, max: 1_000 }) }),
    fc.record({ do: fc.constant("again" as const), count: fc.integer({ min: 1, max: 20 }) }),
  );
  fc.assert(
    fc.property(
      fc.array(op, { maxLength: 60 }),
      fc.integer({ min: 0, max: 900 }),
      fc.boolean(),
      (ops, begin, hold) => {
        let stored = begin;
        // Every seventh message is gone for good.
        const server = (from: number, to: number) =>
          messages(Math.max(1, from), Math.min(to, stored)).filter(({ seq }) => seq % 7 !== 0);
        const window = open();
        const place = (from: number, to: number) =>
          window.place(server(from, to), { from, to, atOldest: from <= 1 });
        place(Math.max(1, stored - 100), stored);
        for (const { do: what, count } of ops) {
          if (what === "live") {
            const before = stored;
            stored += count;
            window.arriveAll(server(before + 1, stored), hold);
            window.note(stored);
          } else if (what === "lose") stored += count;
          else if (what === "older" && window.from > 1) {
            const from = Math.max(1, window.from - count);
            window.prepend(server(from, window.from - 1), from, from === 1);
          } else if (what === "newer") {
            const to = Math.min(stored, window.to + count);
            window.append(server(window.to + 1, to), to);
          } else if (what === "again") window.arriveAll(server(window.to - count, window.to), hold);
          else if (what === "jump") {
            const from = Math.max(1, Math.min(count, stored));
            place(from, Math.min(stored, from + 120));
          }
          expect(window.rows.length).toBeLessThanOrEqual(windowMax);
          expect(seqs(window)).toEqual(server(window.from, window.to).map(({ seq }) => seq));
        }
        window.note(stored);
        for (let turn = 0; turn < 1_000 && !window.atNewest; turn++) {
          const to = Math.min(stored, window.to + 200);
          window.append(server(window.to + 1, to), to);
        }
        expect(window.to).toBe(stored);
        expect(seqs(window)).toEqual(server(window.from, stored).map(({ seq }) => seq));
        expect(window.live).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test("revises only rows that change", () => {
  const window = open();
  window.place(messages(1, 3), { from: 1, to: 3, atOldest: true });
  const before = window.rows;
  expect(window.revise((row) => row)).toBe(false);
  expect(window.rows).toBe(before);
  expect(window.revise((row) => (row.seq === 2 ? { ...row, text: "x" } : row), 2)).toBe(true);
  expect(window.rows.map(({ text }) => text)).toEqual(["m1", "x", "m3"]);
  expect([window.rows[0] === before[0], window.rows[2] === before[2]]).toEqual([true, true]);
  expect(range(1, 3)).toEqual(seqs(window));
});
