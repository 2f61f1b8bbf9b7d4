import type { Message } from "@godwit/protocol";

/** Counts what several timelines hold together. */
export interface HeldBudget {
  held: number;
}

/**
 * The order of one conversation: takes messages in any order, any number of times, and gives each one out once, by ascending seq
 * without a gap. Pure and synchronous.
 *
 * Seqs up to `cursor` were processed by the application, `taken` is the one in its hands now (or `cursor`), `head` is the highest known to exist.
 * Only messages within `windowMax` after `taken` are held; what lies further on is remembered by `head` alone and is
 * pulled from the history when its turn comes. So dropping is always safe.
 */
export class Timeline<M extends Pick<Message, "seq">> {
  readonly #budget: HeldBudget;
  /** Undefined until it is known where the application begins. */
  #cursor: number | undefined;
  #taken = 0;
  #head = 0;
  #first: number | undefined;
  readonly #windowMax: number;
  /** By seq; `absent` marks one that the server no longer has or does not show. */
  readonly #held = new Map<number, M | "absent">();

  constructor(windowMax: number, budget: HeldBudget) {
    this.#windowMax = windowMax;
    this.#budget = budget;
  }

  get cursor(): number | undefined {
    return this.#cursor;
  }
  get taken(): number {
    return this.#taken;
  }
  get head(): number {
    return this.#head;
  }
  get started(): boolean {
    return this.#cursor !== undefined;
  }
  /** The lowest seq ever heard of. */
  get first(): number | undefined {
    return this.#first;
  }

  /** Sets where the application begins: after `seq`. On a started timeline it only skips forward. */
  start(seq: number): void {
    if (this.#cursor !== undefined && seq <= this.#taken) return;
    this.#cursor = this.#taken = seq;
    this.#head = Math.max(this.#head, seq);
    for (const held of this.#held.keys()) {
      if (held <= seq || held > seq + this.#windowMax) this.#release(held);
    }
  }

  /** Forgets everything: the server's conversation is not the one that was followed so far. */
  reset(): void {
    for (const seq of this.#held.keys()) this.#release(seq);
    this.#cursor = this.#first = undefined;
    this.#taken = this.#head = 0;
  }

  /** Learns that messages up to `seq` exist. */
  note(seq: number): void {
    this.#head = Math.max(this.#head, seq);
    this.#first = Math.min(this.#first ?? seq, seq);
  }

  /** Takes a message in. Returns false if it was given out before, is held already, or lies beyond the window. */
  offer(message: M): boolean {
    const { seq } = message;
    this.note(seq);
    if (
      this.started
        ? seq <= this.#taken || seq > this.#taken + this.#windowMax
        : this.#held.size >= this.#windowMax
    ) {
      return false;
    }
    if (this.#held.has(seq) && this.#held.get(seq) !== "absent") return false;
    this.#hold(seq, message);
    return true;
  }

  /** Learns that between `from` and `to` (both included) there is nothing but `present`. */
  skipUnless(from: number, to: number, present: readonly { seq: number }[]): void {
    const there = new Set(present.map(({ seq }) => seq));
    const end = Math.min(to, this.#taken + this.#windowMax);
    for (let seq = Math.max(from, this.#taken + 1); seq <= end; seq++) {
      if (!there.has(seq) && !this.#held.has(seq)) this.#hold(seq, "absent");
    }
  }

  /** The next message in order, to be followed by `processed`; undefined while it is missing or one is in the application's hands. */
  take(): M | undefined {
    if (this.#cursor === undefined || this.#taken !== this.#cursor) return undefined;
    for (;;) {
      const next = this.#held.get(this.#taken + 1);
      if (next === undefined) return undefined;
      this.#release(++this.#taken);
      if (next !== "absent") return next;
      this.#cursor = this.#taken;
    }
  }

  /** The application has done with the message taken last. */
  processed(): void {
    if (this.#cursor !== undefined) this.#cursor = this.#taken;
  }

  /** The next range to pull: from the first missing seq to the one before the next held, at most `limit` long; undefined if nothing is missing. */
  gap(limit: number): { from: number; to: number } | undefined {
    const from = this.#taken + 1;
    if (!this.started || from > this.#head || this.#held.has(from)) return undefined;
    let to = from;
    while (to < this.#head && to - from + 1 < limit && !this.#held.has(to + 1)) to++;
    return { from, to };
  }

  #hold(seq: number, message: M | "absent"): void {
    if (!this.#held.has(seq)) this.#budget.held++;
    this.#held.set(seq, message);
  }

  #release(seq: number): void {
    if (this.#held.delete(seq)) this.#budget.held--;
  }
}
