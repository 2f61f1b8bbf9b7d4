import { describe, expect, test } from "bun:test";
import { FakeClock } from "../../lib/testing/fake-clock.ts";
import { Waves } from "./waves.ts";

const setUp = (tookMs = 0) => {
  const clock = new FakeClock();
  const collected = { youngest: 0, everything: 0 };
  const waves = new Waves(clock, {
    youngest: () => {
      collected.youngest++;
      clock.stall(tookMs);
    },
    everything: () => void collected.everything++,
  });
  const open = (count: number) => {
    for (let opened = 0; opened < count; opened++) waves.opened();
  };
  return { clock, collected, waves, open };
};

describe("waves of connections", () => {
  test("collect the youngest as they come, and everything once they are over", () => {
    const { clock, collected, open } = setUp();
    open(1_280);
    expect(collected).toEqual({ youngest: 10, everything: 0 });
    clock.advance(1_000);
    expect(collected.everything).toBe(0);
    clock.advance(1_000);
    expect(collected).toEqual({ youngest: 10, everything: 1 });
    clock.advance(60_000);
    expect(collected.everything).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test("leave what comes little by little to the engine", () => {
    const { clock, collected, open } = setUp();
    for (let second = 0; second < 60; second++) {
      open(100);
      clock.advance(1_000);
    }
    expect(collected.youngest).toBe(0);
    clock.advance(2_000);
    expect(collected.everything).toBe(1);
  });

  test("spend a tenth of the time at most, however long a collection takes", () => {
    const { clock, collected, open } = setUp(40);
    for (let step = 0; step < 100; step++) {
      open(200);
      clock.advance(10);
    }
    // Each takes 40 ms and may come again 400 ms later.
    expect(collected.youngest).toBe(3);
  });

  test("are looked after no more once stopped", () => {
    const { clock, collected, waves, open } = setUp();
    open(1_000);
    waves.stop();
    clock.advance(10_000);
    expect(collected.everything).toBe(0);
  });
});
