import type { Conv } from "../conversations/conversations.ts";
import type { Fanout } from "../fanout/fanout.ts";
import type { Receiver } from "../hub/receiver.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { MessageStore, MovedCursor } from "../store/port.ts";
import { refusalOf } from "./committer.ts";
import type { Refusal } from "./submission.ts";

interface Pending {
  readonly conversation: Conv;
  readonly user: string;
  delivered: number;
  read: number;
  /** The session that moved the cursor needs no event; if several did, all get one. */
  origin: Receiver | undefined;
  readonly waiting: ((outcome: MovedCursor | Refusal) => void)[];
}

/** Cursor moves that wait at the same time; more are refused with `busy`. */
const pendingMax = 100_000;
const batchMax = 1_000;

/**
 * Delivered and read cursors. Moves of one member in one conversation are merged while they wait, stored in batches, and announced only
 * once they are durable: an announced cursor never goes back.
 */
export class Receipts {
  readonly #store: MessageStore;
  readonly #fanout: Fanout;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #announceMs: number;
  readonly #pending = new Map<string, Pending>();
  #timer: (() => void) | undefined;
  #flushing: Promise<void> | undefined;

  constructor(deps: {
    store: MessageStore;
    fanout: Fanout;
    clock: Clock;
    log: Log;
    announceMs: number;
  }) {
    this.#store = deps.store;
    this.#fanout = deps.fanout;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#announceMs = deps.announceMs;
  }

  get waiting(): number {
    return this.#pending.size;
  }

  /** Moves a member's cursors forward. Resolves once durable, with where they are now; the caller has checked that the user may read here. */
  move(
    conversation: Conv,
    user: string,
    to: { delivered?: number; read?: number },
    origin: Receiver | undefined,
  ): Promise<MovedCursor | Refusal> {
    const key = `${conversation.id} ${user}`;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      if (this.#pending.size >= pendingMax)
        return Promise.resolve({ error: "busy", retryAfterMs: 1_000 });
      pending = { conversation, user, delivered: 0, read: 0, origin, waiting: [] };
      this.#pending.set(key, pending);
      this.#timer ??= this.#clock.after(this.#announceMs, () => void this.flush());
    }
    pending.delivered = Math.max(pending.delivered, to.delivered ?? 0, to.read ?? 0);
    pending.read = Math.max(pending.read, to.read ?? 0);
    if (pending.origin !== origin) pending.origin = undefined;
    const { promise, resolve } = Promise.withResolvers<MovedCursor | Refusal>();
    pending.waiting.push(resolve);
    return promise;
  }

  /** Stores and announces what waits. Resolves when it is done; one flush runs at a time. */
  async flush(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    while (this.#flushing !== undefined) await this.#flushing;
    this.#flushing = this.#flushAll().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  async #flushAll(): Promise<void> {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (let at = 0; at < all.length; at += batchMax)
      await this.#storeBatch(all.slice(at, at + batchMax));
  }

  async #storeBatch(batch: readonly Pending[]): Promise<void> {
    let moved: readonly MovedCursor[];
    try {
      const time = this.#clock.now();
      moved = await this.#store.advance(
        batch.map(({ conversation, user, delivered, read }) => ({
          conversation: conversation.id,
          user,
          delivered,
          read,
          time,
        })),
      );
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.error === "internal") this.#log.error({ error }, "cursor moves failed");
      for (const pending of batch) for (const resolve of pending.waiting) resolve(refusal);
      return;
    }
    const byKey = new Map(moved.map((cursor) => [`${cursor.conversation} ${cursor.user}`, cursor]));
    for (const pending of batch) {
      const cursor = byKey.get(`${pending.conversation.id} ${pending.user}`);
      for (const resolve of pending.waiting) resolve(cursor ?? { error: "not_member" });
      if (cursor?.moved === true)
        this.#fanout.receipt(pending.conversation, cursor, pending.origin);
    }
  }
}
