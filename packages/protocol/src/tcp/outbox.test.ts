import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { costOf } from "./bounds.ts";
import { Inflow } from "./inflow.ts";
import { FairOutbox, Lane } from "./outbox.ts";
import { FrameReader } from "./reader.ts";

class TestLane extends Lane {
  emptyings = 0;

  emptied(): void {
    this.emptyings++;
  }
}

const payload = (bytes: number, fill = 0x20) => ({
  flags: 0,
  bytes: new Uint8Array(bytes).fill(fill),
});

/** Channel and length of every frame in these bytes. */
function framesOf(bytes: Uint8Array | undefined): [channel: number, bytes: number][] {
  const frames: [number, number][] = [];
  if (bytes !== undefined)
    new FrameReader({
      frame: (_flags, channel, { length }) => void frames.push([channel, length]),
    }).push(bytes);
  return frames;
}

describe("FairOutbox", () => {
  test("a channel with much to say does not keep the others waiting", () => {
    const outbox = new FairOutbox();
    const [loud, quiet] = [new TestLane(1, 1e9), new TestLane(2, 1e9)];
    for (let count = 0; count < 1_000; count++) outbox.push(loud, payload(10_000));
    outbox.push(quiet, payload(100));
    expect(framesOf(outbox.take(40_000)).map(([channel]) => channel)).toContain(2);
  });

  test("shares are of bytes, however large the frames", () => {
    const outbox = new FairOutbox();
    const lanes = [200_000, 20_000, 1_000].map((size, at) => {
      const lane = new TestLane(at + 1, 1e9);
      for (let sent = 0; sent < 8_000_000; sent += size) outbox.push(lane, payload(size));
      return lane;
    });
    const bytes = new Map<number, number>();
    let taken = 0;
    while (taken < 9_000_000) {
      for (const [channel, length] of framesOf(outbox.take(65_536))) {
        bytes.set(channel, (bytes.get(channel) ?? 0) + length);
        taken += length;
      }
    }
    for (const { channel } of lanes) {
      expect(bytes.get(channel)).toBeGreaterThan(2_700_000);
      expect(bytes.get(channel)).toBeLessThan(3_300_000);
    }
  });

  test("without credit nothing leaves, and with some a frame may go past it", () => {
    const outbox = new FairOutbox();
    const lane = new TestLane(1, 100);
    for (let count = 0; count < 3; count++) outbox.push(lane, payload(80));
    expect(framesOf(outbox.take(1e6))).toHaveLength(2);
    expect(outbox.take(1e6)).toBeUndefined();
    outbox.grant(lane, 50);
    expect(outbox.take(1e6)).toBeUndefined();
    outbox.grant(lane, 11);
    expect(framesOf(outbox.take(1e6))).toHaveLength(1);
    outbox.settle();
    expect(lane.emptyings).toBe(1);
  });

  test("what is dropped does not leave, and what comes later does", () => {
    const outbox = new FairOutbox();
    const [a, b] = [new TestLane(1, 1e6), new TestLane(2, 1e6)];
    outbox.push(a, payload(10));
    outbox.push(b, payload(20));
    outbox.drop(a);
    expect(framesOf(outbox.take(1e6))).toEqual([[2, 20]]);
    outbox.push(a, payload(30));
    expect(framesOf(outbox.take(1e6))).toEqual([[1, 30]]);
  });

  test("each channel's frames stay in order, none is lost, and credit is kept to", () => {
    const step = fc.oneof(
      fc.record({ push: fc.nat(2), size: fc.integer({ min: 1, max: 40_000 }) }),
      fc.record({ grant: fc.nat(2), bytes: fc.integer({ min: 1, max: 50_000 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 80_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const outbox = new FairOutbox();
        const lanes = [1, 2, 3].map((channel) => new TestLane(channel, 65_536));
        const pushed = lanes.map((): number[] => []);
        const sent = lanes.map((): number[] => []);
        const granted = lanes.map(() => 65_536);
        const take = (bytes: number) => {
          for (const [channel, length] of framesOf(outbox.take(bytes)))
            sent[channel - 1]?.push(length);
          outbox.settle();
        };
        for (const each of steps) {
          if ("push" in each) {
            outbox.push(lanes[each.push] as Lane, payload(each.size));
            pushed[each.push]?.push(each.size);
          } else if ("grant" in each) {
            outbox.grant(lanes[each.grant] as Lane, each.bytes);
            granted[each.grant] = (granted[each.grant] ?? 0) + each.bytes;
          } else take(each.take);
        }
        for (const [at, lane] of lanes.entries()) {
          const own = sent[at] ?? [];
          const spent = own.reduce((sum, length) => sum + costOf(length), 0);
          expect(lane.credit).toBe((granted[at] ?? 0) - spent);
          expect(spent - costOf(own.at(-1) ?? 0)).toBeLessThan(granted[at] ?? 0);
          outbox.grant(lane, 1e9);
        }
        while (outbox.ready) take(1e6);
        expect(sent).toEqual(pushed);
        expect(lanes.map(({ pendingBytes }) => pendingBytes)).toEqual([0, 0, 0]);
        expect(outbox.pendingBytes).toBe(0);
      }),
    );
  });
});

describe("Inflow", () => {
  test("grants back all that was processed, in halves of the window, and never lets a sender starve", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 65_536, max: 400_000 }),
        fc.array(fc.integer({ min: 1, max: 262_144 }), { maxLength: 60 }),
        (windowBytes, sizes) => {
          const inflow = new Inflow(windowBytes);
          let credit = windowBytes;
          for (const size of sizes) {
            expect(credit).toBeGreaterThan(0);
            expect(inflow.arrived(size)).toBe(true);
            credit += inflow.processed(size) - costOf(size);
          }
        },
      ),
    );
  });

  test("tells who sends without credit", () => {
    const inflow = new Inflow(65_536);
    expect(inflow.arrived(65_535)).toBe(true);
    expect(inflow.arrived(1)).toBe(true);
    expect(inflow.arrived(1)).toBe(false);
  });
});
