import { describe, expect, test } from "bun:test";
import { testClock } from "./testing.ts";
import { addressKey, Throttle } from "./throttle.ts";

describe("a throttle", () => {
  test("lets its count through at once, then one per share of the window", () => {
    const clock = testClock();
    const throttle = new Throttle(clock, 6, 60_000);
    for (let i = 0; i < 6; i++) {
      expect(throttle.waitMs("a")).toBe(0);
      throttle.add("a");
    }
    expect(throttle.waitMs("a")).toBe(10_000);
    clock.move(9_999);
    expect(throttle.waitMs("a")).toBe(1);
    clock.move(1);
    expect(throttle.waitMs("a")).toBe(0);
    throttle.add("a");
    expect(throttle.waitMs("a")).toBe(10_000);
    clock.move(60_000);
    expect(throttle.waitMs("a")).toBe(0);
  });

  test("keeps keys apart and forgets the emptiest", () => {
    const clock = testClock();
    const throttle = new Throttle(clock, 1, 60_000, 2);
    throttle.add("a");
    clock.move(1_000);
    throttle.add("b");
    clock.move(1_000);
    throttle.add("c");
    expect(["a", "b", "c"].map((key) => throttle.waitMs(key))).toEqual([0, 59_000, 60_000]);
  });

  test("forgets nobody who waits, however many other addresses come by", () => {
    const clock = testClock();
    const throttle = new Throttle(clock, 10, 60_000, 1_000);
    for (let count = 0; count < 10; count++) throttle.add("guessed at");
    const waitMs = throttle.waitMs("guessed at");
    expect(waitMs).toBe(6_000);
    for (let index = 0; index < 50_000; index++) {
      const address = addressKey(`2001:db8:0:${index.toString(16)}::1`);
      throttle.add(address);
      if (index % 2 === 0) throttle.refund(address);
    }
    expect(throttle.waitMs("guessed at")).toBe(waitMs);
    clock.move(waitMs);
    expect(throttle.waitMs("guessed at")).toBe(0);
  });

  test("takes one back", () => {
    const throttle = new Throttle(testClock(), 1, 60_000);
    throttle.add("a");
    throttle.refund("a");
    expect(throttle.waitMs("a")).toBe(0);
  });

  test("does not let a flood run up a debt", () => {
    const clock = testClock();
    const throttle = new Throttle(clock, 2, 60_000);
    for (let i = 0; i < 1_000; i++) throttle.add("a");
    expect(throttle.waitMs("a")).toBe(60_000);
  });
});

describe("address keys", () => {
  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("%s → %s", (address, key) => expect(addressKey(address)).toBe(key));
});
