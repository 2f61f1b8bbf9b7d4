import { describe, expect, test } from "bun:test";
import { openTestApp } from "./testing.ts";

async function asAdmin() {
  const opened = await openTestApp({}, { registration: "closed" });
  const token = await opened.register("root");
  return { ...opened, token };
}

const everything: [string, string][] = [
  ["GET", "/api/admin/users"],
  ["POST", "/api/admin/users"],
  ["GET", "/api/admin/users/alice"],
  ["PATCH", "/api/admin/users/alice"],
  ["POST", "/api/admin/users/alice/token"],
  ["POST", "/api/admin/users/alice/kick"],
  ["POST", "/api/admin/keys/rotate"],
];

describe("administration", () => {
  test.each(everything)("%s %s is for administrators alone", async (method, path) => {
    const { ask, register } = await asAdmin();
    const token = await register("alice");
    const body = method === "GET" ? undefined : {};
    const refused = await ask(method, path, { token, body });
    expect([refused.status, refused.json.name]).toEqual([403, "forbidden"]);
    const stranger = await ask(method, path, { body });
    expect([stranger.status, stranger.json.name]).toEqual([401, "token_invalid"]);
    expect(stranger.headers.get("www-authenticate")).toStartWith("Bearer ");
  });

  test("creates, shows and lists accounts in pages, never with their hashes", async () => {
    const { ask, token, clock } = await asAdmin();
    const created = await ask("POST", "/api/admin/users", {
      token,
      body: { user: "alice", password: "long enough", name: "Alice" },
    });
    const shown = {
      user: "alice",
      name: "Alice",
      admin: false,
      disabled: false,
      hasPassword: true,
      createdAt: clock.now(),
    };
    expect([created.status, created.json]).toEqual([201, shown]);
    expect((await ask("GET", "/api/admin/users/alice", { token })).json).toEqual(shown);
    await ask("POST", "/api/admin/users", { token, body: { user: "bob" } });
    expect((await ask("POST", "/api/admin/users", { token, body: { user: "bob" } })).status).toBe(
      409,
    );

    const first = await ask("GET", "/api/admin/users?limit=2", { token });
    expect(first.json).toMatchObject({
      users: [{ user: "alice" }, { user: "bob", hasPassword: false }],
      partial: true,
      next: "bob",
    });
    const second = await ask("GET", "/api/admin/users?limit=2&after=bob", { token });
    expect(second.json).toMatchObject({ users: [{ user: "root", admin: true }], partial: false });
    expect((await ask("GET", "/api/admin/users?prefix=AL", { token })).json).toMatchObject({
      users: [{ user: "alice" }],
    });
    expect(first.text + second.text).not.toContain("plain:");
  });

  test.each(["limit=0", "limit=501", "limit=ten", "after=no%20id", "prefix="])(
    "refuses the page %s",
    async (query) => {
      const { ask, token } = await asAdmin();
      expect((await ask("GET", `/api/admin/users?${query}`, { token })).json.name).toBe(
        "invalid_params",
      );
    },
  );

  test("disabling ends sessions and tokens; a new password too", async () => {
    const { ask, token, register, accounts, ended } = await asAdmin();
    const hers = await register("alice");
    const disabled = await ask("PATCH", "/api/admin/users/alice", {
      token,
      body: { disabled: true },
    });
    expect(disabled.json["disabled"]).toBe(true);
    expect((await ask("POST", "/api/token", { token: hers })).json.name).toBe("account_disabled");
    await ask("PATCH", "/api/admin/users/alice", {
      token,
      body: { disabled: false, password: "a new password", name: "A." },
    });
    await accounts.login({ user: "alice", password: "a new password", address: "192.0.2.9" });
    expect(ended).toEqual([
      ["alice", { close: "account_disabled" }],
      ["alice", { close: "signed_out" }],
    ]);
    expect((await ask("PATCH", "/api/admin/users/nobody", { token, body: {} })).status).toBe(404);
  });

  test("a new name is told to who watches the user, and nothing else is", async () => {
    const { ask, token, register, renamed } = await asAdmin();
    await register("alice");
    for (const body of [{ name: "Alice L." }, { admin: true }, { name: "" }])
      await ask("PATCH", "/api/admin/users/alice", { token, body });
    expect(renamed).toEqual([["alice", "Alice L."]]);
  });

  test("who is shut out is so at once, also where a new name cannot be told", async () => {
    const { ask, token, register, ended, state } = await asAdmin();
    await register("alice");
    state.outcome = new Error("The disk is gone.");
    const body = { name: "A.", disabled: true };
    expect((await ask("PATCH", "/api/admin/users/alice", { token, body })).status).toBe(500);
    expect(ended).toEqual([["alice", { close: "account_disabled" }]]);
  });

  test("nobody locks himself out", async () => {
    const { ask, token } = await asAdmin();
    for (const body of [{ disabled: true }, { admin: false }])
      expect((await ask("PATCH", "/api/admin/users/root", { token, body })).json.name).toBe(
        "forbidden",
      );
  });

  test("signs tokens for users", async () => {
    const { ask, token, register, accounts, clock } = await asAdmin();
    await register("alice");
    const signed = await ask("POST", "/api/admin/users/alice/token", {
      token,
      body: { device: "bot", lifetimeMs: 60_000 },
    });
    expect(signed.json).toMatchObject({ user: "alice", expiresAt: clock.now() + 60_000 });
    expect(await accounts.authenticate(signed.json["token"] as string, "bot")).toMatchObject({
      user: "alice",
      admin: false,
    });
    expect((await ask("POST", "/api/admin/users/nobody/token", { token })).json.name).toBe(
      "user_unknown",
    );
    expect((await ask("POST", "/api/admin/users/a%20b/token", { token })).json.name).toBe(
      "user_unknown",
    );
  });

  test("ends sessions with a reason", async () => {
    const { ask, token, register, ended } = await asAdmin();
    await register("alice");
    expect(
      (
        await ask("POST", "/api/admin/users/alice/kick", {
          token,
          // Unknown fields pass the schema; they must not pass for what the route itself says.
          body: { device: "phone", reason: "Spam.", close: "nonsense" },
        })
      ).json,
    ).toEqual({ ended: 2 });
    expect(ended).toEqual([["alice", { close: "kicked", device: "phone", reason: "Spam." }]]);
    expect((await ask("POST", "/api/admin/users/nobody/kick", { token })).json.name).toBe(
      "user_unknown",
    );
  });

  test("rotates keys, and revokes what was signed before", async () => {
    const { ask, token } = await asAdmin();
    expect((await ask("POST", "/api/admin/keys/rotate", { token })).json["kid"]).toMatch(
      /^godwit-2-/,
    );
    expect((await ask("GET", "/api/admin/users", { token })).status).toBe(200);
    expect(
      (await ask("POST", "/api/admin/keys/rotate", { token, body: { revokeOlder: true } })).status,
    ).toBe(200);
    expect((await ask("GET", "/api/admin/users", { token })).json.name).toBe("token_invalid");
  });
});
