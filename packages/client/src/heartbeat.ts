/** What is known of one network, to be kept. Durations in milliseconds, times since the epoch. */
export interface HeartbeatMemory {
  /** The heartbeat in use. */
  readonly beatMs: number;
  /** The longest silence that was borne. */
  readonly borneMs: number;
  /** The shortest that was not, when that was found out, and how many failures speak for it. */
  readonly failedMs?: number;
  readonly failedAt?: number;
  readonly failures?: number;
}

export interface HeartbeatBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Full beats that are borne before the next is longer. */
const provenAfter = 2;
const growth = 1.5;
/** Between what is borne and what is not, the search ends when so much of the former is left. */
const precision = 0.1;
/** What is left of a beat that was thought good, and failed. */
const retreat = 0.75;
/** A failure after which the next connection took longer was one of the network, and says nothing of silence. */
const promptMs = 20_000;
/** One failure may be chance: it is forgotten after this. */
const doubtKeptMs = 30 * 60_000;
/** Networks change: what has failed more than once is tried again after this. */
const failureKeptMs = 6 * 3_600_000;

/**
 * Finds the longest silence that a network bears, and stays just below: lengthens the heartbeat step by step while silences of its length are survived, shortens it at
 * once when one is not, and closes in by halves between the two. Knows no timers and no connection.
 */
export class Heartbeat {
  readonly #bounds: HeartbeatBounds;
  readonly #now: () => number;
  #beatMs: number;
  #borneMs: number;
  #failedMs: number;
  #failedAt: number;
  #failures: number;
  #borneInARow = 0;
  /** A loss whose meaning the next connection will show. */
  #suspected: { readonly silenceMs: number; readonly at: number } | undefined;

  /** @param start what was learnt before, or the heartbeat to begin with; `now` in milliseconds since the epoch */
  constructor(start: HeartbeatMemory | number, bounds: HeartbeatBounds, now: () => number) {
    const known = typeof start === "number" ? { beatMs: start, borneMs: 0 } : start;
    this.#bounds = bounds;
    this.#now = now;
    this.#beatMs = this.#bounded(known.beatMs);
    this.#borneMs = known.borneMs;
    this.#failedMs = known.failedMs ?? Number.POSITIVE_INFINITY;
    this.#failedAt = known.failedAt ?? 0;
    this.#failures = known.failures ?? 0;
  }

  get beatMs(): number {
    return this.#beatMs;
  }

  /** The heartbeat after the current beat, if it is borne: what to announce with it. */
  get nextMs(): number {
    return this.#borneInARow + 1 >= provenAfter ? this.#longer() : this.#beatMs;
  }

  get memory(): HeartbeatMemory {
    const borne = { beatMs: this.#beatMs, borneMs: this.#borneMs };
    if (!Number.isFinite(this.#failedMs)) return borne;
    const failed = { failedMs: this.#failedMs, failedAt: this.#failedAt, failures: this.#failures };
    return { ...borne, ...failed };
  }

  /** A beat was answered after nothing had moved for `silenceMs`. True if the heartbeat has changed. */
  borne(silenceMs: number): boolean {
    this.#suspected = undefined;
    this.#borneMs = Math.max(this.#borneMs, silenceMs);
    if (silenceMs >= this.#failedMs) this.#forgive();
    // Traffic has cut this silence short: it shows nothing about the whole beat.
    if (silenceMs < this.#beatMs * 0.9) return false;
    if (++this.#borneInARow < provenAfter) return false;
    const before = this.#beatMs;
    this.#beatMs = this.#longer();
    this.#borneInARow = this.#beatMs === before ? provenAfter - 1 : 0;
    return this.#beatMs !== before;
  }

  /** The connection was lost in or after a silence. What that means shows when the next one comes about. */
  lost(silenceMs: number): void {
    if (silenceMs < this.#bounds.minMs) return;
    // In a silence that is known to be borne something else has happened, unless it is the one in use that has failed.
    if (silenceMs < this.#beatMs * 0.9 && silenceMs <= this.#borneMs) return;
    this.#suspected = { silenceMs, at: this.#now() };
  }

  /** A connection has come about. True if the heartbeat has changed. */
  connected(): boolean {
    const suspected = this.#suspected;
    this.#suspected = undefined;
    this.#borneInARow = 0;
    if (!suspected || this.#now() - suspected.at > promptMs) return false;
    const before = this.#beatMs;
    this.#failedMs = Math.min(this.#failedMs, suspected.silenceMs);
    this.#failedAt = this.#now();
    this.#failures++;
    if (this.#borneMs >= this.#failedMs) this.#borneMs = 0;
    if (this.#beatMs >= this.#failedMs)
      this.#beatMs = this.#bounded(this.#borneMs > 0 ? this.#borneMs : this.#failedMs * retreat);
    return this.#beatMs !== before;
  }

  #longer(): number {
    const keptMs = this.#failures > 1 ? failureKeptMs : doubtKeptMs;
    if (this.#now() - this.#failedAt > keptMs) this.#forgive();
    if (!Number.isFinite(this.#failedMs)) return this.#bounded(this.#beatMs * growth);
    const leftMs = this.#failedMs - this.#beatMs;
    return leftMs > this.#beatMs * precision
      ? this.#bounded(this.#beatMs + leftMs / 2)
      : this.#beatMs;
  }

  #forgive(): void {
    this.#failedMs = Number.POSITIVE_INFINITY;
    this.#failures = 0;
  }

  #bounded(ms: number): number {
    return Math.round(Math.max(this.#bounds.minMs, Math.min(this.#bounds.maxMs, ms)));
  }
}
