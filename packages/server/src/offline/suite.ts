import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Clock } from "../lib/clock.ts";
import type { Claim, MessageRef, OfflineQueue } from "./port.ts";

export interface OfflineBounds {
  readonly entriesPerUserMax: number;
  readonly entriesMax: number;
  readonly devicesPerUserMax: number;
  readonly retentionMs: number;
  readonly saveBytesMax: number;
}

const roomy: OfflineBounds = {
  entriesPerUserMax: 1_000,
  entriesMax: 100_000,
  devicesPerUserMax: 16,
  retentionMs: 72 * 3_600_000,
  saveBytesMax: 1_048_576,
};

const ref = (seq: number, conversation = "d:alice:bob"): MessageRef => ({ conversation, seq });
const lost: Claim = { refs: [], complete: false };
const missed = (...refs: MessageRef[]): Claim => ({ refs, complete: true });

/** What every engine of the offline queue must do. `open` makes an empty queue that goes by this clock. */
export function offlineSuite(
  engine: string,
  open: (bounds: OfflineBounds, clock: Pick<Clock, "now">) => OfflineQueue,
): void {
  const start = (bounds: Partial<OfflineBounds> = {}) => {
    const time = { ms: 1_750_000_000_000 };
    const again = () => open({ ...roomy, ...bounds }, { now: () => time.ms });
    return { time, again, queue: again() };
  };

  describe(`offline queue: ${engine}`, () => {
    test("a parked device gets what it had not acknowledged, then what came since", () => {
      const { queue } = start();
      queue.park("bob", "phone", [ref(1), ref(2)]);
      queue.push("bob", ref(3));
      queue.push("bob", ref(9, "g:0:abcdefgh"));
      expect(queue.claim("bob", "phone")).toEqual(
        missed(ref(1), ref(2), ref(3), ref(9, "g:0:abcdefgh")),
      );
    });

    test("a device that missed nothing is told so", () => {
      const { queue } = start();
      queue.park("bob", "phone", []);
      expect(queue.claim("bob", "phone")).toEqual(missed());
    });

    test("a device that was never parked must synchronise, and so must one that claims twice", () => {
      const { queue } = start();
      queue.push("bob", ref(1));
      expect(queue.claim("bob", "phone")).toEqual(lost);
      queue.park("bob", "phone", []);
      queue.claim("bob", "phone");
      expect(queue.claim("bob", "phone")).toEqual(lost);
    });

    test("only conversation and seq are kept of what is pushed", () => {
      const { queue } = start();
      queue.park("bob", "phone", [{ ...ref(1), extra: "x" } as MessageRef]);
      queue.push("bob", { ...ref(2), content: "secret" } as MessageRef);
      expect(queue.claim("bob", "phone")).toEqual(missed(ref(1), ref(2)));
    });

    test("each device gets what it missed itself", () => {
      const { queue } = start();
      queue.park("bob", "phone", [ref(1)]);
      queue.push("bob", ref(2));
      queue.park("bob", "laptop", [ref(1)]);
      queue.push("bob", ref(3));
      expect(queue.claim("bob", "laptop")).toEqual(missed(ref(1), ref(3)));
      expect(queue.claim("bob", "phone")).toEqual(missed(ref(1), ref(2), ref(3)));
    });

    test("a device parked while another was live does not hand its references to a third", () => {
      const { queue } = start();
      queue.park("bob", "phone", []);
      queue.park("bob", "laptop", [ref(1)]);
      queue.push("bob", ref(2));
      expect(queue.claim("bob", "phone")).toEqual(missed(ref(2)));
    });

    test("a message to a live device leaves a hole in the rings of parked ones", () => {
      const { queue } = start();
      queue.park("bob", "phone", []);
      queue.skip("bob");
      queue.push("bob", ref(2));
      expect(queue.claim("bob", "phone")).toEqual(lost);
      queue.park("bob", "laptop", []);
      queue.push("bob", ref(3));
      expect(queue.claim("bob", "laptop")).toEqual(missed(ref(3)));
    });

    test("parking a device that was not claimed in between loses its place", () => {
      const { queue } = start();
      queue.park("bob", "phone", [ref(1)]);
      queue.push("bob", ref(2));
      queue.park("bob", "phone", []);
      expect(queue.claim("bob", "phone")).toEqual(lost);
      expect(queue.stats().entries).toBe(0);
    });

    test("users do not see each other's references", () => {
      const { queue } = start();
      queue.park("bob", "phone", []);
      queue.park("carol", "phone", []);
      queue.push("bob", ref(1));
      queue.skip("carol");
      expect(queue.claim("bob", "phone")).toEqual(missed(ref(1)));
      expect(queue.claim("carol", "phone")).toEqual(lost);
    });

    test("past the bound per user the device that went away first must synchronise", () => {
      const { queue } = start({ entriesPerUserMax: 3 });
      queue.park("bob", "phone", [ref(1)]);
      queue.push("bob", ref(2));
      queue.park("bob", "laptop", []);
      queue.push("bob", ref(3));
      expect(queue.stats().dropped.overflow).toBe(0);
      queue.push("bob", ref(4));
      expect(queue.stats().dropped.overflow).toBe(1);
      expect(queue.claim("bob", "phone")).toEqual(lost);
      expect(queue.claim("bob", "laptop")).toEqual(missed(ref(3), ref(4)));
    });

    test("more unacknowledged references than one user may have are not kept", () => {
      const { queue } = start({ entriesPerUserMax: 2 });
      queue.park("bob", "phone", [ref(1), ref(2), ref(3)]);
      expect(queue.claim("bob", "phone")).toEqual(lost);
      queue.park("bob", "phone", [ref(1), ref(2)]);
      expect(queue.claim("bob", "phone")).toEqual(missed(ref(1), ref(2)));
    });

    test("devices of one user are bounded; the one that went away first must synchronise", () => {
      const { queue } = start({ devicesPerUserMax: 2 });
      for (const device of ["phone", "laptop", "tablet"]) queue.park("bob", device, []);
      queue.push("bob", ref(1));
      expect(queue.claim("bob", "phone")).toEqual(lost);
      expect(queue.claim("bob", "laptop")).toEqual(missed(ref(1)));
      expect(queue.claim("bob", "tablet")).toEqual(missed(ref(1)));
    });

    test("past the bound over all the longest-idle users are dropped whole", () => {
      const { queue } = start({ entriesMax: 5 });
      queue.park("bob", "phone", []);
      queue.park("carol", "phone", []);
      queue.push("carol", ref(1));
      queue.push("bob", ref(2));
      queue.push("carol", ref(3));
      expect(queue.stats().entries).toBe(5);
      queue.push("carol", ref(4));
      expect(queue.stats().entries).toBeLessThanOrEqual(5);
      expect(queue.claim("bob", "phone")).toEqual(lost);
      expect(queue.claim("carol", "phone")).toEqual(missed(ref(1), ref(3), ref(4)));
    });

    test("a device that returns after too long must synchronise", () => {
      const { queue, time } = start();
      queue.park("bob", "phone", [ref(1)]);
      queue.park("bob", "laptop", []);
      time.ms += roomy.retentionMs;
      expect(queue.claim("bob", "phone")).toEqual(missed(ref(1)));
      time.ms += 1;
      expect(queue.claim("bob", "laptop")).toEqual(lost);
      expect(queue.stats().entries).toBe(0);
    });

    test("expiry gives back memory", () => {
      const { queue, time } = start();
      queue.park("bob", "phone", [ref(1)]);
      time.ms += roomy.retentionMs + 1;
      queue.park("carol", "phone", [ref(1)]);
      queue.expire();
      expect(queue.stats()).toMatchObject({ users: 1, dropped: { expired: 1 } });
      expect(queue.claim("carol", "phone")).toEqual(missed(ref(1)));
    });

    test("nothing is left when every device has claimed", () => {
      const { queue } = start();
      for (const device of ["phone", "laptop", "tablet"]) {
        queue.park("bob", device, [ref(1)]);
        queue.push("bob", ref(2));
      }
      for (const device of ["laptop", "tablet", "phone"]) queue.claim("bob", device);
      expect(queue.stats()).toMatchObject({ users: 0, entries: 0 });
    });

    test("a save brings everything back", () => {
      const { queue, again } = start();
      queue.park("bob", "phone", [ref(1)]);
      queue.push("bob", ref(2));
      queue.park("bob", "laptop", [ref(1), ref(2, "g:0:abcdefgh")]);
      queue.push("bob", ref(3));
      queue.park("carol", "phone", []);
      const next = again();
      expect(next.restore(queue.save())).toEqual({ ok: true, users: 2, entries: 8 });
      next.push("bob", ref(4));
      expect(next.claim("bob", "phone")).toEqual(missed(ref(1), ref(2), ref(3), ref(4)));
      expect(next.claim("bob", "laptop")).toEqual(
        missed(ref(1), ref(2, "g:0:abcdefgh"), ref(3), ref(4)),
      );
      expect(next.claim("carol", "phone")).toEqual(missed());
      expect(next.stats().entries).toBe(0);
    });

    test("what expired while the server was down is not restored", () => {
      const { queue, again, time } = start();
      queue.park("bob", "phone", [ref(1)]);
      const data = queue.save();
      time.ms += roomy.retentionMs + 1;
      const next = again();
      expect(next.restore(data)).toEqual({ ok: true, users: 0, entries: 0 });
    });

    test("a save is bounded in bytes and leaves out the longest-idle users", () => {
      const { queue, again } = start({ saveBytesMax: 2_000 });
      for (let user = 0; user < 100; user += 1) {
        queue.park(`user${user}`, "phone", [ref(user, `g:0:conversation${user}`)]);
      }
      const data = queue.save();
      expect(data.byteLength).toBeLessThanOrEqual(2_000);
      const next = again();
      next.restore(data);
      expect(next.stats().users).toBeGreaterThan(10);
      expect(next.claim("user99", "phone")).toEqual(missed(ref(99, "g:0:conversation99")));
      expect(next.claim("user0", "phone")).toEqual(lost);
    });

    test("a save that is damaged, of another version or no save at all is refused, and nothing of it kept", () => {
      const { queue, again } = start();
      queue.park("bob", "phone", [ref(1)]);
      const data = queue.save();
      const reasonOf = (bytes: Uint8Array) => {
        const next = again();
        const result = next.restore(bytes);
        expect(next.stats().users).toBe(0);
        return result.ok ? "ok" : result.reason;
      };
      for (let at = 0; at < data.length; at += 1) {
        const damaged = Uint8Array.from(data);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        expect(["format", "version", "checksum"]).toContain(reasonOf(damaged));
      }
      for (let length = 0; length < data.length; length += 1) {
        expect(["format", "version", "checksum"]).toContain(reasonOf(data.slice(0, length)));
      }
      fc.assert(fc.property(fc.uint8Array(), (bytes) => reasonOf(bytes) !== "ok"));
    });

    test("a queue that is in use restores nothing", () => {
      const { queue } = start();
      queue.park("bob", "phone", [ref(1)]);
      expect(queue.restore(queue.save())).toEqual({ ok: false, reason: "in_use" });
      expect(queue.claim("bob", "phone")).toEqual(missed(ref(1)));
    });

    test("whatever happens, complete means exactly what was missed", () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), bounds, (steps, limits) => {
          runModel(steps, () => start(limits), limits.entriesMax);
        }),
        { numRuns: 400 },
      );
    });

    test("with room and without holes every claim is complete", () => {
      const quiet = fc.array(step, { maxLength: 120 }).map((steps) =>
        // One device, so that no message is ever live on another; no time passes.
        steps.filter((one) => one.type !== "wait").map((one) => ({ ...one, device: 0 })),
      );
      fc.assert(
        fc.property(quiet, (steps) => {
          expect(runModel(steps, () => start())).toEqual({ incomplete: 0 });
        }),
      );
    });
  });
}

