import { systemRandom, type Random } from "../../lib/random.ts";
import { directMembers } from "@godwit/protocol";
import {
  StoreError,
  type Appended,
  type NewMessage,
  type Store,
  type StoreHealth,
} from "../port.ts";
import { BatchEncoder, decodeOutcomes, type EncodedBatch } from "./batch.ts";
import type { CallName, CallResult, Calls } from "./calls.ts";
import { defaultSizes, type Sizes } from "./limits.ts";
import type { EngineStats, Failure, FromWorker, Reply, ToWorker } from "./wire.ts";

export interface SqliteOptions {
  /** The data folder, made if it is not there. One process at a time may have it open. */
  readonly dir: string;
  readonly random?: Random | undefined;
  /** Bounds other than the usual ones. */
  readonly sizes?: Partial<Sizes> | undefined;
}

export interface SqliteStore extends Store {
  /** What was checked of the file at start, in words. */
  readonly checked: string;
  /** Counters since the store was opened. */
  stats(): Promise<EngineStats>;
}

/** Calls that may wait for the writer's thread; more are rejected as `unavailable`. The callers' own queues are shorter than this. */
const callsMax = 65_536;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  /** Of an append. */
  readonly batch: EncodedBatch | undefined;
}

/**
 * Opens the store in `dir`. The database is in a thread of its own; this side only encodes and decodes. Rejects with a StoreError if the folder cannot be
 * used: `read_only`, `full`, `unavailable`, `newer_schema` or `corrupt`.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<SqliteStore> {
  const sizes = { ...defaultSizes, ...options.sizes };
  const link = new Link(sizes.tailRows - sizes.segmentRows);
  const random = options.random ?? systemRandom;
  const checked = await link.open({
    dir: options.dir,
    salt: random.bytes(8),
    sizes,
  });
  const call = link.call.bind(link);
  return {
    checked,
    messages: {
      append: (batch) => link.append(batch),
      find: (message) => call("find", message),
      range: (conversation, from, to, limit, keep) =>
        call("range", conversation, from, to, limit, keep),
      pick: (refs) => call("pick", refs),
      advance: (moves) => call("advance", moves),
      receipts: (conversation, seq, cursor, after, limit) =>
        call("receipts", conversation, seq, cursor, after, limit),
    },
    conversations: {
      async openDirect(id, time) {
        if (directMembers(id) === undefined)
          throw new TypeError(`${id} is not the id of a direct conversation.`);
        return call("openDirect", id, time);
      },
      get: (id) => call("get", id),
      member: (id, users) => call("member", id, users),
      members: (id, after, limit) => call("members", id, after, limit),
      views: (user, ids) => call("views", user, ids),
      list: (user, after, limit) => call("list", user, after, limit),
    },
    accounts: {
      create: (account, match) => call("createAccount", account, match),
      get: (users, match) => call("accounts", users, match),
      list: (prefix, after, limit) => call("listAccounts", prefix, after, limit),
      update: (user, patch) => call("updateAccount", user, patch),
      putDevice: (user, device) => call("putDevice", user, device),
      devices: (user) => call("devices", user),
      removeDevice: (user, device) => call("removeDevice", user, device),
      setting: (key) => call("setting", key),
      initSetting: (key, value) => call("initSetting", key, value),
      putSetting: (key, value) => call("putSetting", key, value),
    },
    caps: { durability: "fsync", engine: "sqlite" },
    health: () => link.health,
    stats: () => link.stats(),
    close: () => link.close(),
  };
}

/** This side of the writer's thread. */
class Link {
  health: StoreHealth = { writable: true };
  private readonly worker = new Worker(new URL("./worker.ts", import.meta.url).href);
  private readonly encoder = new BatchEncoder();
  private readonly waiting = new Map<number, Waiting>();
  /** The most messages in one append: the tail must have room for them beside a segment that is being indexed. */
  private readonly batchMax: number;
  private lastId = 0;
  private closed: Promise<void> | undefined;
  private broken: StoreError | undefined;

  constructor(batchMax: number) {
    this.batchMax = batchMax;
  }

