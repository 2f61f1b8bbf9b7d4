import { describe, expect, test } from "bun:test";
import { neverExpires, SessionRecords, type SessionRecord } from "./records.ts";

function world() {
  const values = new Map<string, string>();
  let nowMs = 1_000_000;
  const records = new SessionRecords(
    {
      setting: async (key) => values.get(key),
      async putSetting(key, value) {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      },
    },
    () => nowMs,
  );
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { records, values, pass, now: () => nowMs };
}

const record = (more: Partial<SessionRecord> = {}): SessionRecord => ({
  epoch: "e",
  lap: 1,
  expiryS: 60,
  lastId: 7,
  subscriptions: [],
  ...more,
});

describe("session records", () => {
  test("last as long as they say after the session was left, and while it was not", async () => {
    const { records, pass, now } = world();
    await records.save("bob", "phone", record());
    pass(1_000_000);
    expect(await records.load("bob", "phone")).toMatchObject({ lastId: 7 });
    await records.save("bob", "phone", record({ leftAtMs: now() }));
    pass(60_000);
    expect(await records.load("bob", "phone")).toBeDefined();
    pass(1);
    expect(await records.load("bob", "phone")).toBeUndefined();
    await records.save("bob", "phone", record({ leftAtMs: now(), expiryS: neverExpires }));
    pass(1e12);
    expect(await records.load("bob", "phone")).toBeDefined();
  });

  test("are bounded per user, and leave nothing behind", async () => {
    const { records, values } = world();
    for (let device = 0; device < 40; device++) await records.save("bob", `d${device}`, record());
    expect(await records.load("bob", "d7")).toBeUndefined();
    expect(await records.load("bob", "d8")).toBeDefined();
    for (let device = 0; device < 40; device++) await records.save("bob", `d${device}`, undefined);
    expect(values.size).toBe(0);
  });

  test("of one user do not write over each other", async () => {
    const { records } = world();
    await Promise.all(["a", "b", "c"].map((device) => records.save("bob", device, record())));
    for (const device of ["a", "b", "c"]) expect(await records.load("bob", device)).toBeDefined();
    expect(await records.load("eve", "a")).toBeUndefined();
  });
});
