import { directId } from "@godwit/protocol";
import { describe, expect, test } from "bun:test";
import { mentionsCountMax } from "../port.ts";
import type { Subject } from "../suite.ts";
import { change, group, makeGroup, text } from "./samples.ts";

const pair = directId("alice", "bob");

export function cursorCases(get: () => Subject): void {
  const send = async (conversation: string, ...senders: string[]) =>
    get().store.messages.append(senders.map((sender) => text(conversation, sender)));
  const read = async (user: string, seq: number, conversation = pair) =>
    (await get().store.messages.advance([{ conversation, user, read: seq, time: seq }]))[0];
  const unread = async (user: string, conversation = pair) =>
    (await get().store.conversations.views(user, [conversation]))[0]?.unread;

  describe("cursors", () => {
    test("only move forward, end at the last message, and reading includes receiving", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 1);
      await send(pair, "alice", "alice", "alice", "alice");
      const moves = [
        [{ delivered: 2 }, { delivered: 2, read: 0, unread: 4, moved: true }],
        [{ delivered: 1 }, { delivered: 2, read: 0, unread: 4, moved: false }],
        [{ read: 3 }, { delivered: 3, read: 3, unread: 1, moved: true }],
        [
          { read: 2, delivered: 3 },
          { delivered: 3, read: 3, unread: 1, moved: false },
        ],
        [{ delivered: 99 }, { delivered: 4, read: 3, unread: 1, moved: true }],
        [{ read: 99 }, { delivered: 4, read: 4, unread: 0, moved: true }],
        [{}, { delivered: 4, read: 4, unread: 0, moved: false }],
      ] as const;
      for (const [move, answer] of moves) {
        expect(
          await store.messages.advance([{ conversation: pair, user: "bob", time: 5, ...move }]),
        ).toEqual([{ conversation: pair, user: "bob", ...answer }]);
      }
      await get().reopen();
      expect(await get().store.conversations.member(pair, ["bob"])).toMatchObject([
        { delivered: 4, read: 4 },
      ]);
    });

    test("moves of strangers are left out, the rest answered in order", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 1);
      await send(pair, "alice", "bob");
      const moved = await store.messages.advance([
        { conversation: pair, user: "bob", delivered: 1, time: 1 },
        { conversation: pair, user: "eve", read: 1, time: 1 },
        { conversation: "g:1:unknownn", user: "bob", read: 1, time: 1 },
        { conversation: pair, user: "alice", read: 2, time: 1 },
        { conversation: pair, user: "bob", read: 1, time: 1 },
      ]);
      expect(moved.map(({ user, delivered, read: seq }) => [user, delivered, seq])).toEqual([
        ["bob", 1, 0],
        ["alice", 2, 2],
        ["bob", 1, 1],
      ]);
    });

    test("both members of a direct conversation see each other's cursors", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 1);
      await send(pair, "alice", "alice");
      await read("bob", 1);
      await store.messages.advance([{ conversation: pair, user: "bob", delivered: 2, time: 1 }]);
      expect(await store.conversations.views("alice", [pair])).toMatchObject([
        { peerDelivered: 2, peerRead: 1 },
      ]);
      expect(await store.conversations.views("bob", [pair])).toMatchObject([
        { peerDelivered: 0, peerRead: 0 },
      ]);
      await makeGroup(store, ["alice", "bob"]);
      expect(
        (await store.conversations.views("bob", [group, "g:1:unknownn", pair])).map(
          ({ conversation, peerRead }) => [conversation.id, peerRead],
        ),
      ).toEqual([
        [group, undefined],
        [pair, 0],
      ]);
    });
  });

  describe("unread", () => {
    test("counts messages of others after the read cursor; sending does not move it", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 1);
      await send(pair, "alice", "bob", "alice", "bob", "alice");
      expect(await unread("bob")).toBe(3);
      expect(await unread("alice")).toBe(2);
      expect(await store.conversations.member(pair, ["bob"])).toMatchObject([{ read: 0 }]);
    });

    test("stays right wherever the cursor stops between own messages", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 1);
      const senders = "abbaabababbbbaaab"
        .split("")
        .map((letter) => (letter === "a" ? "alice" : "bob"));
      await send(pair, ...senders);
      for (let seq = 1; seq <= senders.length; seq += 1) {
        const expected = senders.slice(seq).filter((sender) => sender !== "bob").length;
        expect(await read("bob", seq)).toMatchObject({ read: seq, unread: expected });
        if (seq % 5 === 0) await get().reopen();
        expect(await unread("bob")).toBe(expected);
      }
    });

    test("finds own messages far from the cursor", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 1);
      await send(
        pair,
        "bob",
        ...Array<string>(300).fill("alice"),
        "bob",
        ...Array<string>(300).fill("alice"),
        "bob",
      );
      for (const [seq, expected] of [
        [2, 599],
        [150, 451],
        [301, 300],
        [302, 300],
        [450, 152],
        [602, 0],
      ] as const) {
        expect((await read("bob", seq))?.unread).toBe(expected);
      }
    });

    test("leaves system messages out", async () => {
      const { store } = get();
      await makeGroup(store, ["alice", "bob"]);
      await store.messages.append([
        change(group, "alice", { type: "rename", title: "x" }),
        text(group, "alice"),
        change(group, "alice", { type: "rename", title: "y" }),
      ]);
      expect(await store.conversations.views("bob", [group])).toMatchObject([
        { unread: 1, conversation: { lastSeq: 4, visible: 1 } },
      ]);
    });
  });

  describe("mentions", () => {
    test("count messages of others that name the member or everyone", async () => {
      const { store } = get();
      await makeGroup(store, ["alice", "bob", "carol"]);
      await store.messages.append([
        text(group, "alice", { mentions: ["bob"] }),
        text(group, "alice", { mentions: ["bob", "carol", "bob"] }),
        text(group, "bob", { mentions: ["*", "bob"] }),
        text(group, "bob", { mentions: ["bob"] }),
        text(group, "alice", { mentions: ["*", "bob"] }),
        text(group, "alice"),
        change(group, "alice", { type: "rename", title: "x" }, { mentions: ["*"] }),
      ]);
      const mentions = async (user: string) =>
        (await get().store.conversations.views(user, [group]))[0]?.mentions;
      expect([await mentions("alice"), await mentions("bob"), await mentions("carol")]).toEqual([
        1, 3, 3,
      ]);
      await store.messages.advance([{ conversation: group, user: "bob", read: 3, time: 1 }]);
      await get().reopen();
      expect([await mentions("alice"), await mentions("bob"), await mentions("carol")]).toEqual([
        1, 1, 3,
      ]);
    });

    test("are counted up to a bound", async () => {
      const { store } = get();
      await makeGroup(store, ["alice", "bob"]);
      await store.messages.append(
        Array.from({ length: mentionsCountMax + 5 }, () =>
          text(group, "alice", { mentions: ["bob"] }),
        ),
      );
      expect(await store.conversations.views("bob", [group])).toMatchObject([
        { mentions: mentionsCountMax, unread: mentionsCountMax + 5 },
      ]);
    });
  });

  describe("receipts", () => {
    test("page through those who reached a message, without its sender and later members", async () => {
      const { store } = get();
      await makeGroup(store, ["alice", "bob", "carol", "dave", "eve"]);
      await send(group, "alice", "alice");
      await store.messages.append([
        change(group, "alice", { type: "add", users: ["late"] }),
        change(group, "alice", { type: "remove", users: ["eve"], ban: true }),
      ]);
      await store.messages.advance([
        { conversation: group, user: "dave", read: 3, time: 30 },
        { conversation: group, user: "bob", read: 2, time: 20 },
        { conversation: group, user: "carol", delivered: 2, time: 25 },
        { conversation: group, user: "alice", read: 5, time: 50 },
      ]);
      const ask = (cursor: "read" | "delivered", seq: number, after?: string, limit = 9) =>
        store.messages.receipts(group, seq, cursor, after, limit);
      expect(await ask("read", 2)).toEqual({
        total: 2,
        totalPartial: false,
        members: [
          { user: "bob", seq: 2, time: 20 },
          { user: "dave", seq: 3, time: 30 },
        ],
      });
      expect(await ask("delivered", 2, undefined, 2)).toEqual({
        total: 3,
        totalPartial: false,
        members: [
          { user: "bob", seq: 2, time: 20 },
          { user: "carol", seq: 2, time: 25 },
        ],
      });
      expect(await ask("delivered", 2, "carol", 2)).toEqual({
        total: 3,
        totalPartial: false,
        members: [{ user: "dave", seq: 3, time: 30 }],
      });
      expect(await ask("read", 3)).toMatchObject({ total: 1 });
      expect(await ask("read", 6)).toEqual({
        total: 0,
        totalPartial: false,
        members: [],
      });
    });

    test("keep the times of delivered and read apart", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 1);
      await send(pair, "alice");
      await store.messages.advance([{ conversation: pair, user: "bob", delivered: 1, time: 10 }]);
      await store.messages.advance([{ conversation: pair, user: "bob", read: 1, time: 20 }]);
      await store.messages.advance([{ conversation: pair, user: "bob", read: 1, time: 30 }]);
      expect((await store.messages.receipts(pair, 1, "delivered", undefined, 1)).members).toEqual([
        { user: "bob", seq: 1, time: 10 },
      ]);
      expect((await store.messages.receipts(pair, 1, "read", undefined, 1)).members).toEqual([
        { user: "bob", seq: 1, time: 20 },
      ]);
    });
  });
}
