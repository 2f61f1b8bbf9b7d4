import { describe, expect, test } from "bun:test";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { openTestAccounts, reasonOf, type TestAccounts } from "./testing.ts";

const alice = { user: "alice", password: "alice's secret", address: "192.0.2.1" };
const day = 86_400_000;

async function withAlice(): Promise<TestAccounts & { token: string }> {
  const opened = await openTestAccounts();
  const { token } = await opened.accounts.register(alice);
  return { ...opened, token };
}

describe("registering", () => {
  test("signs in with a token of this server", async () => {
    const { accounts, clock } = await openTestAccounts();
    const { token, user, expiresAt } = await accounts.register({ ...alice, name: "Alice" });
    expect({ user, expiresAt }).toEqual({ user: "alice", expiresAt: clock.now() + 7 * day });
    expect(decodeProtectedHeader(token)).toMatchObject({
      alg: "EdDSA",
      kid: expect.stringMatching(/^godwit-1-[0-9a-f]{12}$/),
    });
    expect(decodeJwt(token)).toEqual({
      sub: "alice",
      iat: clock.now() / 1000,
      exp: expiresAt / 1000,
    });
    expect(await accounts.authenticate(token)).toEqual({
      user: "alice",
      admin: false,
      device: undefined,
      issuedAt: clock.now(),
      expiresAt,
      source: "own",
    });
    expect(await accounts.users.get("alice")).toMatchObject({
      name: "Alice",
      admin: false,
      disabled: false,
    });
  });

  test("refuses a taken name without hashing", async () => {
    const { accounts, hasher } = await withAlice();
    hasher.work.length = 0;
    expect(await reasonOf(accounts.register(alice))).toBe("user_exists");
    expect(hasher.work).toEqual([]);
  });

  test.each([
    ["", "long enough"],
    ["-alice", "long enough"],
    ["al ice", "long enough"],
    ["a".repeat(65), "long enough"],
    ["a:b", "long enough"],
    ["alice", "short"],
    ["alice", "x".repeat(257)],
  ])("refuses user %p with password %p", async (user, password) => {
    const { accounts } = await openTestAccounts();
    expect(await reasonOf(accounts.register({ user, password, address: "192.0.2.1" }))).toBe(
      "invalid_params",
    );
  });

  test("can be closed, and administrators still create accounts", async () => {
    const { accounts } = await openTestAccounts({ registration: "closed" });
    expect(await reasonOf(accounts.register(alice))).toBe("forbidden");
    await accounts.users.create(alice);
    expect((await accounts.login(alice)).user).toBe("alice");
  });

  test("is limited by address, and refusals do not count", async () => {
    const { accounts, clock } = await openTestAccounts({ registrationsPerHourMax: 2 });
    const register = (user: string, address: string) =>
      accounts.register({ user, password: "long enough", address });
    await register("a", "192.0.2.1");
    expect(await reasonOf(register("a", "192.0.2.1"))).toBe("user_exists");
    await register("b", "192.0.2.1");
    expect(await reasonOf(register("c", "192.0.2.1"))).toBe("rate_limited");
    await register("c", "192.0.2.2");
    clock.move(1_800_000);
    await register("d", "192.0.2.1");
  });

  test("of one name at once lets one win", async () => {
    const { accounts } = await openTestAccounts();
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map((n) => accounts.register({ ...alice, address: `192.0.2.${n}` })),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});

describe("signing in", () => {
  test("does the same work for a wrong password, an unknown user and one without password", async () => {
    const { accounts, hasher } = await withAlice();
    await accounts.users.create({ user: "hosted" });
    for (const [user, work] of [
      ["alice", "verify"],
      ["nobody", "pretend"],
      ["hosted", "pretend"],
    ] as const) {
      hasher.work.length = 0;
      expect(
        await reasonOf(accounts.login({ user, password: "wrong wrong", address: "192.0.2.1" })),
      ).toBe("credentials_wrong");
      expect(hasher.work).toEqual([work]);
    }
  });

  test("tells of a disabled account only who knows the password", async () => {
    const { accounts } = await withAlice();
    await accounts.users.update("alice", { disabled: true });
    expect(await reasonOf(accounts.login({ ...alice, password: "wrong wrong" }))).toBe(
      "credentials_wrong",
    );
    expect(await reasonOf(accounts.login(alice))).toBe("account_disabled");
    await accounts.users.update("alice", { disabled: false });
    expect((await accounts.login(alice)).user).toBe("alice");
  });

  test("makes an outdated hash new", async () => {
    const { accounts, store, hasher } = await withAlice();
    await store.update("alice", { passwordHash: "old" });
    hasher.verify = async () => true;
    await accounts.login(alice);
    expect((await store.get(["alice"]))[0]?.passwordHash).toBe("plain:alice's secret");
  });

  test("is throttled for a user from an address, with the time to wait, and recovers", async () => {
    const { accounts, clock } = await withAlice();
    const wrong = () => accounts.login({ ...alice, password: "wrong wrong" });
    for (let i = 0; i < 10; i++) expect(await reasonOf(wrong())).toBe("credentials_wrong");
    const refused = await wrong().catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: "too_many_attempts", retryAfterMs: 6_000 });
    // Even the right password, from there; from elsewhere it works.
    expect(await reasonOf(accounts.login(alice))).toBe("too_many_attempts");
    await accounts.login({ ...alice, address: "198.51.100.1" });
    clock.move(6_000);
    await accounts.login(alice);
  });

  test("is throttled in parallel as well", async () => {
    const { accounts } = await withAlice();
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, () =>
        reasonOf(accounts.login({ ...alice, password: "wrong wrong" })),
      ),
    );
    expect(outcomes.filter((reason) => reason === "credentials_wrong")).toHaveLength(10);
  });

  test("is throttled for one user over many addresses, and for one address over many users", async () => {
    const { accounts, hasher } = await withAlice();
    for (let i = 0; i < 50; i++)
      await reasonOf(
        accounts.login({ ...alice, password: "wrong wrong", address: `198.51.100.${i}` }),
      );
    hasher.work.length = 0;
    expect(await reasonOf(accounts.login({ ...alice, address: "203.0.113.1" }))).toBe(
      "too_many_attempts",
    );
    for (let i = 0; i < 50; i++)
      await reasonOf(
        accounts.login({ user: `u${i}`, password: "wrong wrong", address: "203.0.113.2" }),
      );
    expect(
      await reasonOf(
        accounts.login({ user: "u99", password: "wrong wrong", address: "203.0.113.2" }),
      ),
    ).toBe("too_many_attempts");
    expect(hasher.work).toHaveLength(50);
  });

  test("of many people behind one address at once is not throttled", async () => {
    const { accounts } = await openTestAccounts();
    const people = Array.from({ length: 90 }, (_, i) => ({
      user: `u${i}`,
      password: "long enough",
      address: "192.0.2.1",
    }));
    await Promise.all(people.map((person) => accounts.register(person)));
    expect(await Promise.all(people.map((person) => accounts.login(person)))).toHaveLength(90);
  });
});

