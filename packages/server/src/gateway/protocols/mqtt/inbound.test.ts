import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { uuidPattern } from "@godwit/protocol";
import { Inbound } from "./inbound.ts";
import { Remembered } from "./remembered.ts";

const epoch = "0f4b2c6e-1d3a-4f5b-9c7d-";
const link = {};

/** As `publishing.ts` does: a new use of a packet identifier begins a lap if it must. */
function use(inbound: Inbound, packetId: number) {
  if (inbound.laps(packetId)) inbound.turn();
  return inbound.begin(packetId, 1, link, false);
}

describe("packet identifiers of a client", () => {
  test("give each message a client id of its own, however they come round", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 200 }), (packetIds) => {
        const inbound = new Inbound(epoch, 0);
        const seen = packetIds.map((packetId) => {
          const { clientSeq } = use(inbound, packetId);
          inbound.end(packetId);
          return inbound.clientId(clientSeq);
        });
        expect(new Set(seen).size).toBe(packetIds.length);
        for (const clientId of seen) expect(clientId).toMatch(new RegExp(uuidPattern));
      }),
    );
  });

  test("of a session that went on elsewhere, from its lap alone, name the messages of before", () => {
    const before = new Inbound(epoch, 0);
    const ids = [1, 2, 3].map((packetId) => before.clientId(use(before, packetId).clientSeq));
    const after = new Inbound(epoch, before.lap);
    const guessed = [2, 3].map((packetId) => after.begin(packetId, 1, link, true));
    expect(guessed.map(({ clientSeq }) => after.clientId(clientSeq))).toEqual(ids.slice(1));
    // What is new after that is not taken for any of before.
    expect(after.laps(1)).toBe(true);
    expect(ids).not.toContain(after.clientId(use(after, 1).clientSeq));
  });

  test("are remembered for a while after their acknowledgement, and not for ever", () => {
    const inbound = new Inbound(epoch, 0);
    const pending = use(inbound, 1);
    for (let packetId = 2; packetId <= 2_000; packetId++)
      inbound.acknowledge(use(inbound, packetId));
    expect(inbound.find(2_000)).toBeUndefined();
    expect(inbound.acknowledged(2_000)).toMatchObject({ clientSeq: 65_536 + 2_000 });
    expect(inbound.acknowledged(2_000 - 255)).toMatchObject({ clientSeq: 65_536 + 1_745 });
    expect(inbound.acknowledged(2_000 - 256)).toBeUndefined();
    // One that waits for its answer is never forgotten.
    expect(inbound.find(1)).toBe(pending);
    expect(inbound.acknowledged(1)).toBeUndefined();
  });

  test("are remembered with when their message expires, for a while too", () => {
    const inbound = new Inbound(epoch, 0);
    for (let packetId = 1; packetId <= 2_000; packetId++) {
      const each = use(inbound, packetId);
      each.expiresAt = packetId;
      inbound.acknowledge(each);
    }
    expect(inbound.acknowledged(2_000)).toMatchObject({ expiresAt: 2_000 });
    expect(inbound.acknowledged(1)).toBeUndefined();
  });

  test("of the last message are forgotten with one that was refused under the same", () => {
    const inbound = new Inbound(epoch, 0);
    inbound.acknowledge(use(inbound, 1));
    use(inbound, 1);
    expect(inbound.end(1)).toBe(true);
    expect(inbound.acknowledged(1)).toBeUndefined();
  });
});

describe("what is remembered of the acknowledged", () => {
  test("is the newest lap of each, of the last 256", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.boolean()), { maxLength: 700 }),
        (steps) => {
          const remembered = new Remembered();
          let model: { packetId: number; lap: number }[] = [];
          for (const [lap, [packetId, isForgotten]] of steps.entries()) {
            if (isForgotten && lap % 5 === 0) {
              remembered.forget(packetId);
              // Its places stay taken.
              model = model.map((each) =>
                each.packetId === packetId ? { packetId: 0, lap } : each,
              );
            } else {
              remembered.add(packetId, lap);
              model = [{ packetId, lap }, ...model].slice(0, 256);
            }
            const probe = (packetId % 300) + 1;
            for (const id of [packetId, probe])
              expect(remembered.lapOf(id)).toBe(
                model.find((each) => each.packetId === id)?.lap as number,
              );
          }
        },
      ),
    );
  });
});
