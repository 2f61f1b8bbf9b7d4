import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Heartbeat, type HeartbeatMemory } from "./heartbeat.ts";

const hourMs = 3_600_000;
const bounds = { minMs: 5_000, maxMs: 600_000 };
/** From a ping without an answer to the next connection. */
const lossMs = 10_500;

/** A quiet connection through a NAT that forgets it after `limitMs` without a packet, for some hours. */
function live(limitMs: number, start: HeartbeatMemory | number, hours: number) {
  let nowMs = 0;
  const run = { beats: 0, losses: 0, settledMs: 0, steps: [] as number[] };
  const heartbeat = new Heartbeat(start, bounds, () => 1_700_000_000_000 + nowMs);
  while (nowMs < hours * hourMs) {
    const silenceMs = heartbeat.beatMs;
    nowMs += silenceMs;
    run.beats++;
    let changed: boolean;
    if (silenceMs < limitMs) changed = heartbeat.borne(silenceMs);
    else {
      run.losses++;
      heartbeat.lost(silenceMs);
      nowMs += lossMs;
      changed = heartbeat.connected();
    }
    if (!changed) continue;
    run.settledMs = nowMs;
    run.steps.push(heartbeat.beatMs);
  }
  return { ...run, heartbeat };
}

describe("through a NAT that forgets idle connections", () => {
  for (const [name, limitMs, baseMs, savedMin] of [
    ["after 25 s, web", 25_000, 15_000, 0.35],
    ["after 25 s, mobile", 25_000, 30_000, undefined],
    ["after 60 s, web", 60_000, 15_000, 0.7],
    ["after 60 s, mobile", 60_000, 30_000, 0.4],
    ["after 5 min, web", 300_000, 15_000, 0.9],
    ["after 5 min, mobile", 300_000, 30_000, 0.85],
  ] as const)
    test(`${name}: settles just under the limit`, () => {
      const { heartbeat, beats, losses, settledMs } = live(limitMs, baseMs, 5);
      expect(heartbeat.beatMs).toBeLessThan(limitMs);
      expect(heartbeat.beatMs).toBeGreaterThan(limitMs * 0.9);
      expect(losses).toBeLessThanOrEqual(3);
      expect(settledMs).toBeLessThan(75 * 60_000);
      const fixed = (5 * hourMs) / baseMs;
      // Where the usual heartbeat is too long there is nothing to save: it would lose the connection with every beat.
      if (savedMin === undefined) expect(baseMs).toBeGreaterThan(limitMs);
      else expect(1 - beats / fixed).toBeGreaterThan(savedMin);
    });

  test("what was learnt is good from the beginning the next time", () => {
    const { heartbeat } = live(60_000, 15_000, 1);
    const again = live(60_000, heartbeat.memory, 4);
    expect(again.losses).toBe(0);
    expect(again.heartbeat.beatMs).toBe(heartbeat.beatMs);
  });

  test("a network that has become stricter is noticed at the first loss", () => {
    const { heartbeat } = live(300_000, 30_000, 2);
    const { memory } = heartbeat;
    const after = live(60_000, memory, 1);
    expect(after.heartbeat.beatMs).toBeLessThan(60_000);
    expect(after.heartbeat.beatMs).toBeGreaterThan(50_000);
    expect(after.losses).toBeLessThan(9);
  });

  test("one that has become more lenient is found out in a day", () => {
    const { heartbeat } = live(60_000, 30_000, 2);
    expect(live(300_000, heartbeat.memory, 24).heartbeat.beatMs).toBeGreaterThan(270_000);
  });

  test("without a limit it stops at the bound", () => {
    const { heartbeat, losses } = live(Number.POSITIVE_INFINITY, 30_000, 3);
    expect(heartbeat.beatMs).toBe(bounds.maxMs);
    expect(losses).toBe(0);
  });
});

describe("what is no evidence", () => {
  const fresh = () => {
    const time = { ms: 0 };
    return { time, heartbeat: new Heartbeat(30_000, bounds, () => time.ms) };
  };

  test("a loss after which the network was away", () => {
    const { heartbeat, time } = fresh();
    heartbeat.lost(30_000);
    time.ms += 60_000;
    expect(heartbeat.connected()).toBe(false);
    expect(heartbeat.beatMs).toBe(30_000);
  });

  test("a loss in a silence that is borne as a rule", () => {
    const { heartbeat } = fresh();
    heartbeat.borne(30_000);
    heartbeat.lost(12_000);
    expect(heartbeat.connected()).toBe(false);
  });

  test("a loss in the middle of traffic", () => {
    const { heartbeat } = fresh();
    heartbeat.lost(400);
    expect(heartbeat.connected()).toBe(false);
  });

  test("answers in the middle of traffic make nothing longer", () => {
    const { heartbeat } = fresh();
    for (let at = 0; at < 100; at++) expect(heartbeat.borne(3_000)).toBe(false);
    expect(heartbeat.nextMs).toBe(30_000);
  });

  test("one loss by chance is forgotten", () => {
    const { heartbeat, time } = fresh();
    heartbeat.lost(30_000);
    expect(heartbeat.connected()).toBe(true);
    expect(heartbeat.beatMs).toBe(22_500);
    while (time.ms < 2 * hourMs) {
      time.ms += heartbeat.beatMs;
      heartbeat.borne(heartbeat.beatMs);
    }
    expect(heartbeat.beatMs).toBeGreaterThan(200_000);
  });
});

test("announces before it is longer", () => {
  const heartbeat = new Heartbeat(20_000, bounds, () => 0);
  expect(heartbeat.nextMs).toBe(20_000);
  expect(heartbeat.borne(20_000)).toBe(false);
  expect(heartbeat.nextMs).toBe(30_000);
  expect(heartbeat.borne(20_000)).toBe(true);
  expect(heartbeat.beatMs).toBe(30_000);
});

test("stays within its bounds, and survives being kept, whatever happens", () => {
  const step = fc.record({
    kind: fc.constantFrom("borne", "lost", "connected", "kept"),
    silenceMs: fc.integer({ min: 0, max: 2_000_000 }),
    passMs: fc.integer({ min: 0, max: 40_000_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let nowMs = 0;
      let heartbeat = new Heartbeat(30_000, bounds, () => nowMs);
      for (const { kind, silenceMs, passMs } of steps) {
        nowMs += passMs;
        if (kind === "borne") heartbeat.borne(silenceMs);
        else if (kind === "lost") heartbeat.lost(silenceMs);
        else if (kind === "connected") heartbeat.connected();
        else {
          const kept = JSON.parse(JSON.stringify(heartbeat.memory)) as HeartbeatMemory;
          heartbeat = new Heartbeat(kept, bounds, () => nowMs);
          expect(heartbeat.memory).toEqual(kept);
        }
        expect(heartbeat.beatMs).toBeWithin(bounds.minMs, bounds.maxMs + 1);
        expect(heartbeat.nextMs).toBeWithin(heartbeat.beatMs, bounds.maxMs + 1);
      }
    }),
  );
});