describe("tokens", () => {
  test("expire, with a little patience for clocks", async () => {
    const { accounts, clock, token } = await withAlice();
    clock.move(7 * day + 4_000);
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
    clock.move(6 * day);
    const renewed = await accounts.refresh(await accounts.authenticate(token));
    expect(renewed.expiresAt).toBe(clock.now() + 7 * day);
    expect((await accounts.authenticate(renewed.token)).device).toBe("phone");
  });

  test("outlive a restart, and a rotation of keys until their time", async () => {
    const opened = await withAlice();
    await opened.accounts.rotateKey(false);
    const { accounts, clock } = await openTestAccounts({}, opened);
    expect((await accounts.authenticate(opened.token)).user).toBe("alice");
    const { token } = await accounts.login(alice);
    expect(decodeProtectedHeader(token).kid).toStartWith("godwit-2-");
    clock.move(7 * day);
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

describe("a change of password", () => {
  test("ends all other tokens and the old password", async () => {
    const { accounts, token } = await withAlice();
    const principal = await accounts.authenticate(token);
    const change = {
      password: alice.password,
      newPassword: "alice's second",
      address: alice.address,
    };
    const { token: fresh } = await accounts.changePassword(principal, change);
    expect(await reasonOf(accounts.authenticate(token))).toBe("token_invalid");
    expect((await accounts.authenticate(fresh)).user).toBe("alice");
    expect(await reasonOf(accounts.login(alice))).toBe("credentials_wrong");
    await accounts.login({ ...alice, password: "alice's second" });
  });

  test("wants the old one, and a good new one", async () => {
    const { accounts, token } = await withAlice();
    const principal = await accounts.authenticate(token);
    const change = (password: string, newPassword: string) =>
      accounts.changePassword(principal, { password, newPassword, address: alice.address });
    expect(await reasonOf(change("wrong wrong", "long enough"))).toBe("credentials_wrong");
    expect(await reasonOf(change(alice.password, "short"))).toBe("invalid_params");
    expect((await accounts.authenticate(token)).user).toBe("alice");
  });
});

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
    expect((await accounts.users.issueToken("alice", { lifetimeMs: 99 * day })).expiresAt).toBe(
      clock.now() + 7 * day,
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
    expect(await accounts.users.list(undefined, undefined, 10)).toMatchObject([
      { user: "alice", name: "Alice A." },
      { user: "bob" },
    ]);
    expect(await accounts.users.list("rob", undefined, 10)).toMatchObject([{ user: "bob" }]);
    expect(await reasonOf(accounts.users.update("nobody", { name: "x" }))).toBe("user_unknown");
    expect(await reasonOf(accounts.users.update("alice", { name: "  " }))).toBe("invalid_params");
  });
});
