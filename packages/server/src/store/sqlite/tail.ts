import type { Head, OwnState } from "./heads.ts";

/**
 * The rows that are in the log but not yet in its indexes, by log id (which are consecutive) in a ring, and by key hash through chains. Rows come
 * at the new end, leave at the old end when they are indexed, and leave at the new end when a transaction fails.
 */
export class Tail {
  /** Ids in the tail are first … last; empty if last < first. */
  first: number;
  last: number;
  readonly capacity: number;
  private readonly mask: number;
  private readonly heads: (Head | undefined)[];
  private readonly owns: (OwnState | undefined)[];
  private readonly lastOwnBefore: Float64Array;
  private readonly seqs: Float64Array;
  private readonly highs: Uint32Array;
  private readonly lows: Uint32Array;
  /** For each bucket the id of its newest row, and for each row the id of the next older one of its bucket; 0 or an id before `first` ends. */
  private readonly newest: Float64Array;
  private readonly older: Float64Array;

  /** `capacity` rows, a power of two; `first` is the id of the next row. */
  constructor(capacity: number, first: number) {
    this.capacity = capacity;
    this.mask = capacity - 1;
    this.first = first;
    this.last = first - 1;
    this.heads = [];
    this.owns = [];
    this.lastOwnBefore = new Float64Array(capacity);
    this.seqs = new Float64Array(capacity);
    this.highs = new Uint32Array(capacity);
    this.lows = new Uint32Array(capacity);
    this.newest = new Float64Array(capacity);
    this.older = new Float64Array(capacity);
  }

  get length(): number {
    return this.last - this.first + 1;
  }

  /** Takes the next row of a conversation and gives it its id; the head and, unless the row is a system one (`own` undefined), the sender's count move. */
  push(head: Head, own: OwnState | undefined, high: number, low: number): number {
    head.lastSeq += 1;
    if (own !== undefined) {
      this.lastOwnBefore[(this.last + 1) & this.mask] = own.last;
      head.visible += 1;
      own.own += 1;
      own.last = head.lastSeq;
    }
    return this.restore(head, own, high, low);
  }

  /** Takes a committed row that head and sender count already, at start. */
  restore(head: Head, own: OwnState | undefined, high: number, low: number): number {
    if (this.length >= this.capacity) throw new Error("The tail is full.");
    const id = this.last + 1;
    const slot = id & this.mask;
    this.last = id;
    head.tailIds.push(id);
    this.heads[slot] = head;
    this.owns[slot] = own;
    this.seqs[slot] = head.lastSeq;
    this.highs[slot] = high;
    this.lows[slot] = low;
    const bucket = low & this.mask;
    this.older[slot] = this.newest[bucket] ?? 0;
    this.newest[bucket] = id;
    return id;
  }

  /** Takes back the newest rows down to `last`, with what `push` did to heads and senders. */
  truncate(last: number): void {
    for (let id = this.last; id > last; id -= 1) {
      const slot = id & this.mask;
      const head = this.heads[slot];
      const own = this.owns[slot];
      if (head === undefined) throw new Error(`Row ${id} is not in the tail.`);
      head.lastSeq -= 1;
      head.tailIds.pop();
      while ((head.tailMentions.at(-1)?.seq ?? 0) > head.lastSeq) head.tailMentions.pop();
      if (own !== undefined) {
        head.visible -= 1;
        own.own -= 1;
        own.last = this.lastOwnBefore[slot] ?? 0;
      }
      this.heads[slot] = undefined;
      this.owns[slot] = undefined;
      this.newest[(this.lows[slot] ?? 0) & this.mask] = this.older[slot] ?? 0;
    }
    this.last = last;
  }

  /** Lets the rows up to `last` go: they are in the index now. Ids before `first` end a chain, so chains need no care. */
  release(last: number): void {
    const indexed = new Map<Head, number>();
    for (let id = this.first; id <= last; id += 1) {
      const slot = id & this.mask;
      const head = this.heads[slot];
      if (head !== undefined) indexed.set(head, (indexed.get(head) ?? 0) + 1);
      this.heads[slot] = undefined;
      this.owns[slot] = undefined;
    }
    for (const [head, count] of indexed) {
      head.tailIds.splice(0, count);
      const first = head.lastSeq - head.tailIds.length + 1;
      const kept = head.tailMentions.findIndex((mention) => mention.seq >= first);
      head.tailMentions.splice(0, kept === -1 ? head.tailMentions.length : kept);
    }
    this.first = last + 1;
  }

  /** The newest row with this hash whose id is below `before`; 0 if there is none. */
  find(high: number, low: number, before: number): number {
    let id = this.newest[low & this.mask] ?? 0;
    while (id >= this.first) {
      const slot = id & this.mask;
      if (id < before && this.lows[slot] === low && this.highs[slot] === high) return id;
      id = this.older[slot] ?? 0;
    }
    return 0;
  }

  headOf(id: number): Head | undefined {
    return this.heads[id & this.mask];
  }

  ownOf(id: number): OwnState | undefined {
    return this.owns[id & this.mask];
  }

  seqOf(id: number): number {
    return this.seqs[id & this.mask] ?? 0;
  }

  highOf(id: number): number {
    return this.highs[id & this.mask] ?? 0;
  }

  lowOf(id: number): number {
    return this.lows[id & this.mask] ?? 0;
  }
}
