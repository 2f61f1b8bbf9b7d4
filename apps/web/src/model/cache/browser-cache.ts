import type { ReceivedMessage } from "@godwit/client";
import {
  type DBSchema,
  deleteDB,
  type IDBPDatabase,
  type IDBPObjectStore,
  type IDBPTransaction,
  openDB,
  unwrap,
} from "idb";
import type { ChatRecord } from "../store/chat-record.ts";
import type { Outgoing } from "../store/outgoing.ts";
import type { Cache, CacheBatch, KeptProfile, LocalNotes } from "./cache.ts";

export interface CacheBounds {
  readonly messagesPerChat: number;
  readonly messagesInAll: number;
  readonly chats: number;
  readonly profiles: number;
  readonly failed: number;
}

export const cacheBounds: CacheBounds = {
  messagesPerChat: 500,
  messagesInAll: 20_000,
  chats: 2_000,
  profiles: 5_000,
  failed: 200,
};

/** How many new messages of a conversation may come before the old ones beyond the bound are looked for. */
const trimEvery = 100;

interface Schema extends DBSchema {
  chats: { key: string; value: ChatRecord; indexes: { lastTime: number } };
  messages: { key: [string, number]; value: ReceivedMessage; indexes: { time: number } };
  profiles: { key: string; value: KeptProfile; indexes: { at: number } };
  notes: { key: string; value: LocalNotes };
  failed: { key: string; value: Outgoing; indexes: { time: number } };
}
type Batched = ("chats" | "messages" | "profiles")[];
type Database = IDBPDatabase<Schema>;
type Writing = IDBPTransaction<Schema, Batched, "readwrite">;

type Messages = IDBPObjectStore<Schema, Batched, "messages", "readwrite">;
/** What trimming needs of a store, whatever is in it. */
interface Trimmed<K> {
  count(): Promise<number>;
  index(name: string): { getAllKeys(query: undefined, count: number): Promise<K[]> };
  delete(key: K): Promise<void>;
}

/** COMPAT: the first version of this layout, in the counting of the library that made it in earlier versions. */
const layoutVersion = 10;

export const databaseName = (user: string): string => `godwit-web:${user}`;

/** Opens the cache of a user. Rejects where the browser lets nothing be kept. */
export async function openCache(user: string, bounds: CacheBounds = cacheBounds): Promise<Cache> {
  const db = await openDatabase(databaseName(user));
  const keeper = new Keeper(db, bounds);
  return {
    async load() {
      const [chats, profiles, notes, failed] = await Promise.all([
        db.getAll("chats"),
        db.getAll("profiles"),
        db.getAll("notes"),
        db.getAllFromIndex("failed", "time"),
      ]);
      return { chats, profiles, notes, failed };
    },
    run: (conversation, to, limit) => readRun(db, conversation, to, limit),
    put: (batch) => keeper.put(batch),
    async putNotes(notes) {
      await db.put("notes", notes);
    },
    async putFailed(outgoing) {
      const { store, done } = db.transaction("failed", "readwrite");
      await Promise.all([store.put(outgoing), done, trim(store, "time", bounds.failed, 0)]);
    },
    async dropFailed(keys) {
      const { store, done } = db.transaction("failed", "readwrite");
      await Promise.all([...keys.map((key) => store.delete(key)), done]);
    },
    async wipe() {
      db.close();
      await deleteDB(databaseName(user));
    },
    close: () => db.close(),
  };
}

