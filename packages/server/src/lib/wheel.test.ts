import { expect, test } from "bun:test";
import fc from "fast-check";
import { FakeClock } from "./testing/fake-clock.ts";
import { Wheel } from "./wheel.ts";

const tickMs = 100;

/** A wheel whose items are their own deadlines, and when it asked for each. */
function deadlines(clock: FakeClock) {
  const asked: { readonly item: number; readonly atMs: number }[] = [];
  const wheel = new Wheel<number>(clock, tickMs, (item) => {
    asked.push({ item, atMs: clock.monotonic() });
    return Math.max(0, item - clock.monotonic());
  });
  return { wheel, asked };
}

test("an item is asked for at its deadline, not before and at most a tick after", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ waitMs: fc.nat(700), inMs: fc.integer({ min: 1, max: 5_000 }) }), {
        maxLength: 40,
      }),
      (adds) => {
        const clock = new FakeClock();
        const { wheel, asked } = deadlines(clock);
        const wanted: number[] = [];
        for (const { waitMs, inMs } of adds) {
          clock.advance(waitMs);
          wanted.push(clock.monotonic() + inMs);
          wheel.add(clock.monotonic() + inMs, inMs);
        }
        clock.advance(6_000);
        expect(asked.map(({ item }) => item).toSorted((a, b) => a - b)).toEqual(
          wanted.toSorted((a, b) => a - b),
        );
        for (const { item, atMs } of asked) {
          expect(atMs).toBeGreaterThanOrEqual(item);
          expect(atMs).toBeLessThanOrEqual(item + 2 * tickMs);
        }
        expect(wheel.size).toBe(0);
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: 50 },
  );
});

test("an item added while the timer is late waits its whole time", () => {
  const clock = new FakeClock();
  const { wheel, asked } = deadlines(clock);
  wheel.add(10_000, 10_000);
  clock.stall(3_000);
  wheel.add(clock.monotonic() + 1_000, 1_000);
  clock.advance(900);
  expect(asked).toEqual([]);
  clock.advance(200);
  expect(asked.map(({ item }) => item)).toEqual([4_000]);
});

test("an item that is put off while the wheel catches up is asked for in time", () => {
  const clock = new FakeClock();
  let lastTouchMs = 0;
  const askedAtMs: number[] = [];
  const wheel = new Wheel<string>(clock, tickMs, () => {
    askedAtMs.push(clock.monotonic());
    return Math.max(0, lastTouchMs + 1_000 - clock.monotonic());
  });
  wheel.add("only", 1_000);
  clock.stall(20_000);
  lastTouchMs = clock.monotonic();
  clock.advance(1_200);
  expect(askedAtMs).toHaveLength(2);
  expect(askedAtMs[1]).toBeLessThanOrEqual(21_100);
  expect(wheel.size).toBe(0);
});

test("a deadline past one turn is asked for once a turn, and a pause of more than a turn misses nothing", () => {
  const clock = new FakeClock();
  const { wheel, asked } = deadlines(clock);
  const turnMs = 511 * tickMs;
  wheel.add(3 * turnMs, 3 * turnMs);
  clock.advance(2 * turnMs);
  expect(asked).toHaveLength(2);
  clock.advance(turnMs);
  expect(asked).toHaveLength(3);
  wheel.add(clock.monotonic() + 500, 500);
  clock.stall(5 * turnMs);
  clock.advance(tickMs);
  expect(asked).toHaveLength(4);
  expect(wheel.size).toBe(0);
});

test("a wheel that is stopped asks no more and leaves no timer", () => {
  const clock = new FakeClock();
  const { wheel, asked } = deadlines(clock);
  wheel.add(500, 500);
  wheel.stop();
  expect(clock.pending).toBe(0);
  clock.advance(1_000);
  expect(asked).toEqual([]);
  wheel.add(1_500, 500);
  clock.advance(600);
  expect(asked).toHaveLength(1);
});
