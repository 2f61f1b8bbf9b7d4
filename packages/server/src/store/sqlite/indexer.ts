import type { Database } from "bun:sqlite";
import type { Head, OwnState } from "./heads.ts";
import type { Sizes } from "./limits.ts";
import { buckets, type SentIndex } from "./sent.ts";
import type { Tail } from "./tail.ts";

/** Steps of work between two looks at the clock; a step is one conversation, one bucket or the like. */
const stepsPerCheck = 8;
/** Rows in one step of the work that is only in memory. */
const rowsPerStep = 1_024;

interface Segment {
  readonly first: number;
  readonly last: number;
  readonly work: Iterator<undefined, undefined, undefined>;
}

/**
 * Moves rows from the tail into the indexes, a segment at a time and each segment in slices between commits. Everything it writes is the same again, or
 * newer, when it is repeated, and the watermark `indexed_to` moves last: a crash or a full disk in between costs only the work.
 */
export class Indexer {
  private readonly db: Database;
  private readonly tail: Tail;
  private readonly sent: SentIndex;
  private readonly sizes: Sizes;
  private readonly now: () => number;
  private readonly insertSpan;
  private readonly updateHead;
  private readonly updateOwn;
  private readonly insertMention;
  private readonly setWatermark;
  private segment: Segment | undefined;
  /** Rows up to this one are indexed and leave the tail next. */
  private indexedTo = 0;

  /** `now` is in milliseconds and never goes back; it only decides how much is done at once. */
  constructor(db: Database, tail: Tail, sent: SentIndex, sizes: Sizes, now: () => number) {
    this.db = db;
    this.tail = tail;
    this.sent = sent;
    this.sizes = sizes;
    this.now = now;
    this.insertSpan = db.prepare(
      "INSERT OR REPLACE INTO spans (conversation, first_seq, base_id, offsets) VALUES (?, ?, ?, ?)",
    );
    this.updateHead = db.prepare(
      "UPDATE conversations SET last_seq = ?, visible = ? WHERE num = ?",
    );
    this.updateOwn = db.prepare(
      "UPDATE members SET own = ?, last_own = ? WHERE conversation = ? AND user = ?",
    );
    this.insertMention = db.prepare(
      "INSERT OR REPLACE INTO mentions (conversation, user, seq, sender) VALUES (?, ?, ?, ?)",
    );
    this.setWatermark = db.prepare(
      "INSERT OR REPLACE INTO meta (key, value) VALUES ('indexed_to', ?)",
    );
  }

  /** Whether a segment is half done. */
  get busy(): boolean {
    return this.segment !== undefined || this.indexedTo >= this.tail.first;
  }

  /**
   * Works for about `budgetMs` and commits that. Starts a segment if none is under way and at least `rowsMin` rows wait. Throws what SQLite throws; then
   * the slice is rolled back, and the segment will be done again.
   */
  run(budgetMs: number, rowsMin: number): void {
    const deadline = this.now() + budgetMs;
    if (this.release(deadline)) return;
    this.segment ??= this.begin(rowsMin);
    if (this.segment === undefined) return;
    this.db.run("BEGIN IMMEDIATE");
    try {
      const done = this.advance(this.segment, deadline);
      if (done) this.setWatermark.run(this.segment.last);
      this.db.run("COMMIT");
      if (!done) return;
      this.indexedTo = this.segment.last;
      this.segment = undefined;
    } catch (error) {
      this.segment = undefined;
      if (this.db.inTransaction) this.db.run("ROLLBACK");
      throw error;
    }
    this.release(deadline);
  }

  /** True if the segment is done. */
  private advance(segment: Segment, deadline: number): boolean {
    do {
      for (let step = 0; step < stepsPerCheck; step += 1)
        if (segment.work.next().done === true) return true;
    } while (this.now() < deadline);
    return false;
  }

  /** Lets indexed rows leave the tail; true if there was nothing else to do before the deadline. */
  private release(deadline: number): boolean {
    while (this.indexedTo >= this.tail.first) {
      this.tail.release(Math.min(this.indexedTo, this.tail.first + rowsPerStep - 1));
      if (this.now() >= deadline) return true;
    }
    return false;
  }

  private begin(rowsMin: number): Segment | undefined {
    const { first } = this.tail;
    const partEnd = this.sent.partEnd(first);
    const last = Math.min(this.tail.last, first + this.sizes.segmentRows - 1, partEnd);
    const rows = last - first + 1;
    const whole = last === partEnd || rows === this.sizes.segmentRows;
    if (rows < 1 || (!whole && rows < rowsMin)) return undefined;
    return { first, last, work: this.work(first, last) };
  }

