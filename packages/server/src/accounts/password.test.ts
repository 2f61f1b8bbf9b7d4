import { describe, expect, test } from "bun:test";
import { reasonOf } from "./testing.ts";
import { checkPasswordRules, createPasswordHasher } from "./password.ts";

describe("password hashes", () => {
  test("are argon2id, salted, and fit their password alone", async () => {
    const hasher = createPasswordHasher();
    const [one, two] = await Promise.all([
      hasher.hash("correct horse"),
      hasher.hash("correct horse"),
    ]);
    expect(one).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
    expect(one).not.toBe(two);
    expect(await hasher.verify("correct horse", one)).toBe(true);
    expect(await hasher.verify("correct horsf", one)).toBe(false);
  });

  test("do not depend on the Unicode form", async () => {
    const hasher = createPasswordHasher();
    expect(await hasher.verify("cafe\u0301-geheim", await hasher.hash("caf\u00e9-geheim"))).toBe(
      true,
    );
  });

  test("made with other parameters are outdated", () => {
    const hasher = createPasswordHasher();
    expect(hasher.isOutdated("$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA")).toBe(true);
    expect(hasher.isOutdated("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA")).toBe(false);
  });

  test("beyond the bound are refused with busy, the others are done", async () => {
    const hasher = createPasswordHasher({ atOnceMax: 1, waitingMax: 2 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => hasher.hash("correct horse")),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    const refused = outcomes[4] as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ reason: "busy", retryAfterMs: 100 });
    // The places are free again.
    expect(await hasher.hash("correct horse")).toStartWith("$argon2id$");
  });
});

describe("password rules", () => {
  const check = async (password: string) => checkPasswordRules(password, 8);
  test("count characters, not bytes or code units", async () => {
    await check("12345678");
    await check("😀😀😀😀😀😀😀😀");
    expect(await reasonOf(check("😀😀😀😀"))).toBe("invalid_params");
    expect(await reasonOf(check("1234567"))).toBe("invalid_params");
  });
  test("end at 256", async () => {
    await check("x".repeat(256));
    expect(await reasonOf(check("x".repeat(257)))).toBe("invalid_params");
    expect(await reasonOf(check("x".repeat(100_000)))).toBe("invalid_params");
  });
});
