import { expect, test } from "bun:test";
import { errors } from "@godwit/protocol";
import fc from "fast-check";
import { openTestApp } from "./testing.ts";

const operations: [string, string][] = [
  ["POST", "/api/register"],
  ["POST", "/api/invite"],
  ["POST", "/api/login"],
  ["POST", "/api/password"],
  ["POST", "/api/sign-out"],
  ["POST", "/api/admin/users"],
  ["PATCH", "/api/admin/users/alice"],
  ["POST", "/api/admin/users/alice/token"],
  ["POST", "/api/admin/users/alice/kick"],
  ["POST", "/api/commands/send"],
  ["POST", "/api/commands/create"],
];

/** Bodies near the real ones: known field names with any values, and any JSON at all. */
const body = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(
    fc.constantFrom(
      "user",
      "password",
      "newPassword",
      "name",
      "device",
      "admin",
      "disabled",
      "reason",
      "lifetimeMs",
      "conversation",
      "__proto__",
      "constructor",
    ),
    fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom("alice", "root", "long enough", "phone"),
    ),
  ),
);

test("no JSON body makes any operation fail in a way nobody foresaw", async () => {
  const {
    ask,
    register,
    accounts,
    errors: unforeseen,
  } = await openTestApp(
    { requestsPerMinuteMax: 1_000_000 },
    { registrationsPerHourMax: 1_000_000 },
  );
  await register("alice");
  await register("root");
  const alive = async () => (await accounts.users.issueToken("root")).token;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...operations), body, async ([method, path], value) => {
      // A fresh token each time: a lucky sign-out would make every later request a 401, and the test blind.
      const answer = await ask(method, path, { token: await alive(), body: JSON.stringify(value) });
      expect(unforeseen).toEqual([]);
      expect(answer.status).toBeLessThan(500);
      expect(answer.json.name).not.toBe("token_invalid");
      if (answer.status >= 400) expect(Object.keys(errors)).toContain(answer.json.name ?? "");
    }),
    { numRuns: 1_000 },
  );
});

test("no text is a token by chance, and none makes the check fail otherwise", async () => {
  const {
    ask,
    register,
    errors: unforeseen,
  } = await openTestApp({ requestsPerMinuteMax: 1_000_000 });
  const [header = "", payload = "", signature = ""] = (await register("alice")).split(".");
  const part = fc.oneof(
    fc.constantFrom(header, payload, signature, "", "e30", "bnVsbA", "W10"),
    fc
      .base64String()
      .map((text) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")),
    fc
      .jsonValue({ maxDepth: 1 })
      .map((value) => Buffer.from(JSON.stringify(value)).toString("base64url")),
    fc
      .record({
        alg: fc.constantFrom("EdDSA", "none", "HS256", "RS256", ""),
        kid: fc.oneof(fc.string(), fc.constant("godwit-1-x"), fc.integer()),
      })
      .map((value) => Buffer.from(JSON.stringify(value)).toString("base64url")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), async (parts) => {
      fc.pre(parts.join(".") !== `${header}.${payload}.${signature}`);
      const answer = await ask("POST", "/api/token", { token: parts.join(".") });
      expect([answer.status, answer.json.name]).toEqual([401, "token_invalid"]);
      expect(unforeseen).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("no address makes routing fail", async () => {
  const { ask, errors: unforeseen } = await openTestApp();
  const segment = fc.oneof(
    fc.constantFrom(
      "api",
      "admin",
      "users",
      "commands",
      "docs",
      "..",
      "%2e",
      "%00",
      "%zz",
      "%f0%9f",
      "assets",
    ),
    fc.webSegment(),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"),
      fc.array(segment, { maxLength: 6 }),
      async (method, segments) => {
        const { status } = await ask(method, `/${segments.join("/")}`);
        expect(status).toBeLessThan(500);
        expect(unforeseen).toEqual([]);
      },
    ),
    { numRuns: 500 },
  );
});
