import { expect, test } from "bun:test";
import { closeCodes, shouldReconnect } from "./close.ts";
import { errors, wireError } from "./errors.ts";

test("the range of a close code says whether to reconnect", () => {
  for (const { code } of Object.values(closeCodes)) {
    expect(code >= 4000 && code < 5000).toBe(true);
    expect(shouldReconnect(code)).toBe(code < 4500);
  }
  for (const code of [1000, 1001, 1006, 1011, 3000, 4499, 5000])
    expect(shouldReconnect(code)).toBe(true);
  for (const code of [1009, 4500, 4999]) expect(shouldReconnect(code)).toBe(false);
});

test("codes and close reasons are unique and short", () => {
  const codes = Object.values(closeCodes).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  // RFC 6455 section 5.5: a control frame carries 125 bytes, of which the code takes two.
  for (const { message } of Object.values(closeCodes))
    expect(new TextEncoder().encode(message).length).toBeLessThanOrEqual(123);
  const errorCodes = Object.values(errors).map(({ code }) => code);
  expect(new Set(errorCodes).size).toBe(errorCodes.length);
});

test("an error travels with its table's words unless there are better ones", () => {
  expect(wireError("busy", undefined, 50)).toEqual({
    code: 4291,
    name: "busy",
    message: errors.busy.message,
    retryable: true,
    retryAfterMs: 50,
  });
  expect(wireError("internal", "x")).toEqual({
    code: 5000,
    name: "internal",
    message: "x",
    retryable: true,
  });
});
