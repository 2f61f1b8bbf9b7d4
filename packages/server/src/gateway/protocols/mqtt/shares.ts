/** Shared subscriptions (MQTT 5.0 section 4.8.2): of each message, one of those who share gets it. */

/** A session that shares. */
export interface Sharer {
  /** Whether it can take a message now. */
  readonly ready: boolean;
}

interface Share {
  readonly sharers: Set<Sharer>;
  /** Whose each of the newest messages is, by conversation and seq. */
  readonly taken: Map<string, Sharer>;
  /** The newest message, by commit order, that anybody took. */
  newestId: number;
  turn: number;
}

/** Messages whose taker is remembered per share. Whoever comes back later than that finds them taken. */
const takenMax = 4_096;

export class Shares {
  readonly #shares = new Map<string, Share>();

  get size(): number {
    return this.#shares.size;
  }

  join(key: string, sharer: Sharer): void {
    const share = this.#shares.get(key);
    if (share === undefined)
      this.#shares.set(key, {
        sharers: new Set([sharer]),
        taken: new Map(),
        newestId: 0,
        turn: 0,
      });
    else share.sharers.add(sharer);
  }

  leave(key: string, sharer: Sharer): void {
    const share = this.#shares.get(key);
    if (share?.sharers.delete(sharer) && share.sharers.size === 0) this.#shares.delete(key);
  }

  /**
   * Whether this message is the sharer's. The first of those who share it to ask decides: it goes to the next one in turn who is ready, or to whoever asks
   * if nobody is. The answer stays the same for as long as it is remembered.
   */
  takes(
    key: string,
    message: { readonly conversation: string; readonly seq: number; readonly id: number },
    sharer: Sharer,
  ): boolean {
    const share = this.#shares.get(key);
    if (share === undefined) return true;
    const name = `${message.conversation} ${message.seq}`;
    const taker = share.taken.get(name);
    if (taker !== undefined) return taker === sharer;
    // Older than all that is remembered: whose it was is forgotten, but somebody's it was.
    if (message.id <= share.newestId && share.taken.size === takenMax) return false;
    const chosen = next(share) ?? sharer;
    share.taken.set(name, chosen);
    share.newestId = Math.max(share.newestId, message.id);
    if (share.taken.size > takenMax) share.taken.delete(share.taken.keys().next().value as string);
    return chosen === sharer;
  }
}

/** Round robin over those who are ready. */
function next(share: Share): Sharer | undefined {
  const ready = [...share.sharers].filter((sharer) => sharer.ready);
  return ready[share.turn++ % Math.max(1, ready.length)];
}