function openDatabase(name: string): Promise<Database> {
  return openDB<Schema>(name, layoutVersion, {
    upgrade(made) {
      made.createObjectStore("chats", { keyPath: "id" }).createIndex("lastTime", "lastTime");
      made
        .createObjectStore("messages", { keyPath: ["conversation", "seq"] })
        .createIndex("time", "time");
      made.createObjectStore("profiles", { keyPath: "id" }).createIndex("at", "at");
      made.createObjectStore("notes", { keyPath: "id" });
      made.createObjectStore("failed", { keyPath: "key" }).createIndex("time", "time");
    },
    // Another tab wipes it, or brings a newer layout: neither has to wait for this one.
    blocking(_now, _wanted, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

/** Numbers are dense, so a run of `limit` messages lies within `limit` numbers. */
async function readRun(
  db: Database,
  conversation: string,
  to: number | undefined,
  limit: number,
): Promise<ReceivedMessage[]> {
  const { store } = db.transaction("messages");
  let newest = to;
  if (newest === undefined) {
    // Lists sort after all numbers.
    const all = IDBKeyRange.bound([conversation, 0], [conversation, []]);
    newest = (await store.openKeyCursor(all, "prev"))?.primaryKey[1];
    if (newest === undefined) return [];
  }
  const found = await store.getAll(
    IDBKeyRange.bound([conversation, newest - limit + 1], [conversation, newest]),
  );
  const gap = found.findLastIndex(({ seq }, at) => seq !== newest - (found.length - 1 - at));
  return found.slice(gap + 1);
}

/** Writes batches, and keeps to the bounds without counting at every write. */
class Keeper {
  readonly #db: Database;
  readonly #bounds: CacheBounds;
  /** Newest seq and writes since the last trimming, by conversation. */
  readonly #written = new Map<string, { newest: number; count: number }>();
  /** At least as many messages as there are; undefined until they were counted. */
  #messagesMost: number | undefined;

  constructor(db: Database, bounds: CacheBounds) {
    this.#db = db;
    this.#bounds = bounds;
  }

  async put(batch: CacheBatch): Promise<void> {
    const writing = this.#db.transaction(["chats", "messages", "profiles"], "readwrite");
    await Promise.all([this.#write(writing, batch), writing.done]);
  }

  async #write(writing: Writing, { chats, messages, profiles }: CacheBatch): Promise<void> {
    const all = {
      chats: writing.objectStore("chats"),
      messages: writing.objectStore("messages"),
      profiles: writing.objectStore("profiles"),
    };
    // Without a promise for each, which a flood would pay for: one that fails ends the transaction, and that is heard of.
    const put = (store: IDBObjectStore, values: readonly unknown[]): void => {
      for (const value of values) store.put(value);
    };
    put(unwrap(all.chats), chats);
    put(unwrap(all.messages), messages);
    put(unwrap(all.profiles), profiles);
    await this.#trimChats(all.messages, messages);
    await this.#trimAll(all.messages, messages.length);
    if (chats.length > 0) await trim(all.chats, "lastTime", this.#bounds.chats);
    if (profiles.length > 0) await trim(all.profiles, "at", this.#bounds.profiles);
  }

  async #trimChats(store: Messages, messages: readonly ReceivedMessage[]): Promise<void> {
    for (const { conversation, seq } of messages) {
      const written = this.#written.get(conversation) ?? { newest: 0, count: 0 };
      written.newest = Math.max(written.newest, seq);
      written.count++;
      this.#written.set(conversation, written);
    }
    for (const [conversation, written] of this.#written) {
      if (written.count < Math.min(trimEvery, this.#bounds.messagesPerChat)) continue;
      written.count = 0;
      // Numbers are dense, so the bound on messages is one on numbers: nothing is counted.
      const before = written.newest - this.#bounds.messagesPerChat;
      await store.delete(IDBKeyRange.bound([conversation, 0], [conversation, before]));
    }
  }

  async #trimAll(store: Messages, added: number): Promise<void> {
    if (added === 0) return;
    this.#messagesMost = (this.#messagesMost ?? (await store.count())) + added;
    if (this.#messagesMost <= this.#bounds.messagesInAll) return;
    await trim(store, "time", this.#bounds.messagesInAll);
    this.#messagesMost = await store.count();
  }
}

/** Deletes what is beyond the bound, the oldest first, and some more, a twentieth if nothing else is said, so that it is not needed at once again. */
async function trim<K>(
  store: Trimmed<K>,
  age: string,
  max: number,
  more: number = Math.floor(max / 20),
): Promise<void> {
  const excess = (await store.count()) - max;
  if (excess <= 0) return;
  const keys = await store.index(age).getAllKeys(undefined, excess + more);
  await Promise.all(keys.map((key) => store.delete(key)));
}
