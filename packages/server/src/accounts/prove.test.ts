import { describe, expect, test } from "bun:test";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { alice, openTestAccounts, reasonOf, withAlice, type TestAccounts } from "./testing.ts";
import type { ScramCredentials, ScramHash } from "./scram.ts";

const address = "192.0.2.7";
type Opened = Pick<TestAccounts, "accounts">;

/** The client key that a password gives: its hash must be the stored key (RFC 5802 section 3). */
function clientKey(password: string, { salt, iterations }: ScramCredentials, hash: ScramHash) {
  const salted = pbkdf2Sync(password, salt, iterations, hash === "sha1" ? 20 : 32, hash);
  return createHmac(hash, salted).update("Client Key").digest();
}

const fits = (password: string, credentials: ScramCredentials, hash: ScramHash) =>
  createHash(hash)
    .update(clientKey(password, credentials, hash))
    .digest()
    .equals(credentials.keys[hash].storedKey);

describe("SCRAM credentials", () => {
  test("are kept with a password, follow its change, and fit no other", async () => {
    const { accounts, token } = await withAlice();
    const before = await accounts.prove.withScram({ user: "alice", address });
    for (const hash of ["sha1", "sha256"] as const) {
      expect(fits(alice.password, before.credentials, hash)).toBe(true);
      expect(fits("another secret", before.credentials, hash)).toBe(false);
    }
    expect(before.right()).toMatchObject({ user: "alice", admin: false, source: "own" });
    const principal = await accounts.authenticate(token);
    await accounts.changePassword(principal, {
      password: alice.password,
      newPassword: "a newer secret",
      address,
    });
    const after = await accounts.prove.withScram({ user: "alice", address });
    expect(fits(alice.password, after.credentials, "sha256")).toBe(false);
    expect(fits("a newer secret", after.credentials, "sha256")).toBe(true);
  });

  test("prove nothing any more once they are old: a client may take its time for its proof", async () => {
    const { accounts, clock } = await withAlice();
    const slow = await accounts.prove.withScram({ user: "alice", address });
    const guessed = accounts.prove.withPassword({ ...alice, address });
    clock.move(1_000);
    await accounts.users.update("alice", { password: "a newer secret" });
    clock.move(1_000);
    for (const principal of [slow.right(), await guessed])
      expect(await reasonOf(accounts.confirm(principal, "phone"))).toBe("token_invalid");
    const fresh = await accounts.prove.withScram({ user: "alice", address });
    await accounts.confirm(fresh.right(), "phone");
  });

  test("are the same for an id in any case, there or not", async () => {
    const { accounts } = await withAlice();
    for (const [user, other] of [
      ["alice", "ALICE"],
      ["nobody", "NoBody"],
    ] as const) {
      const proofs = [user, other].map((each) => accounts.prove.withScram({ user: each, address }));
      const [first, second] = await Promise.all(proofs);
      expect(second?.credentials).toEqual(first!.credentials);
    }
    const proof = await accounts.prove.withScram({ user: "aLICE", address });
    expect(proof.right().user).toBe("alice");
  });

  test("come to an older account with its next successful sign-in", async () => {
    const { accounts, store } = await withAlice();
    await store.update("alice", { scram: undefined });
    await reasonOf(accounts.login({ ...alice, password: "wrong password" }));
    expect((await store.get(["alice"]))[0]?.scram).toBeUndefined();
    await accounts.prove.withPassword({ ...alice, address });
    const { credentials } = await accounts.prove.withScram({ user: "alice", address });
    expect(fits(alice.password, credentials, "sha1")).toBe(true);
    await store.update("alice", { scram: undefined });
    await accounts.login(alice);
    expect((await store.get(["alice"]))[0]?.scram).toBeDefined();
  });

  test("of nobody look like anybody's: the same salt each time, after a restart too", async () => {
    const first = await openTestAccounts();
    const ask = async (at: typeof first, user: string) =>
      (await at.accounts.prove.withScram({ user, address })).credentials;
    const nobody = await ask(first, "nobody");
    const restarted = await openTestAccounts({}, first);
    expect(await ask(restarted, "nobody")).toEqual(nobody);
    expect((await ask(first, "nobody2")).salt).not.toEqual(nobody.salt);
    expect(nobody.salt).toHaveLength(16);
    expect(nobody.iterations).toBe(4_096);
    const proof = await first.accounts.prove.withScram({ user: "nobody", address });
    expect(proof.wrong().reason).toBe("credentials_wrong");
  });

  test("of nobody have the rounds that somebody's have, also after the setting for them has changed", async () => {
    const first = await withAlice();
    const rounds = async (at: Opened, user: string) =>
      (await at.accounts.prove.withScram({ user, address })).credentials.iterations;
    const names = Array.from({ length: 40 }, (_, at) => `nobody${at}`);
    const all = (at: Opened) => Promise.all(names.map((name) => rounds(at, name)));
    const quiet = { loginAttemptsPerMinuteMax: 1_000 };
    const later = await openTestAccounts({ ...quiet, scramIterations: 5_000 }, first);
    await later.accounts.users.create({ user: "bob", password: "another secret" });
    expect([await rounds(later, "alice"), await rounds(later, "bob")]).toEqual([4_096, 5_000]);
    const before = await all(later);
    expect(new Set(before)).toEqual(new Set([4_096, 5_000]));
    // With the next change some go over to the new count, and nobody to another.
    const last = await openTestAccounts({ ...quiet, scramIterations: 6_000 }, later);
    const after = await all(last);
    expect(new Set(after)).toEqual(new Set([4_096, 5_000, 6_000]));
    for (const [at, count] of after.entries()) expect([before[at], 6_000]).toContain(count);
    await last.accounts.users.create({ user: "carol", password: "another secret" });
    expect(await all(await openTestAccounts(quiet, last))).toEqual(after);
    // Somebody's follow with the next sign-in by password.
    await last.accounts.prove.withPassword({ ...alice, address });
    expect(await rounds(last, "alice")).toBe(6_000);
    // Once the last one has left a count, those of nobody follow: to what is in use, and nobody else moves.
    const left = await all(await openTestAccounts({ ...quiet, scramIterations: 6_000 }, last));
    expect(left).toEqual(after.map((count) => (count === 4_096 ? 6_000 : count)));
    // When a count comes into use again they go back, as those may who sign in now.
    expect(await all(await openTestAccounts(quiet, last))).toEqual(after);
  });

  test("of nobody keep a count while it is not known whether somebody has it", async () => {
    const { store, clock } = await withAlice();
    const names = Array.from({ length: 20 }, (_, at) => `nobody${at}`);
    const counts = async (list: typeof store.list) => {
      const config = { loginAttemptsPerMinuteMax: 1_000, scramIterations: 5_000 };
      const later = await openTestAccounts(config, { clock, store: { ...store, list } });
      const proofs = names.map((user) => later.accounts.prove.withScram({ user, address }));
      const found = (await Promise.all(proofs)).map(({ credentials }) => credentials.iterations);
      return { found: new Set(found), warnings: later.warnings };
    };
    const both = new Set([4_096, 5_000]);
    const [row] = await store.get(["alice"]);
    /** More accounts than are looked at, none of which has credentials. */
    const endless: typeof store.list = (_, after, limit) => {
      const from = Number(after ?? "0") + 1;
      const account = (at: number) => ({ ...row!, scram: undefined, user: String(from + at) });
      const accounts = Array.from({ length: limit }, (_each, at) => account(at));
      return Promise.resolve({ accounts, cut: false });
    };
    expect((await counts(endless)).found).toEqual(both);
    const failing = await counts(() => Promise.reject(new Error("no answer")));
    expect(failing.found).toEqual(both);
    expect(failing.warnings).toHaveLength(1);
    expect((await counts((...args) => store.list(...args))).found).toEqual(both);
    await store.update("alice", { scram: undefined });
    expect((await counts((...args) => store.list(...args))).found).toEqual(new Set([5_000]));
  });

  test("are not kept where the rounds are 0, nor of a password that SASLprep forbids", async () => {
    const none = await openTestAccounts({ scramIterations: 0 });
    await none.accounts.register(alice);
    expect((await none.store.get(["alice"]))[0]?.scram).toBeUndefined();
    const { accounts, store } = await openTestAccounts();
    await accounts.register({ ...alice, password: "bell \u0007 in it" });
    expect((await store.get(["alice"]))[0]).toMatchObject({ user: "alice" });
    expect((await store.get(["alice"]))[0]?.scram).toBeUndefined();
  });
});

describe("proofs", () => {
  test("that fail, or are never ended, are throttled like sign-ins", async () => {
    const { accounts } = await withAlice();
    for (let attempt = 0; attempt < 10; attempt++)
      await accounts.prove.withScram({ user: "alice", address });
    expect(await reasonOf(accounts.prove.withScram({ user: "alice", address }))).toBe(
      "too_many_attempts",
    );
    expect(await reasonOf(accounts.prove.withPassword({ ...alice, address }))).toBe(
      "too_many_attempts",
    );
  });

  test("of a disabled account are right and refused", async () => {
    const { accounts } = await withAlice();
    await accounts.users.update("alice", { disabled: true });
    const proof = await accounts.prove.withScram({ user: "alice", address });
    expect(await reasonOf((async () => proof.right())())).toBe("account_disabled");
    expect(await reasonOf(accounts.prove.withPassword({ ...alice, address }))).toBe(
      "account_disabled",
    );
  });
});
