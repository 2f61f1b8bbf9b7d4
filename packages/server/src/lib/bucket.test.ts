import { expect, test } from "bun:test";
import { Bucket } from "./bucket.ts";

test("a bucket gives its burst at once, then its rate, and says how long to wait", () => {
  const bucket = new Bucket(3, 0);
  expect([1, 2, 3].map(() => bucket.take(10, 3, 0))).toEqual([0, 0, 0]);
  expect(bucket.take(10, 3, 0)).toBe(100);
  expect(bucket.take(10, 3, 50)).toBe(50);
  expect(bucket.take(10, 3, 100)).toBe(0);
  expect(bucket.take(10, 3, 100)).toBe(100);
});

test("a bucket never holds more than its burst", () => {
  const bucket = new Bucket(2, 0);
  expect([1, 2, 3].map(() => bucket.take(10, 2, 60_000))).toEqual([0, 0, 100]);
});
