import { describe, expect, test } from "bun:test";
import { devicesPerUserMax } from "./devices.ts";
import { openTestAccounts, reasonOf } from "./testing.ts";

const open = async () => {
  const opened = await openTestAccounts();
  await opened.accounts.users.create({ user: "alice" });
  return { ...opened, devices: opened.accounts.devices };
};

describe("the device registry", () => {
  test("writes when a device was seen at most once a minute, unless forced or changed", async () => {
    const { devices, store, clock } = await open();
    let writes = 0;
    const putDevice = store.putDevice.bind(store);
    store.putDevice = (user, row) => {
      writes++;
      return putDevice(user, row);
    };
    await devices.seen("alice", "phone", "ios");
    clock.move(59_999);
    await devices.seen("alice", "phone", "ios");
    expect(writes).toBe(1);
    clock.move(1);
    await devices.seen("alice", "phone", "ios");
    expect(writes).toBe(2);
    await devices.seen("alice", "phone", "ios", true);
    await devices.seen("alice", "phone", "android");
    expect(writes).toBe(4);
    expect(await devices.list("alice")).toEqual([
      { device: "phone", platform: "android", lastSeen: clock.now(), tokensValidFrom: 0 },
    ]);
  });

  test("refuses what is no device, and users who are not there", async () => {
    const { devices } = await open();
    expect(await reasonOf(devices.seen("alice", "my phone", "ios"))).toBe("invalid_params");
    expect(await reasonOf(devices.seen("nobody", "phone", "ios"))).toBe("user_unknown");
    expect(await devices.signOut("alice", "phone")).toBe(false);
    expect(await reasonOf(devices.signOutEverywhere("nobody"))).toBe("user_unknown");
  });

  test("does not lose a sign-out to a device that is seen at the same time", async () => {
    const { devices, store } = await open();
    await devices.seen("alice", "phone", "ios");
    await Promise.all([
      devices.seen("alice", "phone", "ios", true),
      devices.signOut("alice", "phone"),
      devices.seen("alice", "phone", "ios", true),
    ]);
    expect((await store.devices("alice"))[0]?.tokensValidFrom).toBeGreaterThan(0);
  });

  test("forgets the device unseen for longest, never one whose sign-out still matters", async () => {
    const { devices, clock } = await open();
    for (let i = 0; i < devicesPerUserMax; i++) {
      await devices.seen("alice", `d${i}`, "web");
      clock.move(1);
    }
    await devices.signOut("alice", "d0");
    await devices.seen("alice", "new", "web");
    const names = (await devices.list("alice")).map(({ device }) => device);
    expect(names).toHaveLength(devicesPerUserMax);
    expect(names).toContain("d0");
    expect(names).not.toContain("d1");
  });

  test("refuses one more when all were signed out one by one, until everything is", async () => {
    const { devices } = await open();
    for (let i = 0; i < devicesPerUserMax; i++) {
      await devices.seen("alice", `d${i}`, "web");
      await devices.signOut("alice", `d${i}`);
    }
    expect(await reasonOf(devices.seen("alice", "new", "web"))).toBe("forbidden");
    await devices.signOutEverywhere("alice");
    await devices.seen("alice", "new", "web");
    expect(await devices.list("alice")).toHaveLength(devicesPerUserMax);
  });
});
