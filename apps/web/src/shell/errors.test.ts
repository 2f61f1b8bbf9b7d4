import { beforeAll, describe, expect, test } from "bun:test";
import { loadTexts, t } from "../i18n/index.ts";
import { errorText, inWords, waitText } from "./errors.ts";

beforeAll(loadTexts);

const failed = (name: string, more: object = {}) => Object.assign(new Error("why"), { name }, more);

describe("errors in words", () => {
  test.each([
    ["http_failed", "The server cannot be reached. Check your connection."],
    ["group_full", "The group has reached its limit of members."],
    ["something_new", "That did not work. Try again."],
  ])("%s", (name, text) => expect(errorText(t, failed(name))).toBe(text));

  test("a throttle says how long", () => {
    const error = failed("too_many_attempts", { retryAfterMs: 6_200 });
    expect(errorText(t, error)).toBe("Too many attempts. Try again in 7 seconds.");
  });

  test("what a question shows of its task", async () => {
    const task = inWords(t, () => Promise.reject(failed("timeout")));
    const thrown = await task().catch((error: unknown) => error);
    expect((thrown as Error).message).toBe("The server did not answer in time.");
  });

  test("what is no error of ours", () =>
    expect(errorText(t, "odd")).toBe("That did not work. Try again."));

  test.each([
    [0, "1 second"],
    [1_000, "1 second"],
    [90_000, "90 seconds"],
    [90_001, "2 minutes"],
    [3_600_000, "60 minutes"],
  ])("%d ms are %s", (ms, text) => expect(waitText(t, ms)).toBe(text));
});
