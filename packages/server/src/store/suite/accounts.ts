import { describe, expect, test } from "bun:test";
import type { AccountRow } from "../port.ts";
import type { Subject } from "../suite.ts";

const alice: AccountRow = {
  user: "alice",
  name: "Alice",
  passwordHash: "$argon2id$x",
  scram: '{"iterations":4096}',
  admin: true,
  disabled: false,
  tokensValidFrom: 5,
  createdAt: 7,
};
const bob: AccountRow = {
  user: "bob",
  admin: false,
  disabled: true,
  tokensValidFrom: 0,
  createdAt: 8,
};

export function accountCases(get: () => Subject): void {
  describe("accounts", () => {
    test("are created once and read back whole", async () => {
      const { store } = get();
      expect(await store.accounts.create(alice)).toBe(true);
      expect(await store.accounts.create({ ...bob, user: "alice" })).toBe(false);
      expect(await store.accounts.create(bob)).toBe(true);
      await get().reopen();
      expect(await get().store.accounts.get(["bob", "nobody", "alice"])).toEqual([bob, alice]);
    });

    test("are the same in any case where that is asked for, and only there", async () => {
      const { store } = get();
      const named = (user: string) => ({ ...bob, user });
      expect(await store.accounts.create(named("Alice"), "any_case")).toBe(true);
      for (const user of ["Alice", "alice", "ALICE"])
        expect(await store.accounts.create(named(user), "any_case")).toBe(false);
      expect(await store.accounts.create(named("alicia"), "any_case")).toBe(true);
      expect(await store.accounts.get(["alice"])).toEqual([]);
      expect(await store.accounts.get(["aLICE"], "any_case")).toEqual([named("Alice")]);
      // As host applications may have it: ids that they give out are what they are.
      expect(await store.accounts.create(named("alice"))).toBe(true);
      expect(await store.accounts.create(named("aLICE"))).toBe(true);
      await get().reopen();
      const found = await get().store.accounts.get(["alice", "nobody"], "any_case");
      expect(found.map(({ user }) => user)).toEqual(["alice", "Alice", "aLICE"]);
    });

    test("update changes the named fields and no others", async () => {
      const { store } = get();
      await store.accounts.create(alice);
      expect(await store.accounts.update("alice", { disabled: true, tokensValidFrom: 99 })).toBe(
        true,
      );
      expect(await store.accounts.update("alice", { name: "Alicia" })).toBe(true);
      expect(await store.accounts.update("alice", { scram: "{}" })).toBe(true);
      expect(await store.accounts.update("nobody", { disabled: true })).toBe(false);
      const changed = {
        ...alice,
        disabled: true,
        tokensValidFrom: 99,
        name: "Alicia",
        scram: "{}",
      };
      expect(await store.accounts.get(["alice"])).toEqual([changed]);
      expect((await store.accounts.list("alicia", undefined, 9)).accounts).toEqual([changed]);
      await store.accounts.update("alice", { name: undefined });
      expect((await store.accounts.get(["alice"]))[0]?.name).toBeUndefined();
      expect((await store.accounts.list("alicia", undefined, 9)).accounts).toEqual([]);
    });

    test("are listed in pages, and found by the beginning of id or name", async () => {
      const { store } = get();
      const names: [string, string?][] = [
        ["carl", "Anna"],
        ["anna", "Zed"],
        ["Bob", "Élan"],
        ["dora"],
        ["ANTON", "x"],
        ["a%b", "y"],
      ];
      for (const [user, name] of names)
        await store.accounts.create({ ...bob, user, ...(name === undefined ? {} : { name }) });
      const found = async (prefix?: string, after?: string, limit = 9) =>
        (await store.accounts.list(prefix, after, limit)).accounts.map(({ user }) => user);
      expect(await found()).toEqual(["ANTON", "Bob", "a%b", "anna", "carl", "dora"]);
      expect(await found(undefined, "Bob", 2)).toEqual(["a%b", "anna"]);
      expect(await found("AN")).toEqual(["ANTON", "anna", "carl"]);
      expect(await found("an", "ANTON", 1)).toEqual(["anna"]);
      expect(await found("éL")).toEqual(["Bob"]);
      expect(await found("a%")).toEqual(["a%b"]);
      expect(await found("%")).toEqual([]);
      expect(await found("q")).toEqual([]);
    });

    test("have devices", async () => {
      const { store } = get();
      const phone = { device: "phone", platform: "ios", lastSeen: 5, tokensValidFrom: 0 } as const;
      const laptop = {
        device: "laptop",
        platform: "desktop",
        lastSeen: 6,
        tokensValidFrom: 1,
      } as const;
      await store.accounts.putDevice("alice", phone);
      await store.accounts.putDevice("alice", laptop);
      await store.accounts.putDevice("alice", { ...phone, lastSeen: 9 });
      await store.accounts.putDevice("bob", phone);
      await get().reopen();
      const { accounts } = get().store;
      expect(await accounts.devices("alice")).toEqual([laptop, { ...phone, lastSeen: 9 }]);
      await accounts.removeDevice("alice", "laptop");
      await accounts.removeDevice("alice", "laptop");
      expect((await accounts.devices("alice")).map(({ device }) => device)).toEqual(["phone"]);
      expect(await accounts.devices("nobody")).toEqual([]);
    });

    test("a setting is written over and removed, for good", async () => {
      const { store } = get();
      await Promise.all([
        store.accounts.putSetting("key", "one"),
        store.accounts.putSetting("key", "two"),
      ]);
      await store.accounts.putSetting("other", "three");
      await store.accounts.putSetting("other", undefined);
      await store.accounts.putSetting("never", undefined);
      await get().reopen();
      expect(await get().store.accounts.setting("key")).toBe("two");
      expect(await get().store.accounts.setting("other")).toBeUndefined();
      expect(await get().store.accounts.initSetting("key", "four")).toBe("two");
    });

    test("a setting is written once", async () => {
      const { store } = get();
      expect(await store.accounts.setting("key")).toBeUndefined();
      const both = await Promise.all([
        store.accounts.initSetting("key", "one"),
        store.accounts.initSetting("key", "two"),
      ]);
      expect(both).toEqual(["one", "one"]);
      await get().reopen();
      expect(await get().store.accounts.setting("key")).toBe("one");
    });
  });
}
