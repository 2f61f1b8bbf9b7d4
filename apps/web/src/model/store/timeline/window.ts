import type { ReceivedMessage } from "@godwit/client";

/** The part of a message that a window needs to know of its rows. */
export interface Placed {
  readonly seq: number;
}

/** Rows that a window keeps; past that the ones at the far end leave it. */
export const windowMax = 600;
/** Newest messages held back while what is before them is fetched; the older ones are fetched too then. */
export const aheadMax = 600;

/**
 * A stretch of a conversation without a gap: every stored message with `from` ≤ seq ≤ `to`, ascending. Numbers in between without a message are gone
 * for good. Rows are made by `row` once per message and stay the same objects while they are in the window.
 */
export class MessageWindow<R extends Placed> {
  readonly #row: (message: ReceivedMessage) => R;
  #rows: readonly R[] = [];
  /** `to` is `from` − 1 while it is empty. */
  #from = 1;
  #to = 0;
  /** The highest seq known to exist. */
  #newest = 0;
  /** Nothing is before `from`. */
  #atOldest = false;
  /** The window follows the newest messages; else they only count. */
  #live = false;
  /** A run without a gap of the newest messages, beyond `to`. */
  #ahead: ReceivedMessage[] = [];
  /** False before it was set to any place. */
  #placed = false;

  constructor(row: (message: ReceivedMessage) => R) {
    this.#row = row;
  }

  get rows(): readonly R[] {
    return this.#rows;
  }
  get from(): number {
    return this.#from;
  }
  get to(): number {
    return this.#to;
  }
  get newest(): number {
    return this.#newest;
  }
  get placed(): boolean {
    return this.#placed;
  }
  get live(): boolean {
    return this.#live;
  }
  get atOldest(): boolean {
    return this.#atOldest || this.#from <= 1;
  }
  get atNewest(): boolean {
    return this.#to >= this.#newest;
  }

  /** What comes is taken in from now on, once the gap to it is filled. */
  follow(): void {
    if (this.#placed) this.#live = true;
  }

  /** Messages up to this seq exist. */
  note(newest: number): void {
    this.#newest = Math.max(this.#newest, newest);
  }

  /**
   * Places the window anew: `messages` are all with `from` ≤ seq ≤ `to`.
   * @param atOldest that nothing is before them
   */
  place(
    messages: readonly ReceivedMessage[],
    { from, to, atOldest }: { from: number; to: number; atOldest: boolean },
  ): void {
    const known = new Map(this.#rows.map((row) => [row.seq, row]));
    const kept = messages.slice(-windowMax);
    this.#rows = kept.map((message) => known.get(message.seq) ?? this.#row(message));
    const cut = kept.length < messages.length;
    this.#from = cut ? (kept[0]?.seq ?? from) : from;
    this.#to = to;
    this.#atOldest = atOldest && !cut;
    this.#placed = true;
    this.note(to);
    this.#live = this.atNewest || this.#reaches();
    if (this.#live) this.#join();
    else this.#ahead = [];
  }

  /** Older messages: all with `from` ≤ seq < the window's own `from`. What is too much leaves at the new end. */
  prepend(messages: readonly ReceivedMessage[], from: number, atOldest: boolean): void {
    if (from > this.#from) return;
    const added = messages.filter(({ seq }) => seq >= from && seq < this.#from).map(this.#row);
    this.#rows = [...added, ...this.#rows];
    this.#from = from;
    this.#atOldest = atOldest;
    if (this.#rows.length <= windowMax) return;
    this.#rows = this.#rows.slice(0, windowMax);
    this.#to = this.#rows.at(-1)?.seq ?? this.#to;
    this.#live = false;
    this.#ahead = [];
  }

  /**
   * Newer messages: all with the window's own `to` < seq ≤ `to`. What is too much leaves at the old end; with `hold` nothing leaves, and the window
   * stops to follow instead.
   */
  append(messages: readonly ReceivedMessage[], to: number, hold = false): void {
    const fresh = messages.filter(({ seq }) => seq > this.#to && seq <= to);
    this.note(to);
    const room = windowMax - this.#rows.length;
    if (hold && fresh.length > room) {
      const taken = fresh.slice(0, Math.max(0, room));
      const last = taken.at(-1)?.seq;
      this.#rows = [...this.#rows, ...taken.map(this.#row)];
      this.#to = last ?? this.#to;
      this.#live = false;
      this.#ahead = [];
      return;
    }
    const rows = [...this.#rows, ...fresh.slice(-windowMax).map(this.#row)];
    this.#to = Math.max(this.#to, to);
    this.#cutOld(rows);
    if (this.atNewest) this.#live = true;
    if (this.#reaches()) this.#join(hold);
  }

  /** A message from an event, in order per conversation. False if what is before it has to be fetched first. */
  arrive(message: ReceivedMessage, hold = false): boolean {
    const { seq } = message;
    if (!this.#placed) {
      this.note(seq);
      return true;
    }
    if (seq <= this.#to) return true;
    const follows = this.#live && seq === this.#to + 1;
    if (follows) {
      this.append([message], seq, hold);
      return true;
    }
    this.note(seq);
    if (!this.#live) return true;
    const last = this.#ahead.at(-1)?.seq;
    if (last !== undefined && seq <= last) return false;
    if (last !== undefined && seq !== last + 1) this.#ahead = [];
    this.#ahead.push(message);
    if (this.#ahead.length > aheadMax) this.#ahead = this.#ahead.slice(-aheadMax);
    return false;
  }

  /** A run of events at once, as they come in a flood: one new list for all. False as for `arrive`. */
  arriveAll(messages: readonly ReceivedMessage[], hold = false): boolean {
    const first = messages[0];
    const last = messages.at(-1);
    if (!first || !last) return true;
    const dense = last.seq - first.seq === messages.length - 1;
    if (this.#placed && this.#live && dense && first.seq <= this.#to + 1) {
      if (last.seq > this.#to) this.append(messages, last.seq, hold);
      return true;
    }
    let complete = true;
    for (const message of messages) complete = this.arrive(message, hold) && complete;
    return complete;
  }

  /** Replaces rows for which `change` returns another object; false if none did. */
  revise(change: (row: R) => R, from = 0): boolean {
    let next: R[] | undefined;
    for (let at = this.indexOf(from); at < this.#rows.length; at++) {
      const row = this.#rows[at] as R;
      const revised = change(row);
      if (revised === row) continue;
      next ??= [...this.#rows];
      next[at] = revised;
    }
    if (next) this.#rows = next;
    return next !== undefined;
  }

  /** The place of the first row with at least this seq, by binary search. */
  indexOf(seq: number): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle] as R).seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  find(seq: number): R | undefined {
    const row = this.#rows[this.indexOf(seq)];
    return row?.seq === seq ? row : undefined;
  }

  covers(seq: number): boolean {
    return this.#placed && seq >= this.#from && seq <= this.#to;
  }

  /** What was held back begins right after the window, or within it. */
  #reaches(): boolean {
    const first = this.#ahead[0];
    return first !== undefined && first.seq <= this.#to + 1;
  }

  #join(hold = false): void {
    if (!this.#reaches()) return;
    const ahead = this.#ahead;
    this.#ahead = [];
    const last = ahead.at(-1)?.seq ?? this.#to;
    if (last > this.#to) this.append(ahead, last, hold);
  }

  #cutOld(rows: readonly R[]): void {
    if (rows.length <= windowMax) {
      this.#rows = rows;
      return;
    }
    this.#rows = rows.slice(-windowMax);
    this.#from = this.#rows[0]?.seq ?? this.#from;
    this.#atOldest = false;
  }
}
