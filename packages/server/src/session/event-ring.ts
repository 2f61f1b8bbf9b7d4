import type { Outgoing } from "../hub/outgoing.ts";
import type { Ref } from "../store/port.ts";

/** One remembered event: a message by reference, or another event itself. */
export type Remembered = Ref | Outgoing;

const sizeInitial = 8;

/**
 * What a session was given and has not acknowledged: entries at positions `start` to `end`. Messages are kept as (conversation, seq)
 * only, so that a ring costs tens of bytes per entry and nothing at all while a session is idle. Bounded: when full, the oldest entry is
 * dropped, and a client that comes back for it must synchronise instead.
 */
export class EventRing {
  readonly #entriesMax: number;
  #things: (string | Outgoing | undefined)[] | undefined;
  #seqs: Float64Array | undefined;
  /** Position of the oldest entry still here, and one past the newest. */
  #start = 0;
  #end = 0;
  #overflowed = false;

  constructor(entriesMax: number) {
    this.#entriesMax = 2 ** Math.ceil(Math.log2(Math.max(sizeInitial, entriesMax)));
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** True once an entry was dropped that had not been acknowledged. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** Whether everything from `position` on is here. */
  holds(position: number): boolean {
    return position >= this.#start && position <= this.#end;
  }

  /** Appends a message reference (`thing` is its conversation) or, with seq 0, an event. */
  push(thing: string | Outgoing, seq: number): void {
    const size = this.#things?.length ?? 0;
    if (this.length === size) {
      if (size === this.#entriesMax) {
        this.#start++;
        this.#overflowed = true;
      } else this.#grow(size === 0 ? sizeInitial : size * 2);
    }
    const things = this.#things as (string | Outgoing | undefined)[];
    const slot = this.#end++ & (things.length - 1);
    things[slot] = thing;
    (this.#seqs as Float64Array)[slot] = seq;
  }

  /** Forgets entries before `position`. Positions never handed out are ignored; an empty ring gives its memory back. */
  acknowledge(position: number): void {
    if (position > this.#end) return;
    const things = this.#things;
    while (this.#start < position) {
      if (things !== undefined) things[this.#start & (things.length - 1)] = undefined;
      this.#start++;
    }
    if (this.length === 0 && things !== undefined && things.length > sizeInitial) {
      this.#things = undefined;
      this.#seqs = undefined;
    }
  }

  /** Up to `max` entries from `position`, which must be in the ring. */
  read(position: number, max: number): Remembered[] {
    const entries: Remembered[] = [];
    for (let at = position; at < Math.min(position + max, this.#end); at++)
      entries.push(this.#at(at));
    return entries;
  }

  /** The message references among all entries, oldest first. */
  refs(): Ref[] {
    return this.read(this.#start, this.length).filter((entry): entry is Ref => "seq" in entry);
  }

  #at(position: number): Remembered {
    const things = this.#things as (string | Outgoing)[];
    const slot = position & (things.length - 1);
    const thing = things[slot] as string | Outgoing;
    return typeof thing === "string"
      ? { conversation: thing, seq: (this.#seqs as Float64Array)[slot] as number }
      : thing;
  }

  #grow(size: number): void {
    const entries = this.read(this.#start, this.length);
    const things = Array.from<string | Outgoing | undefined>({ length: size }).fill(undefined);
    const seqs = new Float64Array(size);
    entries.forEach((entry, index) => {
      const slot = (this.#start + index) & (size - 1);
      things[slot] = "seq" in entry ? entry.conversation : entry;
      seqs[slot] = "seq" in entry ? entry.seq : 0;
    });
    this.#things = things;
    this.#seqs = seqs;
  }
}