type Step =
  | { readonly type: "message"; readonly user: number; readonly device: number }
  | { readonly type: "acknowledge"; readonly user: number; readonly device: number }
  | { readonly type: "leave"; readonly user: number; readonly device: number }
  | { readonly type: "return"; readonly user: number; readonly device: number }
  | { readonly type: "wait"; readonly user: number; readonly device: number }
  | { readonly type: "restart"; readonly user: number; readonly device: number };

const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom(
    "message" as const,
    "message" as const,
    "message" as const,
    "acknowledge" as const,
    "leave" as const,
    "return" as const,
    "return" as const,
    "wait" as const,
    "restart" as const,
  ),
  user: fc.nat({ max: 2 }),
  device: fc.nat({ max: 3 }),
});

const bounds: fc.Arbitrary<Partial<OfflineBounds> & Pick<OfflineBounds, "entriesMax">> = fc.record({
  entriesPerUserMax: fc.integer({ min: 1, max: 12 }),
  entriesMax: fc.integer({ min: 1, max: 30 }),
  devicesPerUserMax: fc.integer({ min: 1, max: 4 }),
  retentionMs: fc.integer({ min: 1_000, max: 5_000 }),
});

interface DeviceModel {
  /** With a session: what it was handed and has not acknowledged. Without: what it has missed since it last knew everything. */
  owed: MessageRef[];
  live: boolean;
  /** Had a session at least once. */
  known: boolean;
}

