import { describe, expect, test } from "bun:test";
import { systemRandom } from "../../../lib/random.ts";
import { FakeClock } from "../../../lib/testing/fake-clock.ts";
import { recordsPerUserMax, SessionRecords } from "./records.ts";
import { Registry } from "./registry.ts";
import { MqttSession } from "./session.ts";
import { Shares } from "./shares.ts";

const minuteMs = 60_000;
const hourS = 3_600;

interface Sending {
  readonly content: { readonly text: string };
}

/** The server's own session of a device, as far as MQTT knows it. */
class Own {
  looks = 0;
  over = false;
  readonly position = 0;

  get ended(): boolean {
    this.looks++;
    return this.over;
  }

  acknowledge(): void {}
}

function world() {
  const clock = new FakeClock();
  const values = new Map<string, string>();
  const told: string[] = [];
  const registry = new Registry({
    records: new SessionRecords(
      {
        setting: async (key) => values.get(key),
        putSetting: async (key, value) => void values.set(key, value ?? "[]"),
      },
      () => clock.now(),
    ),
    shares: new Shares(),
    sessions: { end: (own: Own) => (own.over = true) } as never,
    dispatcher: {
      execute: (_caller: unknown, _own: Own, _answer: unknown, { content }: Sending) => {
        told.push(content.text);
        return Promise.resolve({ ok: true });
      },
    } as never,
    clock,
    random: systemRandom,
    log: { warn: () => undefined, error: () => undefined } as never,
  });
  /** Somebody connects, as `session` if there is one. */
  const come = (
    device: string,
    {
      user = "bob",
      expiryS = 24 * hourS,
      delayS = 0,
      session = new MqttSession(user, device),
    } = {},
  ) => {
    registry.enter(session);
    const own = new Own();
    session.own = own as never;
    session.expiryS = expiryS;
    session.will = {
      topic: "g/u/alice",
      payload: Buffer.from(device),
      qos: 1,
      retain: false,
      properties: { willDelayS: delayS },
    };
    registry.attach(session, { live: true, displaced: () => undefined, close: () => undefined });
    return { session, own };
  };
  const names = (count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => `device-${from + index}`);
  return { clock, registry, told, come, names };
}

describe("sessions that were left with a will that waits", () => {
  test("are as many of one user as are remembered; of more, the one left longest ago ends, and its will is told once", async () => {
    const { clock, registry, told, come, names } = world();
    const all = names(500);
    let most = 0;
    for (const device of all) {
      const { session, own } = come(device, { delayS: hourS });
      clock.advance(1);
      registry.leave(session, false);
      own.over = true;
      most = Math.max(most, registry.count);
    }
    expect(most).toBe(recordsPerUserMax + 1);
    expect(told).toEqual(all.slice(0, -most));
    expect(await registry.restored("bob", "device-1")).toBeUndefined();
    expect(await registry.restored("bob", "device-499")).toBeDefined();
    clock.advance(2 * 60 * minuteMs);
    expect([told.toSorted(), registry.count]).toEqual([all.toSorted(), 0]);
    // Its session has not ended.
    expect(await registry.restored("bob", "device-499")).toBeDefined();
  });

  test("are not bounded among those that the server's own sessions bound, and other users' are not touched", () => {
    const { registry, told, come, names } = world();
    const { session, own } = come("other", { user: "carol", delayS: 60 });
    registry.leave(session, false);
    own.over = true;
    for (const device of names(100)) registry.leave(come(device, { delayS: 60 }).session, false);
    expect([told, registry.count]).toEqual([[], 101]);
  });

  test("without a will go first to their records, past the bound", async () => {
    const { registry, told, come, names } = world();
    for (const device of names(recordsPerUserMax + 2)) {
      const { session, own } = come(device, { delayS: 60 });
      if (device === "device-0") session.will = undefined;
      registry.leave(session, false);
      own.over = true;
    }
    expect([told, registry.find("bob", "device-0")]).toEqual([[], undefined]);
    expect(registry.find("bob", "device-1")).toBeDefined();
  });

  test("of all users together are bounded too", () => {
    const { clock, registry, told, come, names } = world();
    const users = names(10_003);
    for (const user of users) {
      const { session, own } = come(user, { user, delayS: 120 });
      registry.leave(session, false);
      own.over = true;
    }
    expect(registry.count).toBe(users.length);
    clock.advance(minuteMs);
    expect([told, registry.count]).toEqual([users.slice(0, 3), 10_000]);
    clock.advance(2 * minuteMs);
    expect([told.toSorted(), registry.count]).toEqual([users.toSorted(), 0]);
  });

  test("tell it at the end of the session if that comes before, at once without a session to come, and never to who is back", () => {
    const { clock, registry, told, come } = world();
    registry.leave(come("brief", { expiryS: 0, delayS: 60 }).session, false);
    expect(told.splice(0)).toEqual(["brief"]);
    registry.leave(come("ends", { expiryS: 10, delayS: 60 }).session, false);
    const { session } = come("back", { delayS: 10 });
    registry.leave(session, false);
    clock.advance(5_000);
    session.will = undefined;
    registry.enter(session);
    clock.advance(6_000);
    expect(told.splice(0)).toEqual(["ends"]);
    // Taken over by one that begins anew: the session of before has ended.
    registry.leave(come("over", { delayS: 60 }).session, true);
    come("over");
    expect(told.splice(0)).toEqual(["over"]);
    clock.advance(10 * minuteMs);
    expect(told).toEqual([]);
  });

  test("cost one look at a time, however often somebody has come back and left between two turns of the wheel", () => {
    const { clock, registry, told, come } = world();
    const { session } = come("machine", { delayS: 600 });
    for (let times = 0; times < 100; times++) {
      registry.leave(session, false);
      clock.advance(250);
      come("machine", { session, delayS: 600 });
    }
    registry.leave(session, false);
    clock.advance(minuteMs);
    const own = session.own as unknown as Own;
    own.looks = 0;
    clock.advance(minuteMs);
    expect(own.looks).toBe(2);
    clock.advance(10 * minuteMs);
    expect(told).toEqual(["machine"]);
  });
});
