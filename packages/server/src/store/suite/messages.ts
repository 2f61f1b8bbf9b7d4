import { directId } from "@godwit/protocol";
import { describe, expect, test } from "bun:test";
import { digestOf } from "../../lib/digest.ts";
import { StoreError, type NewMessage } from "../port.ts";
import type { Subject } from "../suite.ts";
import { appendEach, change, clientId, creation, group, makeGroup, seqs, text } from "./samples.ts";

const pair = directId("alice", "bob");

export function messageCases(get: () => Subject): void {
  describe("append", () => {
    test("numbers each conversation from 1 without gaps, and all entries in commit order", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      await makeGroup(store, ["alice", "carol"]);
      const first = await store.messages.append([
        text(pair, "alice"),
        text(group, "carol"),
        text(pair, "bob"),
      ]);
      const second = await store.messages.append([text(group, "alice"), text(pair, "alice")]);
      expect(seqs(first)).toEqual([1, 2, 2]);
      expect(seqs(second)).toEqual([3, 3]);
      const ids = [...first, ...second].map((outcome) => ("id" in outcome ? outcome.id : 0));
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      expect(new Set(ids).size).toBe(5);
    });

    test("keeps every field as it was given", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      const full = text(pair, "alice", {
        content: '{"text":"héllo 世界 🦆 \\u0000"}',
        device: "laptop.2",
        clientSeq: Number.MAX_SAFE_INTEGER,
        time: 1_763_000_000_123,
        kind: "custom",
        priority: "important",
        mentions: ["bob", "*"],
        replyTo: 7,
        expiresAt: 1_763_000_009_999,
      });
      const plain = text(pair, "bob", { content: "{}" });
      const outcomes = await store.messages.append([full, plain]);
      expect(outcomes[0]).toMatchObject({ status: "stored", seq: 1, time: full.time });
      await get().reopen();
      const read = await get().store.messages.range(pair, 1, 2, 10, "oldest");
      const ids = outcomes.map((outcome) => ("id" in outcome ? outcome.id : 0));
      expect(read).toEqual([
        { ...full, seq: 1, id: ids[0] ?? 0 },
        { ...plain, seq: 2, id: ids[1] ?? 0 },
      ]);
    });

    test("takes an empty batch, and large contents", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      expect(await store.messages.append([])).toEqual([]);
      const content = JSON.stringify({ text: "世".repeat(20_000) });
      const batch = Array.from({ length: 12 }, () => text(pair, "alice", { content }));
      expect(seqs(await store.messages.append(batch))).toEqual(batch.map((_, index) => index + 1));
      expect((await store.messages.range(pair, 12, 12, 1, "newest"))[0]?.content).toBe(content);
    });

    test("applies calls in the order in which they were made, without waiting for each", async () => {
      const { store } = get();
      const made = store.conversations.openDirect(pair, 5);
      const calls = Array.from({ length: 40 }, (_, index) =>
        store.messages.append([text(pair, "alice", { clientSeq: index + 1 })]),
      );
      const read = store.messages.advance([{ conversation: pair, user: "bob", read: 40, time: 9 }]);
      await made;
      expect(seqs((await Promise.all(calls)).flat())).toEqual(
        Array.from({ length: 40 }, (_, index) => index + 1),
      );
      expect(await read).toMatchObject([{ read: 40, unread: 0 }]);
    });
  });

  describe("dedupe", () => {
    test("answers a retry as it answered the first, from any device and at any time", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      const message = text(pair, "alice", { mentions: ["bob"], replyTo: 3, expiresAt: 99 });
      const [first] = await store.messages.append([message]);
      const [again] = await store.messages.append([{ ...message, device: "other", time: 2_000 }]);
      expect(again).toEqual({ ...first, status: "duplicate" } as typeof again & object);
      await get().reopen();
      const [later] = await get().store.messages.append([message]);
      expect(later).toEqual({ ...first, status: "duplicate" } as typeof later & object);
      expect(await get().store.messages.range(pair, 1, 9, 9, "oldest")).toHaveLength(1);
    });

    test("finds duplicates and conflicts inside one batch", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      const message = text(pair, "alice");
      const outcomes = await store.messages.append([
        message,
        message,
        { ...message, content: "{}" },
        text(pair, "alice"),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        "stored",
        "duplicate",
        "conflict",
        "stored",
      ]);
      expect(seqs(outcomes)).toEqual([1, 1, undefined, 2]);
    });

    test("the same client id from another sender is another message", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      const message = text(pair, "alice");
      expect(seqs(await appendEach(store, [message, { ...message, sender: "bob" }]))).toEqual([
        1, 2,
      ]);
    });

    test("refuses each way of reusing a client id, and stores nothing of it", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      await makeGroup(store, ["alice"]);
      const message = text(pair, "alice", { replyTo: 1, mentions: ["bob"], expiresAt: 5 });
      await store.messages.append([message]);
      const conflicts = [
        { ...message, conversation: group },
        { ...message, clientSeq: 2 },
        { ...message, content: '{"text":"hello "}' },
        { ...message, kind: "custom" as const },
        { ...message, priority: "important" as const },
        { ...message, replyTo: undefined },
        { ...message, mentions: ["bob", "carol"] },
        { ...message, mentions: undefined },
        { ...message, expiresAt: 6 },
        { ...message, conversation: "g:1:unknownn" },
      ];
      for (const outcome of await appendEach(store, conflicts))
        expect(outcome).toEqual({ status: "conflict" });
      expect(await store.messages.range(pair, 1, 9, 9, "oldest")).toHaveLength(1);
      expect((await store.conversations.get(group))?.lastSeq).toBe(1);
    });

    test("compares what was sent, whatever was stored in its place then or would be now", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      const sent = '{"text":"a goose"}';
      const sentDigest = digestOf(sent);
      const plain = text(pair, "alice", { content: sent });
      const masked = { ...plain, content: '{"text":"a *****"}', sentDigest };
      const otherwise = { ...plain, content: '{"text":"* *****"}', sentDigest };
      const wholly = { ...masked, clientId: clientId() };
      const tries = [
        ...[plain, masked, otherwise, plain],
        ...[wholly, { ...plain, clientId: wholly.clientId }, { ...wholly, content: "{}" }],
      ];
      const outcomes = await appendEach(store, tries);
      expect(seqs(outcomes)).toEqual([1, 1, 1, 1, 2, 2, 2]);
      await get().reopen();
      const { messages } = get().store;
      expect(await messages.find({ ...plain, clientId: wholly.clientId })).toMatchObject({
        seq: 2,
      });
      const other = '{"text":"a moose"}';
      const conflicts = [
        { ...plain, content: other },
        { ...masked, sentDigest: digestOf(other) },
        { ...wholly, sentDigest: digestOf(other) },
        // What readers see was never sent.
        { ...wholly, sentDigest: undefined },
      ];
      for (const outcome of await appendEach(get().store, conflicts))
        expect(outcome).toEqual({ status: "conflict" });
      const [first, second] = await messages.range(pair, 1, 9, 9, "oldest");
      expect([first?.content, second?.content]).toEqual([sent, masked.content]);
      expect(second).not.toHaveProperty("sentDigest");
    });

    test("takes client ids that are no UUIDs", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      const ids = [
        "",
        "1",
        "ABCDEF00-0000-4000-8000-000000000000",
        "abcdef00-0000-4000-8000-00000000000g",
      ];
      const batch = ids.map((clientId) => text(pair, "alice", { clientId }));
      expect(seqs(await store.messages.append(batch))).toEqual([1, 2, 3, 4]);
      await get().reopen();
      expect((await get().store.messages.append(batch)).map(({ status }) => status)).toEqual(
        Array(4).fill("duplicate"),
      );
      expect(
        (await get().store.messages.range(pair, 1, 4, 4, "oldest")).map(({ clientId }) => clientId),
      ).toEqual(ids);
    });

    test("a message of who is no member at its place in the log fails alone, and a retry is still known", async () => {
      const { store } = get();
      await makeGroup(store, ["alice", "bob", "carol"]);
      const first = text(group, "bob");
      const late = text(group, "bob");
      const removal = { type: "remove" as const, users: ["bob"], ban: false };
      const outcomes = await store.messages.append([
        first,
        change(group, "alice", removal),
        late,
        first,
        text(group, "carol"),
        text(group, "eve"),
        change(group, "eve", { type: "add", users: ["eve"] }),
        text(group, "eve"),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        "stored",
        "stored",
        "not_member",
        "duplicate",
        "stored",
        "not_member",
        "stored",
        "stored",
      ]);
      await store.messages.append([
        change(group, "alice", { type: "remove", users: ["eve"], ban: true }),
      ]);
      await get().reopen();
      const after = [text(group, "eve"), late, text(group, "carol")];
      const statuses = (await get().store.messages.append(after)).map(({ status }) => status);
      expect(statuses).toEqual(["not_member", "not_member", "stored"]);
      const [view] = await get().store.conversations.views("alice", [group]);
      expect(view).toMatchObject({ unread: 4, conversation: { lastSeq: 8 } });
      // Back again, and what was refused may be sent.
      await get().store.messages.append([
        change(group, "alice", { type: "add", users: ["bob"] }),
        late,
      ]);
      expect(await get().store.messages.find(late)).toMatchObject({ status: "duplicate", seq: 10 });
    });

    test("a message to an unknown conversation fails alone, and may be sent again once there is one", async () => {
      const { store } = get();
      const early = text(group, "alice");
      await store.conversations.openDirect(pair, 5);
      const outcomes = await store.messages.append([
        text(pair, "alice"),
        early,
        text(pair, "alice"),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["stored", "unknown", "stored"]);
      expect(seqs(await store.messages.append([creation(group, ["alice"]), early]))).toEqual([
        1, 2,
      ]);
    });
  });

  describe("find", () => {
    test("tells what append would say of a message that was committed, and of no other", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      await makeGroup(store, ["alice"]);
      const message = text(pair, "alice", { mentions: ["bob"], replyTo: 3, expiresAt: 99 });
      expect(await store.messages.find(message)).toBeUndefined();
      const [first] = await store.messages.append([message]);
      const again = { ...first, status: "duplicate" };
      const check = async () => {
        const { messages } = get().store;
        const find = async (more: Partial<NewMessage>): Promise<unknown> =>
          messages.find({ ...message, ...more });
        expect(await find({})).toEqual(again);
        expect(await find({ device: "other", time: 2_000 })).toEqual(again);
        for (const more of [
          { conversation: group },
          { conversation: "g:1:unknownn" },
          { clientSeq: 2 },
          { content: "{}" },
          { expiresAt: undefined },
        ])
          expect(await find(more)).toEqual({ status: "conflict" });
        expect(await find({ sender: "bob" })).toBeUndefined();
        expect(await find({ clientId: clientId() })).toBeUndefined();
      };
      await check();
      await get().reopen();
      await check();
    });

    test("finds client ids that are no UUIDs", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      const message = text(pair, "alice", { clientId: "1" });
      await store.messages.append([message]);
      expect(await store.messages.find(message)).toMatchObject({ status: "duplicate", seq: 1 });
      expect(await store.messages.find({ ...message, clientId: "2" })).toBeUndefined();
    });

    test("stores nothing", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      const message = text(pair, "alice");
      for (let time = 0; time < 2; time += 1)
        expect(await store.messages.find(message)).toBeUndefined();
      expect((await store.conversations.get(pair))?.lastSeq).toBe(0);
      expect(await store.messages.append([message])).toMatchObject([{ status: "stored", seq: 1 }]);
    });
  });

  describe("reading", () => {
    test("range is cut at the end that is not to be kept", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      await store.messages.append(Array.from({ length: 30 }, () => text(pair, "alice")));
      const read = async (from: number, to: number, limit: number, keep: "oldest" | "newest") =>
        (await store.messages.range(pair, from, to, limit, keep)).map(({ seq }) => seq);
      expect(await read(1, 30, 3, "oldest")).toEqual([1, 2, 3]);
      expect(await read(1, 30, 3, "newest")).toEqual([28, 29, 30]);
      expect(await read(29, 1_000, 9, "newest")).toEqual([29, 30]);
      expect(await read(0, 2, 9, "oldest")).toEqual([1, 2]);
      expect(await read(1, Number.MAX_SAFE_INTEGER, 30, "oldest")).toHaveLength(30);
      expect(await read(5, 4, 9, "oldest")).toEqual([]);
      expect(await read(31, 40, 9, "newest")).toEqual([]);
      expect(await store.messages.range("g:1:unknownn", 1, 9, 9, "oldest")).toEqual([]);
    });

    test("pick answers reference by reference", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      await store.messages.append([
        text(pair, "alice", { clientSeq: 1 }),
        text(pair, "alice", { clientSeq: 2 }),
      ]);
      const picked = await store.messages.pick([
        { conversation: pair, seq: 2 },
        { conversation: pair, seq: 3 },
        { conversation: "g:1:unknownn", seq: 1 },
        { conversation: pair, seq: 1 },
        { conversation: pair, seq: 0 },
      ]);
      expect(picked.map((message) => message?.clientSeq)).toEqual([
        2,
        undefined,
        undefined,
        1,
        undefined,
      ]);
    });
  });

  describe("closing", () => {
    test("finishes what was accepted, then rejects", async () => {
      const { store } = get();
      await store.conversations.openDirect(pair, 5);
      const last = store.messages.append([text(pair, "alice")]);
      const closed = store.close();
      expect(seqs(await last)).toEqual([1]);
      await closed;
      await store.close();
      for (const call of [
        store.messages.append([text(pair, "alice")]),
        store.messages.find(text(pair, "alice")),
        store.conversations.get(pair),
        store.accounts.get(["alice"]),
      ]) {
        const error = await call.then(() => undefined).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(StoreError);
        expect((error as StoreError).reason).toBe("closed");
      }
      expect(store.health()).toMatchObject({ writable: false, reason: "closed" });
    });

    test("is healthy while it is open", () => {
      expect(get().store.health()).toEqual({ writable: true });
    });
  });
}