/** Plays the part of the sessions, and knows what every device was owed. Throws where a complete claim is not just that. */
function runModel(
  steps: readonly Step[],
  start: () => { queue: OfflineQueue; again: () => OfflineQueue; time: { ms: number } },
  entriesMax = roomy.entriesMax,
): { incomplete: number } {
  const world = start();
  let { queue } = world;
  let seq = 0;
  let incomplete = 0;
  const users = [0, 1, 2].map(() =>
    [0, 1, 2, 3].map((): DeviceModel => ({ owed: [], live: false, known: false })),
  );
  for (const { type, user, device } of steps) {
    const devices = users[user]!;
    const own = devices[device]!;
    const name = `user${user}`;
    if (type === "message") {
      const one = ref((seq += 1), `g:0:conversation${user}`);
      for (const other of devices) other.owed.push(one);
      if (devices.some((other) => other.live)) queue.skip(name);
      else queue.push(name, one);
    } else if (type === "acknowledge" && own.live) {
      own.owed = own.owed.slice(Math.ceil(own.owed.length / 2));
    } else if (type === "leave" && own.live) {
      own.live = false;
      queue.park(name, `device${device}`, own.owed);
    } else if (type === "return" && !own.live) {
      const claim = queue.claim(name, `device${device}`);
      if (claim.complete) expect(claim.refs).toEqual(own.owed);
      else {
        expect(claim.refs).toEqual([]);
        if (own.known) incomplete += 1;
        // It synchronises from the store.
        own.owed = [];
      }
      own.live = true;
      own.known = true;
    } else if (type === "wait") {
      world.time.ms += 700;
      queue.expire();
    } else if (type === "restart") {
      for (const [index, one] of users.entries()) {
        for (const [number, other] of one.entries()) {
          if (other.live) queue.park(`user${index}`, `device${number}`, other.owed);
          other.live = false;
        }
      }
      const before = queue.stats();
      const data = queue.save();
      queue = world.again();
      expect(queue.restore(data)).toMatchObject({ ok: true, entries: before.entries });
    }
    expect(queue.stats().entries).toBeWithin(0, entriesMax + 1);
  }
  return { incomplete };
}
