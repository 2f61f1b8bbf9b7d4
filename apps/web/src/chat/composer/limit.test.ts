import { expect, test } from "bun:test";
import { bytesLeft, contentBytesMax } from "./limit.ts";

const overhead = '{"text":""}'.length;

test("says nothing while the bound is far", () => {
  expect(bytesLeft("hello")).toBeUndefined();
  expect(bytesLeft("a".repeat(30_000))).toBeUndefined();
});

test("counts the bytes that are left, to the last one", () => {
  expect(bytesLeft("a".repeat(contentBytesMax - overhead))).toBe(0);
  expect(bytesLeft("a".repeat(contentBytesMax - overhead + 1))).toBe(-1);
  expect(bytesLeft("a".repeat(60_000))).toBe(contentBytesMax - overhead - 60_000);
});

test("counts bytes of UTF-8 and of JSON, not characters", () => {
  expect(bytesLeft("好".repeat(20_000))).toBe(contentBytesMax - overhead - 60_000);
  expect(bytesLeft("\n".repeat(30_000))).toBe(contentBytesMax - overhead - 60_000);
  expect(bytesLeft("\u0001".repeat(11_000))).toBe(contentBytesMax - overhead - 66_000);
});

test("texts below the certain length always fit", () => {
  const worst = JSON.stringify({ text: "\u0001".repeat(10_000) });
  expect(new TextEncoder().encode(worst).length).toBeLessThan(contentBytesMax);
});
