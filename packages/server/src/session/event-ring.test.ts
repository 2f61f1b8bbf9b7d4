import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Broadcast, type Outgoing } from "../hub/outgoing.ts";
import { EventRing, type Remembered } from "./event-ring.ts";

const entriesMax = 16;

const step = fc.oneof(
  fc.record({ message: fc.integer({ min: 1, max: 1_000 }), times: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ event: fc.constant(true) }),
  // Relative to the newest position: clients also acknowledge what is long forgotten, or was never handed out.
  fc.record({ acknowledge: fc.integer({ min: -25, max: 3 }) }),
);

describe("EventRing", () => {
  test("holds the newest unacknowledged events by position, under any sequence of events and acknowledgements", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const ring = new EventRing(entriesMax);
        const all: Remembered[] = [];
        let start = 0;
        let lost = false;
        const pushed = (entry: Remembered) => {
          all.push(entry);
          if (all.length - start > entriesMax) {
            start++;
            lost = true;
          }
        };
        for (const each of steps) {
          if ("message" in each) {
            for (let copy = 0; copy < each.times; copy++) {
              ring.push("g", each.message + copy);
              pushed({ conversation: "g", seq: each.message + copy });
            }
          } else if ("event" in each) {
            const event: Outgoing = new Broadcast({ type: "draining", reconnectAfterMs: 0 });
            ring.push(event, 0);
            pushed(event);
          } else {
            const position = Math.max(0, all.length + each.acknowledge);
            ring.acknowledge(position);
            if (position <= all.length) start = Math.max(start, position);
          }
          expect([ring.start, ring.end, ring.length]).toEqual([
            start,
            all.length,
            all.length - start,
          ]);
          expect(ring.overflowed).toBe(lost);
          expect(ring.read(start, all.length)).toEqual(all.slice(start));
          const middle = start + ((all.length - start) >> 1);
          expect(ring.read(middle, 3)).toEqual(all.slice(middle, middle + 3));
          expect(ring.refs()).toEqual(all.slice(start).filter((entry) => "seq" in entry));
          for (const position of [start - 1, start, all.length, all.length + 1])
            expect(ring.holds(position)).toBe(position >= start && position <= all.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("keeps events themselves, and messages as references only", () => {
    const ring = new EventRing(8);
    const event: Outgoing = new Broadcast({ type: "draining", reconnectAfterMs: 0 });
    ring.push("d:a:b", 7);
    ring.push(event, 0);
    const [message, other] = ring.read(0, 2);
    expect(message).toEqual({ conversation: "d:a:b", seq: 7 });
    expect(other).toBe(event);
  });
});
