import { describe, expect, test } from "bun:test";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { alice, dayMs, openTestAccounts, reasonOf, withAlice } from "./testing.ts";

describe("tokens", () => {
  test("expire, with a little patience for clocks", async () => {
    const { accounts, clock, token } = await withAlice();
    clock.move(7 * dayMs + 4_000);
    await accounts.authenticate(token);
    clock.move(2_000);
    expect(await reasonOf(accounts.authenticate(token))).toBe("token_expired");
  });

  test("are refused if anything in them is not ours", async () => {
    const { accounts, token } = await withAlice();
    const other = await withAlice();
    const [header = "", payload = "", signature = ""] = token.split(".");
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const kid = decodeProtectedHeader(token).kid;
    const forged = [
      "",
      "x",
      "..",
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}.${encode({ ...decodeJwt(token), sub: "admin" })}.${signature}`,
      `${encode({ alg: "none", kid })}.${payload}.`,
      `${encode({ alg: "HS256", kid })}.${payload}.${signature}`,
      `${encode({ alg: "EdDSA", kid: "godwit-9-000000000000" })}.${payload}.${signature}`,
      `${encode({ alg: "EdDSA" })}.${payload}.${signature}`,
      `${encode({ alg: "EdDSA", kid: 7 })}.${payload}.${signature}`,
      `${encode({ alg: "EdDSA", kid, crit: ["b64"], b64: false })}.${payload}.${signature}`,
      "a".repeat(100_000),
    ];
    for (const text of forged)
      expect(await reasonOf(accounts.authenticate(text))).toBe("token_invalid");
    // The same user, but of another server (whose key has another id only by chance of the test's randomness).
    expect(await reasonOf(other.accounts.authenticate(token))).toBe("token_invalid");
  });

  test("end when the account is disabled, and do not come back", async () => {
    const { accounts, token } = await withAlice();
    await accounts.authenticate(token);
    await accounts.users.update("alice", { disabled: true });
    expect(await reasonOf(accounts.authenticate(token))).toBe("account_disabled");
    await accounts.users.update("alice", { disabled: false });
    expect(await reasonOf(accounts.authenticate(token))).toBe("token_invalid");
  });

  test("end everywhere at once; one signed in the same millisecond afterwards works", async () => {
    const { accounts, token } = await withAlice();
    const { token: second } = await accounts.login(alice);
    await accounts.devices.signOutEverywhere("alice");
    for (const old of [token, second])
      expect(await reasonOf(accounts.authenticate(old))).toBe("token_invalid");
    const { token: fresh } = await accounts.login(alice);
    expect((await accounts.authenticate(fresh)).user).toBe("alice");
  });

  test("are signed after a revocation even if the clock went back", async () => {
    const { accounts, clock } = await withAlice();
    await accounts.devices.signOutEverywhere("alice");
    clock.move(-3_600_000);
    const { token } = await accounts.login(alice);
    expect((await accounts.authenticate(token)).user).toBe("alice");
  });

  test("bound to a device work there alone and end with it", async () => {
    const { accounts } = await withAlice();
    const { token: phone } = await accounts.login({ ...alice, device: "phone", platform: "ios" });
    const { token: laptop } = await accounts.login({ ...alice, device: "laptop" });
    expect((await accounts.authenticate(phone, "phone")).device).toBe("phone");
    expect(await reasonOf(accounts.authenticate(phone, "laptop"))).toBe("token_invalid");
    expect(await accounts.devices.signOut("alice", "phone")).toBe(true);
    expect(await reasonOf(accounts.authenticate(phone))).toBe("token_invalid");
    expect((await accounts.authenticate(laptop, "laptop")).device).toBe("laptop");
    const { token: again } = await accounts.login({ ...alice, device: "phone" });
    expect((await accounts.authenticate(again, "phone")).device).toBe("phone");
  });

  test("not bound to a device are refused on one that was signed out", async () => {
    const { accounts, token } = await withAlice();
    await accounts.devices.seen("alice", "phone", "ios");
    await accounts.devices.signOut("alice", "phone");
    expect(await reasonOf(accounts.authenticate(token, "phone"))).toBe("token_invalid");
    expect((await accounts.authenticate(token, "laptop")).user).toBe("alice");
  });

  test("are renewed with their device, while they are valid", async () => {
    const { accounts, clock } = await withAlice();
    const { token } = await accounts.login({ ...alice, device: "phone" });
    clock.move(6 * dayMs);
    const renewed = await accounts.refresh(await accounts.authenticate(token));
    expect(renewed.expiresAt).toBe(clock.now() + 7 * dayMs);
    expect((await accounts.authenticate(renewed.token)).device).toBe("phone");
  });

  test("outlive a restart, and a rotation of keys until their time", async () => {
    const opened = await withAlice();
    await opened.accounts.rotateKey(false);
    const { accounts, clock } = await openTestAccounts({}, opened);
    expect((await accounts.authenticate(opened.token)).user).toBe("alice");
    const { token } = await accounts.login(alice);
    expect(decodeProtectedHeader(token).kid).toStartWith("godwit-2-");
    clock.move(7 * dayMs);
    expect(await reasonOf(accounts.authenticate(opened.token))).toBe("token_expired");
  });

  test("of earlier keys are refused after a rotation that revokes, also on another node soon", async () => {
    const opened = await withAlice();
    const neighbour = await openTestAccounts({}, opened);
    await neighbour.accounts.authenticate(opened.token);
    await opened.accounts.rotateKey(true);
    expect(await reasonOf(opened.accounts.authenticate(opened.token))).toBe("token_invalid");
    opened.clock.move(30_000);
    expect(await reasonOf(neighbour.accounts.authenticate(opened.token))).toBe("token_invalid");
  });

  test("of a key that another node just made are accepted", async () => {
    const opened = await withAlice();
    const neighbour = await openTestAccounts({}, opened);
    opened.clock.move(1_000);
    await opened.accounts.rotateKey(false);
    const { token } = await opened.accounts.login(alice);
    expect((await neighbour.accounts.authenticate(token)).user).toBe("alice");
  });

  test("see what another process changed after half a minute", async () => {
    const { accounts, clock, store, token } = await withAlice();
    await accounts.authenticate(token);
    await store.update("alice", { disabled: true });
    clock.move(30_000);
    expect(await reasonOf(accounts.authenticate(token))).toBe("account_disabled");
  });
});
