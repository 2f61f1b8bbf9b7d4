import type { Outgoing } from "../hub/outgoing.ts";
import type { Ref } from "../store/port.ts";

/** One remembered event: a message by reference, or another event itself. */
export type Remembered = Ref | Outgoing;

const sizeInitial = 8;
/** An empty ring larger than this is given back, so that a burst does not cost its session memory for ever. */
const sizeKept = 128;

/**
 * What a session was given and has not acknowledged: entries at positions `start` to `end`. Messages are kept as (conversation, seq)
 * only, so that a ring costs tens of bytes per entry and nothing at all while a session is idle. Bounded: when full, the oldest entry is
 * dropped, and a client that comes back for it must synchronise instead.
 */
export class EventRing {
  readonly #entriesMax: number;
  /** Two elements an entry: what it is, and its seq. One array for both: rings are many, and most are in no cache when they are written. */
  #slots: (string | Outgoing | number | undefined)[] | undefined;
  #size = 0;
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
    if (this.length === this.#size) {
      if (this.#size === this.#entriesMax) {
        this.#start++;
        this.#overflowed = true;
      } else this.#resize(this.#size === 0 ? sizeInitial : this.#size * 2);
    }
    const slots = this.#slots as (string | Outgoing | number | undefined)[];
    const at = (this.#end++ & (this.#size - 1)) * 2;
    slots[at] = thing;
    slots[at + 1] = seq;
  }

  /**
   * Forgets entries before `position`. Positions never handed out are ignored. An empty ring shrinks to what was acknowledged at once, and so keeps its
   * size while its session is busy and gives it back when the session rests.
   */
  acknowledge(position: number): void {
    if (position > this.#end || position <= this.#start) return;
    const count = position - this.#start;
    const slots = this.#slots;
    for (; this.#start < position; this.#start++)
      if (slots !== undefined) slots[(this.#start & (this.#size - 1)) * 2] = undefined;
    if (
      this.length === 0 &&
      this.#size > sizeInitial &&
      (count * 4 < this.#size || this.#size > sizeKept)
    ) {
      this.#slots = undefined;
      this.#size = 0;
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
    const slots = this.#slots as (string | Outgoing | number | undefined)[];
    const at = (position & (this.#size - 1)) * 2;
    const thing = slots[at] as string | Outgoing;
    return typeof thing === "string"
      ? { conversation: thing, seq: slots[at + 1] as number }
      : thing;
  }

  #resize(size: number): void {
    const before = this.#slots ?? [];
    const slots: (string | Outgoing | number | undefined)[] = [];
    slots.length = size * 2;
    for (let position = this.#start; position < this.#end; position++) {
      const from = (position & (this.#size - 1)) * 2;
      const to = (position & (size - 1)) * 2;
      slots[to] = before[from];
      slots[to + 1] = before[from + 1];
    }
    this.#slots = slots;
    this.#size = size;
  }
}