  private *work(first: number, last: number): Generator<undefined, undefined, undefined> {
    yield* this.placeRows(first, last);
    yield* this.storeKeys(first, last);
    const part = this.sent.partOf(first);
    for (let from = first; from <= last; from += rowsPerStep) {
      for (let id = from; id < from + rowsPerStep && id <= last; id += 1)
        this.sent.addToFilter(part, this.tail.highOf(id), this.tail.lowOf(id));
      yield;
    }
    if (last !== this.sent.partEnd(first)) return;
    for (let piece = 0; piece < this.sent.filterPieces; piece += 1) {
      this.sent.storePiece(part, piece);
      yield;
    }
  }

  /** Spans, heads, own counts and mentions, conversation by conversation. */
  private *placeRows(first: number, last: number): Generator<undefined, undefined, undefined> {
    const rows = last - first + 1;
    // Conversation number and row in one number: sorts fast, and keeps the rows of a conversation in order.
    const order = new Float64Array(rows);
    for (let row = 0; row < rows; row += 1)
      order[row] = (this.tail.headOf(first + row)?.num ?? 0) * this.sizes.segmentRows + row;
    order.sort();
    const offsets = new Uint16Array(rows);
    for (let at = 0; at < rows;) {
      const num = Math.floor((order[at] ?? 0) / this.sizes.segmentRows);
      let count = 0;
      for (; at < rows && Math.floor((order[at] ?? 0) / this.sizes.segmentRows) === num; at += 1) {
        offsets[count] = (order[at] ?? 0) % this.sizes.segmentRows;
        count += 1;
      }
      this.placeConversation(num, first, offsets.subarray(0, count));
      yield;
    }
  }

  private placeConversation(num: number, first: number, offsets: Uint16Array): void {
    const head = this.tail.headOf(first + (offsets[0] ?? 0));
    if (head === undefined)
      throw new Error(
        `Conversation ${num} has no row at ${first + (offsets[0] ?? 0)} in the tail.`,
      );
    for (let from = 0; from < offsets.length; from += this.sizes.spanRows) {
      const span = offsets.subarray(from, from + this.sizes.spanRows);
      const firstSeq = this.tail.seqOf(first + (span[0] ?? 0));
      this.insertSpan.run(
        num,
        firstSeq,
        first,
        new Uint8Array(span.buffer, span.byteOffset, span.byteLength),
      );
    }
    this.updateHead.run(head.lastSeq, head.visible, num);
    this.storeOwns(head, first, offsets);
    const lastSeq = this.tail.seqOf(first + (offsets.at(-1) ?? 0));
    for (const mention of head.tailMentions) {
      if (mention.seq <= lastSeq)
        this.insertMention.run(num, mention.user, mention.seq, mention.sender);
    }
  }

  private storeOwns(head: Head, first: number, offsets: Uint16Array): void {
    const owns = new Set<OwnState>();
    for (const offset of offsets) {
      const own = this.tail.ownOf(first + offset);
      if (own !== undefined) owns.add(own);
    }
    for (const own of owns) {
      // One that was dropped meanwhile belongs to a member's row that is no more.
      if (head.owns.get(own.user) === own)
        this.updateOwn.run(own.own, own.last, head.num, own.user);
    }
  }

  private *storeKeys(first: number, last: number): Generator<undefined, undefined, undefined> {
    const rows = last - first + 1;
    const starts = new Uint32Array(buckets + 1);
    for (let row = 0; row < rows; row += 1) {
      const bucket = this.tail.highOf(first + row) >>> 24;
      starts[bucket + 1] = (starts[bucket + 1] ?? 0) + 1;
    }
    for (let bucket = 0; bucket < buckets; bucket += 1)
      starts[bucket + 1] = (starts[bucket + 1] ?? 0) + (starts[bucket] ?? 0);
    const next = starts.slice();
    const sorted = new Uint16Array(rows);
    for (let row = 0; row < rows; row += 1) {
      const bucket = this.tail.highOf(first + row) >>> 24;
      const at = next[bucket] ?? 0;
      sorted[at] = row;
      next[bucket] = at + 1;
    }
    yield;
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      const offsets = sorted.slice(starts[bucket], starts[bucket + 1]);
      if (offsets.length === 0) continue;
      const highs = Uint32Array.from(offsets, (row) => this.tail.highOf(first + row));
      const lows = Uint32Array.from(offsets, (row) => this.tail.lowOf(first + row));
      this.sent.insert(first, bucket, highs, lows, offsets);
      yield;
    }
  }
}