  /** Resolves with what was checked. */
  open(options: Extract<ToWorker, { type: "open" }>["options"]): Promise<string> {
    return new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "opened") resolve(data.checked);
        else if (data.type === "appended") this.settleAppend(data.id);
        else if (data.type === "replies") for (const reply of data.replies) this.settle(reply);
        else if (data.type === "health") this.health = healthOf(data.failure);
        else {
          this.worker.terminate();
          reject(errorOf(data.failure));
        }
      };
      this.worker.onerror = (event) => {
        this.fail(event.message);
        reject(new StoreError("unavailable", event.message));
      };
      this.post({ type: "open", options });
    });
  }

  append(batch: readonly NewMessage[]): Promise<readonly Appended[]> {
    if (batch.length === 0) return Promise.resolve([]);
    if (batch.length > this.batchMax)
      return Promise.reject(new RangeError(`An append takes at most ${this.batchMax} messages.`));
    const refusal = this.refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const encoded = this.encoder.encode(batch);
      this.lastId += 1;
      this.waiting.set(this.lastId, { resolve, reject, batch: encoded });
      this.postBatch(this.lastId, encoded);
    });
  }

  call<Name extends CallName>(
    name: Name,
    ...args: Parameters<Calls[Name]>
  ): Promise<CallResult<Name>> {
    return this.ask((id) => ({ type: "call", id, name, args }));
  }

  stats(): Promise<EngineStats> {
    return this.ask((id) => ({ type: "stats", id }));
  }

  close(): Promise<void> {
    this.closed ??= this.broken === undefined ? this.finish() : Promise.resolve();
    return this.closed;
  }

  private async finish(): Promise<void> {
    try {
      await this.ask<undefined>((id) => ({ type: "close", id }));
    } finally {
      this.health = { writable: false, reason: "closed" };
      this.worker.terminate();
    }
  }

  private ask<Value>(message: (id: number) => ToWorker): Promise<Value> {
    const refusal = this.refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.lastId += 1;
      this.post(message(this.lastId));
      this.waiting.set(this.lastId, { resolve, reject, batch: undefined });
    });
  }

  private refusal(): StoreError | undefined {
    if (this.broken !== undefined) return this.broken;
    if (this.closed !== undefined) return new StoreError("closed", "The store is closed.");
    if (this.waiting.size >= callsMax)
      return new StoreError("unavailable", "Too many calls wait for the store.");
    return undefined;
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private postBatch(id: number, { slot, isNewBuffer, buffer, count, texts }: EncodedBatch): void {
    if (slot !== undefined && isNewBuffer) this.post({ type: "buffer", slot, buffer });
    if (texts !== undefined) this.post({ type: "texts", texts });
    if (slot === undefined) this.post({ type: "append", id, count, buffer });
    else this.post({ type: "append", id, count, slot });
  }

  private settle(reply: Reply): void {
    const call = this.take(reply.id);
    if (call === undefined) return;
    if ("failure" in reply) call.reject(errorOf(reply.failure));
    else call.resolve(reply.value as never);
    if (call.batch !== undefined) this.encoder.recycle(call.batch);
  }

  private settleAppend(id: number): void {
    const call = this.take(id);
    if (call?.batch === undefined) return;
    const { buffer, count } = call.batch;
    call.resolve(decodeOutcomes(buffer, count) as never);
    this.encoder.recycle(call.batch);
  }

  private take(id: number): Waiting | undefined {
    const call = this.waiting.get(id);
    this.waiting.delete(id);
    return call;
  }

  /** The thread died of a mistake in the program: nothing that waits will be answered. */
  private fail(message: string): void {
    this.broken = new StoreError("unavailable", `The store's thread ended: ${message}`);
    this.health = { writable: false, reason: "unavailable", detail: this.broken.message };
    for (const { reject } of this.waiting.values()) reject(this.broken);
    this.waiting.clear();
    this.worker.terminate();
  }
}

function healthOf(failure: Failure | undefined): StoreHealth {
  return failure === undefined
    ? { writable: true }
    : { writable: false, reason: failure.reason ?? "unavailable", detail: failure.message };
}

function errorOf(failure: Failure): Error {
  return failure.reason === undefined
    ? new Error(failure.message)
    : new StoreError(failure.reason, failure.message);
}
