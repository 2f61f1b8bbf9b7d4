import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import * as fake from "fake-indexeddb";
import { openDB } from "idb";
import { emptyRecord } from "../store/chat-record.ts";
import { bob, message, messages } from "../testing/fakes.ts";
import type { Cache } from "./cache.ts";
import { type CacheBounds, databaseName, openCache } from "./browser-cache.ts";

// What the library of the cache looks for in a browser; taken away again for the files that run after this one.
const names = Object.keys(fake).filter((name) => name.startsWith("IDB") || name === "indexedDB");
beforeAll(() => {
  for (const name of names) Reflect.set(globalThis, name, Reflect.get(fake, name));
});
afterAll(() => {
  for (const name of names) Reflect.deleteProperty(globalThis, name);
});

const bounds: CacheBounds = {
  messagesPerChat: 50,
  messagesInAll: 120,
  chats: 3,
  profiles: 3,
  failed: 2,
};
const nothing = { chats: [], messages: [], profiles: [] };
let cache: Cache | undefined;
const open = async () => (cache = await openCache("alice", bounds));
afterEach(async () => {
  await cache?.wipe();
});
const seqs = (run: readonly { seq: number }[]) => run.map(({ seq }) => seq);

test("what was kept is there after a restart", async () => {
  const first = await open();
  const record = { ...emptyRecord(bob), lastSeq: 2, unread: 1 };
  await first.put({
    chats: [record],
    messages: messages(1, 2),
    profiles: [{ id: "bob", name: "Bob", at: 5 }],
  });
  await first.putNotes({ id: bob, draft: "a draft", pinned: true });
  first.close();
  const second = await open();
  expect(await second.load()).toEqual({
    chats: [record],
    profiles: [{ id: "bob", name: "Bob", at: 5 }],
    notes: [{ id: bob, draft: "a draft", pinned: true }],
    failed: [],
  });
  expect(await second.run(bob, undefined, 10)).toEqual(messages(1, 2));
});

test("a run has no gap: what is before one is not given out", async () => {
  const kept = await open();
  await kept.put({ ...nothing, messages: [...messages(1, 5), ...messages(8, 12)] });
  expect(seqs(await kept.run(bob, undefined, 10))).toEqual([8, 9, 10, 11, 12]);
  expect(seqs(await kept.run(bob, undefined, 2))).toEqual([11, 12]);
  expect(seqs(await kept.run(bob, 5, 3))).toEqual([3, 4, 5]);
  expect(seqs(await kept.run(bob, 7, 3))).toEqual([]);
  expect(seqs(await kept.run("d:alice:carol", undefined, 3))).toEqual([]);
});

test("the oldest messages go first: of a conversation, and of all", async () => {
  const kept = await open();
  for (let seq = 1; seq <= 200; seq += 10)
    await kept.put({ ...nothing, messages: messages(seq, seq + 9) });
  const run = seqs(await kept.run(bob, undefined, 500));
  expect(run.at(-1)).toBe(200);
  expect(run.length).toBeLessThanOrEqual(100);
  for (let chat = 1; chat <= 5; chat++) {
    const conversation = `g:0:chat${chat}`;
    const later = messages(1, 40).map((one) => ({
      ...one,
      conversation,
      time: one.time * 10 ** chat,
    }));
    await kept.put({ ...nothing, messages: later });
  }
  const left = await Promise.all(
    [bob, ...[1, 2, 3, 4, 5].map((chat) => `g:0:chat${chat}`)].map(
      async (id) => (await kept.run(id, undefined, 500)).length,
    ),
  );
  expect(left.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(120);
  expect(left.at(-1)).toBe(40);
  expect(left[0]).toBe(0);
});

test("conversations, names and refused messages are bounded, too", async () => {
  const kept = await open();
  const record = (at: number) => ({ ...emptyRecord(`g:0:chat${at}`), lastTime: at });
  await kept.put({
    chats: [1, 2, 3, 4, 5].map(record),
    messages: [],
    profiles: [1, 2, 3, 4].map((at) => ({ id: `u${at}`, name: "x", at })),
  });
  for (const time of [1, 2, 3])
    await kept.putFailed({ key: `k${time}`, conversation: bob, kind: "text", content: {}, time });
  const { chats, profiles, failed } = await kept.load();
  expect(chats.map(({ lastTime }) => lastTime)).toEqual([3, 4, 5]);
  expect(profiles.map(({ at }) => at)).toEqual([2, 3, 4]);
  expect(failed.map(({ key }) => key)).toEqual(["k2", "k3"]);
  await kept.dropFailed(["k2"]);
  expect((await kept.load()).failed.map(({ key }) => key)).toEqual(["k3"]);
});

test("wiped is wiped", async () => {
  const first = await open();
  await first.put({ ...nothing, messages: [message(1)] });
  await first.wipe();
  expect(await (await open()).run(bob, undefined, 5)).toEqual([]);
});

test("another tab may wipe it while it is open here, and what is written then is refused", async () => {
  const here = await open();
  await here.put({ ...nothing, messages: [message(1)] });
  const elsewhere = await openCache("alice", bounds);
  await elsewhere.wipe();
  expect(here.put({ ...nothing, messages: [message(2)] })).rejects.toThrow();
  expect(await (await open()).run(bob, undefined, 5)).toEqual([]);
});

test("what earlier versions kept is found", async () => {
  const earlier = await openDB(databaseName("alice"), 10, {
    upgrade(db) {
      for (const name of ["chats", "profiles", "notes"])
        db.createObjectStore(name, { keyPath: "id" });
      db.createObjectStore("failed", { keyPath: "key" }).createIndex("time", "time");
      const kept = db.createObjectStore("messages", { keyPath: ["conversation", "seq"] });
      kept.createIndex("time", "time");
    },
  });
  await earlier.put("messages", message(7));
  earlier.close();
  expect(seqs(await (await open()).run(bob, undefined, 5))).toEqual([7]);
});
