import { directId } from "@godwit/protocol";
import { describe, expect, test } from "bun:test";
import type { ConversationChange, MemberRow } from "../port.ts";
import type { Subject } from "../suite.ts";
import { appendEach, change, creation, group, makeGroup, text } from "./samples.ts";

export function changeCases(get: () => Subject): void {
  const apply = async (body: ConversationChange, time = 2_000) =>
    (await get().store.messages.append([change(group, "alice", body, { time })]))[0];
  const rows = async (...users: string[]) => get().store.conversations.member(group, users);
  const row = async (user: string): Promise<MemberRow | undefined> => (await rows(user))[0];
  const names = async () =>
    (await get().store.conversations.members(group, undefined, 100)).map(({ user }) => user);

  describe("conversations", () => {
    test("openDirect makes it once, with both members at the beginning", async () => {
      const { store } = get();
      const id = directId("bob", "alice");
      const made = await store.conversations.openDirect(id, 77);
      expect(made).toEqual({
        id,
        kind: "direct",
        open: false,
        mutedAll: false,
        dissolved: false,
        createdAt: 77,
        memberCount: 2,
        lastSeq: 0,
        visible: 0,
      });
      expect(await store.conversations.openDirect(id, 99)).toEqual(made);
      await get().reopen();
      expect(await get().store.conversations.get(id)).toEqual(made);
      expect(await get().store.conversations.members(id, undefined, 9)).toEqual(
        ["alice", "bob"].map((user) => ({
          user,
          role: "member",
          joinedAt: 77,
          mutedUntil: 0,
          delivered: 0,
          read: 0,
        })),
      );
    });

    test("openDirect of somebody with themselves has one member", async () => {
      const { store } = get();
      const made = await store.conversations.openDirect(directId("alice", "alice"), 1);
      expect(made.memberCount).toBe(1);
      await store.messages.append([text(made.id, "alice")]);
      expect(await store.conversations.views("alice", [made.id])).toMatchObject([{ unread: 0 }]);
    });

    test("openDirect refuses an id that is not a direct one, and the store goes on", async () => {
      const { store } = get();
      for (const id of ["g:1:teamteam", "d:", "d:bob:alice", "d:alice"]) {
        expect(
          await store.conversations.openDirect(id, 1).catch((error: unknown) => error),
        ).toBeInstanceOf(TypeError);
      }
      expect(await store.conversations.get("d:bob:alice")).toBeUndefined();
      expect(store.health().writable).toBe(true);
    });

    test("create stores conversation, members and event together", async () => {
      const { store } = get();
      const body = {
        type: "create",
        kind: "channel",
        title: "News 世",
        open: true,
        members: [
          { user: "alice", role: "owner" },
          { user: "bob", role: "admin" },
        ],
      } as const;
      expect(await apply(body, 44)).toMatchObject({ status: "stored", seq: 1, time: 44 });
      await get().reopen();
      expect(await get().store.conversations.get(group)).toEqual({
        id: group,
        kind: "channel",
        title: "News 世",
        open: true,
        mutedAll: false,
        dissolved: false,
        createdAt: 44,
        memberCount: 2,
        lastSeq: 1,
        visible: 0,
      });
      expect(await rows("alice", "bob", "carol")).toEqual([
        { user: "alice", role: "owner", joinedAt: 44, mutedUntil: 0, delivered: 1, read: 1 },
        { user: "bob", role: "admin", joinedAt: 44, mutedUntil: 0, delivered: 1, read: 1 },
      ]);
      expect(store.caps.engine).not.toBe("");
    });

    test("a create is applied once: its retry is a duplicate, another one a conflict", async () => {
      const { store } = get();
      const message = creation(group, ["alice", "bob"]);
      const outcomes = await appendEach(store, [
        message,
        message,
        creation(group, ["eve"]),
        message,
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        "stored",
        "duplicate",
        "conflict",
        "duplicate",
      ]);
      expect(await names()).toEqual(["alice", "bob"]);
      expect((await store.conversations.get(group))?.memberCount).toBe(2);
    });

    test("unknown conversations have no rows", async () => {
      const { store } = get();
      expect(await store.conversations.get(group)).toBeUndefined();
      expect(await store.conversations.members(group, undefined, 9)).toEqual([]);
      expect(await rows("alice")).toEqual([]);
      expect(await store.conversations.views("alice", [group])).toEqual([]);
      expect(await store.conversations.list("alice", undefined, 9)).toEqual([]);
      expect(
        await store.messages.advance([{ conversation: group, user: "alice", read: 1, time: 1 }]),
      ).toEqual([]);
      expect(await store.messages.receipts(group, 1, "read", undefined, 9)).toEqual({
        total: 0,
        totalPartial: false,
        members: [],
      });
      expect(await apply({ type: "rename", title: "x" })).toEqual({ status: "unknown" });
    });
  });

  describe("membership", () => {
    test("who is added begins at the event, and being added twice changes nothing", async () => {
      const { store } = get();
      await makeGroup(store, ["alice", "bob"]);
      await store.messages.append([text(group, "alice"), text(group, "bob")]);
      expect(await apply({ type: "add", users: ["carol", "bob", "carol"] }, 3_000)).toMatchObject({
        seq: 4,
      });
      expect(await rows("carol", "bob")).toEqual([
        { user: "carol", role: "member", joinedAt: 3_000, mutedUntil: 0, delivered: 4, read: 4 },
        { user: "bob", role: "member", joinedAt: 1_000, mutedUntil: 0, delivered: 1, read: 1 },
      ]);
      expect((await store.conversations.get(group))?.memberCount).toBe(3);
      expect(await store.conversations.views("carol", [group])).toMatchObject([
        { unread: 0, mentions: 0 },
      ]);
    });

    test("who is removed is gone, from lists too, and may come back as new", async () => {
      const { store } = get();
      await makeGroup(store, ["alice", "bob"]);
      await store.messages.append([text(group, "bob"), text(group, "alice")]);
      await apply({ type: "remove", users: ["bob", "stranger"], ban: false });
      expect(await names()).toEqual(["alice"]);
      expect(await rows("bob", "stranger")).toEqual([]);
      expect(await store.conversations.list("bob", undefined, 9)).toEqual([]);
      expect(await store.conversations.views("bob", [group])).toEqual([]);
      expect((await store.conversations.get(group))?.memberCount).toBe(1);
      await apply({ type: "add", users: ["bob"] });
      await store.messages.append([text(group, "alice"), text(group, "bob")]);
      await get().reopen();
      expect(await get().store.conversations.views("bob", [group])).toMatchObject([
        { unread: 1, member: { read: 5 } },
      ]);
    });

    test("who is banned keeps a row that says so and is nobody's member", async () => {
      const { store } = get();
      await makeGroup(store, ["alice", "bob"]);
      await apply({ type: "remove", users: ["bob", "eve"], ban: true }, 5_000);
      expect((await rows("bob", "eve")).map(({ user, role }) => [user, role])).toEqual([
        ["bob", "banned"],
        ["eve", "banned"],
      ]);
      expect(await names()).toEqual(["alice"]);
      expect((await store.conversations.get(group))?.memberCount).toBe(1);
      expect(await store.conversations.list("bob", undefined, 9)).toEqual([]);
      expect(await store.conversations.views("eve", [group])).toEqual([]);
      expect(
        await store.messages.advance([{ conversation: group, user: "bob", read: 2, time: 1 }]),
      ).toEqual([]);
      await apply({ type: "role", user: "bob", role: "admin" });
      await apply({ type: "mute", user: "bob", until: 9 });
      await apply({ type: "remove", users: ["bob"], ban: false });
      expect(await row("bob")).toMatchObject({ role: "banned", mutedUntil: 0 });
      await apply({ type: "add", users: ["bob"] }, 6_000);
      expect(await row("bob")).toEqual({
        user: "bob",
        role: "member",
        joinedAt: 6_000,
        mutedUntil: 0,
        delivered: 6,
        read: 6,
      });
      expect((await store.conversations.get(group))?.memberCount).toBe(2);
    });

    test("roles change, and ownership is handed over", async () => {
      await makeGroup(get().store, ["alice", "bob"]);
      await apply({ type: "role", user: "bob", role: "owner", former: "alice" });
      await apply({ type: "role", user: "stranger", role: "admin" });
      expect((await rows("alice", "bob", "stranger")).map(({ role }) => role)).toEqual([
        "admin",
        "owner",
      ]);
    });

    test("rename, mute and dissolve", async () => {
      const { store } = get();
      await makeGroup(store, ["alice", "bob"]);
      await apply({ type: "rename", title: "Other" });
      await apply({ type: "mute", until: 0 });
      expect(await store.conversations.get(group)).toMatchObject({
        title: "Other",
        mutedAll: false,
        dissolved: false,
      });
      await apply({ type: "mute", until: 1 });
      await apply({ type: "mute", user: "bob", until: 99_000 });
      await apply({ type: "mute", user: "stranger", until: 99_000 });
      await apply({ type: "dissolve" });
      await get().reopen();
      expect(await get().store.conversations.get(group)).toMatchObject({
        title: "Other",
        mutedAll: true,
        dissolved: true,
        memberCount: 2,
        lastSeq: 7,
      });
      expect(await rows("alice", "bob", "stranger")).toMatchObject([
        { mutedUntil: 0 },
        { mutedUntil: 99_000 },
      ]);
      await apply({ type: "mute", user: "bob", until: 0 });
      expect(await row("bob")).toMatchObject({ mutedUntil: 0 });
    });

    test("a change that is retried is not applied again", async () => {
      const { store } = get();
      await makeGroup(store, ["alice", "bob"]);
      const removal = change(group, "alice", { type: "remove", users: ["bob"], ban: false });
      await store.messages.append([removal]);
      await apply({ type: "add", users: ["bob"] });
      expect(await store.messages.append([removal])).toMatchObject([
        { status: "duplicate", seq: 2 },
      ]);
      expect(await names()).toEqual(["alice", "bob"]);
      expect((await store.conversations.get(group))?.lastSeq).toBe(3);
    });

    test("a change and the messages around it in one batch see each other", async () => {
      const { store } = get();
      await store.messages.append([
        creation(group, ["alice"]),
        text(group, "alice"),
        change(group, "alice", { type: "add", users: ["bob"] }),
        text(group, "alice"),
        text(group, "bob"),
      ]);
      expect(await store.conversations.views("bob", [group])).toMatchObject([
        { unread: 1, member: { read: 3 }, conversation: { visible: 3 } },
      ]);
    });
  });

  describe("lists", () => {
    test("members come in pages by user id", async () => {
      const { store } = get();
      const users = Array.from(
        { length: 25 },
        (_, index) => `user${String(index).padStart(2, "0")}`,
      );
      await makeGroup(store, ["Zoe", ...users.toReversed()]);
      const page = async (after: string | undefined, limit: number) =>
        (await store.conversations.members(group, after, limit)).map(({ user }) => user);
      expect(await page(undefined, 3)).toEqual(["Zoe", "user00", "user01"]);
      expect(await page("user01", 2)).toEqual(["user02", "user03"]);
      expect(await page("user015", 1)).toEqual(["user02"]);
      expect(await page("user23", 9)).toEqual(["user24"]);
      expect(await page("user24", 9)).toEqual([]);
    });

    test("a user's conversations come in pages by id", async () => {
      const { store } = get();
      const ids = ["g:1:aaaaaaaa", "g:1:cccccccc", "g:1:bbbbbbbb"];
      for (const id of ids) await makeGroup(store, ["alice"], id);
      await makeGroup(store, ["bob"], "g:1:dddddddd");
      await store.conversations.openDirect(directId("alice", "bob"), 1);
      const page = async (after: string | undefined, limit: number) =>
        (await store.conversations.list("alice", after, limit)).map(({ id }) => id);
      const sorted = [directId("alice", "bob"), ...ids.toSorted()];
      expect(await page(undefined, 9)).toEqual(sorted);
      expect(await page(undefined, 2)).toEqual(sorted.slice(0, 2));
      expect(await page(sorted[1], 9)).toEqual(sorted.slice(2));
      expect((await store.conversations.list("alice", sorted[2], 9))[0]).toMatchObject({
        id: sorted[3],
        lastSeq: 1,
        memberCount: 1,
        title: "Team",
      });
    });
  });
}
