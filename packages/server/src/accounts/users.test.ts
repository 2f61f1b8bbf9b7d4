import { describe, expect, test } from "bun:test";
import { decodeJwt } from "jose";
import { alice, dayMs, openTestAccounts, reasonOf, withAlice } from "./testing.ts";

describe("administrators", () => {
  test("the first start makes one, once, with a password that works", async () => {
    const opened = await openTestAccounts();
    const first = await opened.accounts.ensureAdmin();
    expect(first?.user).toBe("admin");
    expect(first?.password).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    expect(await opened.accounts.ensureAdmin()).toBeUndefined();
    const { accounts } = await openTestAccounts({}, opened);
    expect(await accounts.ensureAdmin()).toBeUndefined();
    const { token } = await accounts.login({
      user: "admin",
      password: first?.password ?? "",
      address: "192.0.2.1",
    });
    expect(decodeJwt(token)["adm"]).toBe(true);
    expect((await accounts.authenticate(token)).admin).toBe(true);
  });

  test("a crash in the middle of it gives a new password at the next start", async () => {
    const opened = await openTestAccounts();
    await opened.store.create({
      user: "admin",
      admin: true,
      disabled: false,
      tokensValidFrom: 0,
      createdAt: 0,
      passwordHash: "plain:lost",
    });
    const made = await opened.accounts.ensureAdmin();
    await opened.accounts.login({
      user: "admin",
      password: made?.password ?? "",
      address: "192.0.2.1",
    });
  });

  test("lose their rights at once", async () => {
    const { accounts } = await openTestAccounts();
    await accounts.users.create({ ...alice, admin: true });
    const { token } = await accounts.login(alice);
    await accounts.users.update("alice", { admin: false });
    expect(await reasonOf(accounts.authenticate(token))).toBe("token_invalid");
    expect((await accounts.authenticate((await accounts.login(alice)).token)).admin).toBe(false);
  });

  test("sign tokens for users, not longer than the server's own", async () => {
    const { accounts, clock } = await withAlice();
    const short = await accounts.users.issueToken("alice", { device: "bot-1", lifetimeMs: 60_000 });
    expect(short.expiresAt).toBe(clock.now() + 60_000);
    expect((await accounts.authenticate(short.token)).device).toBe("bot-1");
    expect((await accounts.users.issueToken("alice", { lifetimeMs: 99 * dayMs })).expiresAt).toBe(
      clock.now() + 7 * dayMs,
    );
    expect(await reasonOf(accounts.users.issueToken("nobody"))).toBe("user_unknown");
    expect(await reasonOf(accounts.users.issueToken("alice", { device: "no spaces" }))).toBe(
      "invalid_params",
    );
    expect(await reasonOf(accounts.users.issueToken("alice", { lifetimeMs: -5 }))).toBe(
      "invalid_params",
    );
    await accounts.users.update("alice", { disabled: true });
    expect(await reasonOf(accounts.users.issueToken("alice"))).toBe("account_disabled");
  });

  test("rename and list", async () => {
    const { accounts } = await withAlice();
    await accounts.users.create({ user: "bob", name: "Robert" });
    await accounts.users.update("alice", { name: "Alice A." });
    expect((await accounts.users.list(undefined, undefined, 10)).accounts).toMatchObject([
      { user: "alice", name: "Alice A." },
      { user: "bob" },
    ]);
    expect((await accounts.users.list("rob", undefined, 10)).accounts).toMatchObject([
      { user: "bob" },
    ]);
    expect(await reasonOf(accounts.users.update("nobody", { name: "x" }))).toBe("user_unknown");
    expect(await reasonOf(accounts.users.update("alice", { name: "  " }))).toBe("invalid_params");
  });
});
