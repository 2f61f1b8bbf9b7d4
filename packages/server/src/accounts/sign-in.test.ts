import { describe, expect, test } from "bun:test";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { alice, dayMs, openTestAccounts, reasonOf, withAlice } from "./testing.ts";

describe("registering", () => {
  test("signs in with a token of this server", async () => {
    const { accounts, clock } = await openTestAccounts();
    const { token, user, expiresAt } = await accounts.register({ ...alice, name: "Alice" });
    expect({ user, expiresAt }).toEqual({ user: "alice", expiresAt: clock.now() + 7 * dayMs });
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

  test("takes an id once, in whatever case", async () => {
    const { accounts, hasher } = await withAlice();
    hasher.work.length = 0;
    for (const user of ["Alice", "ALICE"])
      expect(await reasonOf(accounts.register({ ...alice, user }))).toBe("user_exists");
    expect(await reasonOf(accounts.users.create({ user: "aLice" }))).toBe("user_exists");
    expect(hasher.work).toEqual([]);
    const both = await Promise.allSettled(
      ["Bob", "bob"].map((user) => accounts.register({ ...alice, user })),
    );
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
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
  test("goes by the id in any case, and the id is shown as it was registered", async () => {
    const { accounts } = await openTestAccounts();
    await accounts.register({ ...alice, user: "McAlice" });
    for (const user of ["McAlice", "mcalice", "MCALICE"]) {
      const { token, user: shown } = await accounts.login({ ...alice, user });
      expect(shown).toBe("McAlice");
      expect((await accounts.authenticate(token)).user).toBe("McAlice");
      const { password } = alice;
      const proven = await accounts.prove.withPassword({ user, password, address: "192.0.2.1" });
      expect(proven.user).toBe("McAlice");
    }
  });

  test("means exactly what it says where ids of before differ in case alone, and hosts' ids stay theirs", async () => {
    const { accounts, store, clock } = await withAlice();
    const hosted = { admin: false, disabled: false, tokensValidFrom: 0, createdAt: clock.now() };
    const secret = { passwordHash: "plain:another's secret" };
    await store.create({ user: "ALICE", ...hosted });
    expect((await accounts.login({ ...alice, user: "Alice" })).user).toBe("alice");
    await store.create({ user: "Alice", ...hosted, ...secret });
    expect((await accounts.login(alice)).user).toBe("alice");
    const other = { ...alice, user: "Alice", password: "another's secret" };
    expect((await accounts.login(other)).user).toBe("Alice");
    for (const user of ["ALICE", "aLICE"])
      expect(await reasonOf(accounts.login({ ...alice, user }))).toBe("credentials_wrong");
  });

  test("is counted by the id whatever its case", async () => {
    const { accounts } = await withAlice();
    const wrong = (user: string) =>
      reasonOf(accounts.login({ user, password: "wrong wrong", address: "192.0.2.1" }));
    const cases = ["alice", "Alice", "aLice", "alIce", "aliCe", "alicE", "ALice", "aLIce", "alICe"];
    for (const user of cases) expect(await wrong(user)).toBe("credentials_wrong");
    expect(await wrong("aliCE")).toBe("credentials_wrong");
    expect(await wrong("ALICE")).toBe("too_many_attempts");
  });

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

  test("a hash made new does not undo a password that was changed meanwhile", async () => {
    const { accounts, store, hasher } = await withAlice();
    await store.update("alice", { passwordHash: "old" });
    hasher.verify = async () => true;
    const { hash } = hasher;
    hasher.hash = async (password) => {
      hasher.hash = hash;
      await accounts.users.update("alice", { password: "another secret" });
      return hash(password);
    };
    expect(await reasonOf(accounts.login(alice))).toBe("credentials_wrong");
    expect((await store.get(["alice"]))[0]?.passwordHash).toBe("plain:another secret");
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

describe("a change of password", () => {
  test("ends also a sign-in by the old one that is under way", async () => {
    const { accounts, hasher, clock } = await withAlice();
    const { verify } = hasher;
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    hasher.verify = async (password, phc) => {
      begun.resolve();
      await held.promise;
      return verify(password, phc);
    };
    const late = accounts.login(alice);
    await begun.promise;
    await accounts.users.update("alice", { password: "a newer secret" });
    clock.move(1_000);
    held.resolve();
    expect(await reasonOf(late)).toBe("credentials_wrong");
    await accounts.login({ ...alice, password: "a newer secret" });
  });

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
