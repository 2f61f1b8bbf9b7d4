import { expect, test } from "bun:test";
import fc from "fast-check";
import { Timeline } from "./timeline.ts";

type Item = { seq: number };

const drain = (timeline: Timeline<Item>): number[] => {
  const seqs: number[] = [];
  for (let next = timeline.take(); next; next = timeline.take()) {
    seqs.push(next.seq);
    timeline.processed();
  }
  return seqs;
};

const started = (at = 0, windowMax = 8): Timeline<Item> => {
  const timeline = new Timeline<Item>(windowMax, { held: 0 });
  timeline.start(at);
  return timeline;
};

test("gives messages out by seq, once, whatever the order of arrival", () => {
  const timeline = started();
  for (const seq of [3, 1, 3, 1]) timeline.offer({ seq });
  expect(drain(timeline)).toEqual([1]);
  timeline.offer({ seq: 2 });
  expect(drain(timeline)).toEqual([2, 3]);
  expect(timeline.offer({ seq: 2 })).toBe(false);
  expect(drain(timeline)).toEqual([]);
});

test("one message is in the application's hands at a time", () => {
  const timeline = started();
  timeline.offer({ seq: 1 });
  timeline.offer({ seq: 2 });
  expect(timeline.take()).toEqual({ seq: 1 });
  expect(timeline.take()).toBeUndefined();
  expect(timeline.cursor).toBe(0);
  timeline.processed();
  expect(timeline.cursor).toBe(1);
  expect(timeline.take()).toEqual({ seq: 2 });
});

test("names the gap before what it holds, and the one after the window", () => {
  const timeline = started(10, 4);
  expect(timeline.gap(200)).toBeUndefined();
  timeline.offer({ seq: 13 });
  expect(timeline.gap(200)).toEqual({ from: 11, to: 12 });
  expect(timeline.offer({ seq: 20 })).toBe(false);
  expect(timeline.gap(1)).toEqual({ from: 11, to: 11 });
  timeline.skipUnless(11, 12, [{ seq: 11 }]);
  timeline.offer({ seq: 11 });
  expect(drain(timeline)).toEqual([11, 13]);
  expect(timeline.gap(200)).toEqual({ from: 14, to: 20 });
});

test("starts where it is told, once, and later only skips forward", () => {
  const budget = { held: 0 };
  const timeline = new Timeline<Item>(8, budget);
  for (const seq of [4, 5, 6]) timeline.offer({ seq });
  expect(timeline.take()).toBeUndefined();
  expect(timeline.first).toBe(4);
  timeline.start(4);
  expect(budget.held).toBe(2);
  expect(drain(timeline)).toEqual([5, 6]);
  timeline.start(2);
  expect(timeline.cursor).toBe(6);
  timeline.start(9);
  expect(timeline.cursor).toBe(9);
  expect(budget.held).toBe(0);
});

test("a skip beyond the window is remembered as a gap, not as memory", () => {
  const budget = { held: 0 };
  const timeline = new Timeline<Item>(4, budget);
  timeline.start(0);
  timeline.note(1_000_000);
  timeline.skipUnless(1, 1_000_000, []);
  expect(budget.held).toBe(4);
  expect(drain(timeline)).toEqual([]);
  expect(timeline.cursor).toBe(4);
  expect(timeline.gap(200)).toEqual({ from: 5, to: 204 });
});

test("model: any arrivals, with gaps pulled, come out as 1 to n", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 200 }),
      (arrivals) => {
        const budget = { held: 0 };
        const timeline = new Timeline<Item>(8, budget);
        timeline.start(0);
        const out: number[] = [];
        for (const seq of arrivals) {
          timeline.offer({ seq });
          out.push(...drain(timeline));
          expect(budget.held).toBeLessThanOrEqual(8);
        }
        for (let gap = timeline.gap(5); gap; gap = timeline.gap(5)) {
          for (let seq = gap.from; seq <= gap.to; seq++) timeline.offer({ seq });
          out.push(...drain(timeline));
        }
        const head = Math.max(...arrivals);
        expect(out).toEqual(Array.from({ length: head }, (_, at) => at + 1));
        expect(budget.held).toBe(0);
      },
    ),
  );
});
