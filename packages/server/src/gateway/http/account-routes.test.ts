import { describe, expect, test } from "bun:test";
import { openTestApp } from "./testing.ts";

const alice = { user: "alice", password: "long enough" };

describe("accounts over HTTP", () => {
  test("register, sign in, renew, sign out", async () => {
    const { ask, accounts, ended, clock } = await openTestApp();
    const registered = await ask("POST", "/api/register", { body: { ...alice, name: "Alice" } });
    expect(registered.status).toBe(201);
    expect(registered.json).toEqual({
      token: expect.any(String),
      user: "alice",
      expiresAt: clock.now() + 7 * 86_400_000,
    });
    expect(registered.headers.get("cache-control")).toBe("no-store");

    const login = await ask("POST", "/api/login", {
      body: { ...alice, device: "phone", platform: "ios" },
    });
    const token = login.json["token"] as string;
    expect((await accounts.authenticate(token)).device).toBe("phone");

    clock.move(1_000);
    const renewed = await ask("POST", "/api/token", { token });
    expect(renewed.json["expiresAt"]).toBe(clock.now() + 7 * 86_400_000);

    const signedOut = await ask("POST", "/api/sign-out", { token });
    expect(signedOut.json).toEqual({ ended: 2 });
    expect(ended).toEqual([["alice", { close: "signed_out", device: "phone" }]]);
    expect((await ask("POST", "/api/token", { token })).json.name).toBe("token_invalid");
  });

  test("sign out everywhere ends every token", async () => {
    const { ask, register, ended } = await openTestApp();
    const token = await register("alice");
    expect((await ask("POST", "/api/sign-out", { token })).json).toMatchObject({
      name: "invalid_params",
    });
    expect(
      (await ask("POST", "/api/sign-out", { token, body: { device: "absent" } })).json,
    ).toMatchObject({ name: "invalid_params" });
    expect(
      (await ask("POST", "/api/sign-out", { token, body: { everywhere: true } })).json,
    ).toEqual({ ended: 2 });
    expect(ended).toEqual([["alice", { close: "signed_out" }]]);
    expect((await ask("POST", "/api/token", { token })).status).toBe(401);
  });

  test("a new password ends the sessions and answers with a token that works", async () => {
    const { ask, register, password, ended } = await openTestApp();
    const token = await register("alice");
    const changed = await ask("POST", "/api/password", {
      token,
      body: { password, newPassword: "another one" },
    });
    expect(changed.status).toBe(200);
    expect(ended).toEqual([
      ["alice", { close: "signed_out", reason: "The password was changed." }],
    ]);
    expect(
      (await ask("POST", "/api/token", { token: changed.json["token"] as string })).status,
    ).toBe(200);
    const wrong = await ask("POST", "/api/password", {
      token: changed.json["token"] as string,
      body: { password, newPassword: "another one" },
    });
    expect([wrong.status, wrong.json.name]).toEqual([401, "credentials_wrong"]);
    // A wrong password is not a missing token: no challenge.
    expect(wrong.headers.get("www-authenticate")).toBeNull();
  });

  test.each([
    ["user_exists", 409, { user: "taken", password: "long enough" }],
    ["invalid_params", 400, { user: "new", password: "short" }],
    ["invalid_params", 400, { user: "not a name", password: "long enough" }],
    ["invalid_params", 400, { user: "new" }],
    ["invalid_params", 400, { user: "new", password: { $ne: null } }],
    ["invalid_params", 400, { user: ["new"], password: "long enough" }],
    ["invalid_params", 400, { user: "new", password: "long enough", platform: "toaster" }],
    ["invalid_params", 400, { user: "new", password: "x".repeat(513) }],
  ])("registering is refused with %s (%d)", async (name, status, body) => {
    const { ask, register } = await openTestApp();
    await register("taken");
    const answer = await ask("POST", "/api/register", { body });
    expect([answer.status, answer.json.name]).toEqual([status, name]);
    expect(answer.json).toMatchObject({
      code: expect.any(Number),
      message: expect.any(String),
      retryable: false,
    });
  });

  test("names the field that does not fit", async () => {
    const { ask } = await openTestApp();
    const answer = await ask("POST", "/api/register", {
      body: { user: 7, password: "long enough" },
    });
    expect(answer.json.message).toStartWith("user must be string");
  });

  test("ignores unknown fields, and administrators are not made by asking", async () => {
    const { ask, accounts } = await openTestApp();
    const body = {
      ...alice,
      admin: true,
      address: "127.0.0.1",
      __proto__: { admin: true },
      constructor: 1,
    };
    expect(
      (
        await ask("POST", "/api/register", {
          body: JSON.stringify(body).replace("{", '{"__proto__":{"admin":true},'),
        })
      ).status,
    ).toBe(201);
    expect(await accounts.users.get("alice")).toMatchObject({ admin: false });
  });

  test("wrong sign-ins say how long to wait", async () => {
    const { ask, register } = await openTestApp();
    await register("alice");
    const body = { user: "alice", password: "wrong wrong" };
    for (let i = 0; i < 10; i++)
      expect((await ask("POST", "/api/login", { body })).json.name).toBe("credentials_wrong");
    const refused = await ask("POST", "/api/login", { body });
    expect([refused.status, refused.json.name, refused.json.retryable]).toEqual([
      429,
      "too_many_attempts",
      true,
    ]);
    expect(refused.json.retryAfterMs).toBe(6_000);
    expect(refused.headers.get("retry-after")).toBe("6");
  });

  test("registration can be closed", async () => {
    const { ask } = await openTestApp({}, { registration: "closed" });
    const answer = await ask("POST", "/api/register", { body: alice });
    expect([answer.status, answer.json.name]).toEqual([403, "forbidden"]);
  });
});
