import type { ReceivedMessage } from "@godwit/client";
import { Dexie, type Table } from "dexie";
import type { ChatRecord } from "../store/chat-record.ts";
import type { Outgoing } from "../store/outgoing.ts";
import type { Cache, KeptProfile, LocalNotes } from "./cache.ts";

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

class Database extends Dexie {
  declare readonly chats: Table<ChatRecord, string>;
  declare readonly messages: Table<ReceivedMessage, [string, number]>;
  declare readonly profiles: Table<KeptProfile, string>;
  declare readonly notes: Table<LocalNotes, string>;
  declare readonly failed: Table<Outgoing, string>;

  constructor(name: string) {
    super(name);
    this.version(1).stores({
      chats: "id, lastTime",
      messages: "[conversation+seq], time",
      profiles: "id, at",
      notes: "id",
      failed: "key, time",
    });
  }
}

export const databaseName = (user: string): string => `godwit-web:${user}`;

/** Opens the cache of a user. Rejects where the browser lets nothing be kept. */
export async function openCache(user: string, bounds: CacheBounds = cacheBounds): Promise<Cache> {
  const db = new Database(databaseName(user));
  await db.open();
  const keeper = new Keeper(db, bounds);
  return {
    async load() {
      const [chats, profiles, notes, failed] = await Promise.all([
        db.chats.toArray(),
        db.profiles.toArray(),
        db.notes.toArray(),
        db.failed.orderBy("time").toArray(),
      ]);
      return { chats, profiles, notes, failed };
    },
    run: (conversation, to, limit) => readRun(db, conversation, to, limit),
    put: (batch) => keeper.put(batch),
    async putNotes(notes) {
      await db.notes.put(notes);
    },
    async putFailed(outgoing) {
      await db.failed.put(outgoing);
      const excess = (await db.failed.count()) - bounds.failed;
      if (excess > 0)
        await db.failed.bulkDelete(await db.failed.orderBy("time").limit(excess).primaryKeys());
    },
    dropFailed: (keys) => db.failed.bulkDelete([...keys]),
    async wipe() {
      await db.delete();
    },
    close: () => db.close(),
  };
}

async function readRun(
  db: Database,
  conversation: string,
  to: number | undefined,
  limit: number,
): Promise<ReceivedMessage[]> {
  const found = await db.messages
    .where("[conversation+seq]")
    .between([conversation, 0], [conversation, to ?? Dexie.maxKey], true, true)
    .reverse()
    .limit(limit)
    .toArray();
  const run: ReceivedMessage[] = [];
  let wanted = to ?? found[0]?.seq;
  for (const message of found) {
    if (message.seq !== wanted) break;
    run.push(message);
    wanted = message.seq - 1;
  }
  return run.reverse();
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

  async put({ chats, messages, profiles }: Parameters<Cache["put"]>[0]): Promise<void> {
    const db = this.#db;
    await db.transaction("rw", db.chats, db.messages, db.profiles, async () => {
      await Promise.all([
        chats.length > 0 && db.chats.bulkPut([...chats]),
        messages.length > 0 && db.messages.bulkPut([...messages]),
        profiles.length > 0 && db.profiles.bulkPut([...profiles]),
      ]);
      await this.#trimChats(messages);
      await this.#trimAll(messages.length);
      if (chats.length > 0) await trim(db.chats, "lastTime", this.#bounds.chats);
      if (profiles.length > 0) await trim(db.profiles, "at", this.#bounds.profiles);
    });
  }

  async #trimChats(messages: readonly ReceivedMessage[]): Promise<void> {
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
      await this.#db.messages
        .where("[conversation+seq]")
        .between(
          [conversation, 0],
          [conversation, written.newest - this.#bounds.messagesPerChat],
          true,
          true,
        )
        .delete();
    }
  }

  async #trimAll(added: number): Promise<void> {
    if (added === 0) return;
    const { messages } = this.#db;
    this.#messagesMost = (this.#messagesMost ?? (await messages.count())) + added;
    if (this.#messagesMost <= this.#bounds.messagesInAll) return;
    await trim(messages, "time", this.#bounds.messagesInAll);
    this.#messagesMost = await messages.count();
  }
}

/** Deletes what is beyond the bound, the oldest first, and a twentieth more, so that it is not needed at once again. */
async function trim<T, K>(table: Table<T, K>, age: string, max: number): Promise<void> {
  const excess = (await table.count()) - max;
  if (excess <= 0) return;
  const keys = await table
    .orderBy(age)
    .limit(excess + Math.floor(max / 20))
    .primaryKeys();
  await table.bulkDelete(keys);
}
