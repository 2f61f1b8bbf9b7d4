import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { uuidPattern } from "@godwit/protocol";
import { Inbound } from "./inbound.ts";

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
    for (let packetId = 2; packetId <= 2_000; packetId++) use(inbound, packetId).state = "done";
    expect(inbound.find(2_000)?.state).toBe("done");
    expect(inbound.find(2)).toBeUndefined();
    // One that waits for its answer is never forgotten.
    expect(inbound.find(1)).toBe(pending);
  });
});
