import type { Database } from "bun:sqlite";
import type { Head, OwnState } from "./heads.ts";
import type { Sizes } from "./limits.ts";
import { buckets, type SentIndex } from "./sent.ts";
import type { Tail } from "./tail.ts";

/** Units of work between two looks at the clock. */
const stepsPerCheck = 16;

interface Segment {
  readonly first: number;
  readonly last: number;
  readonly steps: readonly (() => void)[];
}

/**
 * Moves rows from the tail into the indexes, a segment at a time and each segment in slices between commits. Everything it writes is either the same
 * again or newer when it is repeated, and the watermark `indexed_to` moves last: a crash in between costs only the work.
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
  private nextStep = 0;

  /** `now` is in milliseconds and never goes back; it only decides how much is done at once. */
  constructor(db: Database, tail: Tail, sent: SentIndex, sizes: Sizes, now: () => number) {
    this.sizes = sizes;
    this.db = db;
    this.tail = tail;
    this.sent = sent;
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
    return this.segment !== undefined;
  }

  /**
   * Works for about `budgetMs` and commits that. Starts a segment if none is under way and at least `rowsMin` rows wait. Throws what SQLite throws; then
   * the slice is rolled back and will be done again.
   */
  run(budgetMs: number, rowsMin: number): void {
    this.segment ??= this.plan(rowsMin);
    const { segment } = this;
    if (segment === undefined) return;
    const deadline = this.now() + budgetMs;
    const from = this.nextStep;
    this.db.run("BEGIN IMMEDIATE");
    try {
      do {
        const until = Math.min(this.nextStep + stepsPerCheck, segment.steps.length);
        for (; this.nextStep < until; this.nextStep += 1) segment.steps[this.nextStep]?.();
      } while (this.nextStep < segment.steps.length && this.now() < deadline);
      if (this.nextStep === segment.steps.length) this.setWatermark.run(segment.last);
      this.db.run("COMMIT");
    } catch (error) {
      this.nextStep = from;
      if (this.db.inTransaction) this.db.run("ROLLBACK");
      throw error;
    }
    if (this.nextStep === segment.steps.length) this.finish(segment);
  }

  private finish(segment: Segment): void {
    const part = this.sent.partOf(segment.first);
    for (let id = segment.first; id <= segment.last; id += 1)
      this.sent.addToFilter(part, this.tail.highOf(id), this.tail.lowOf(id));
    this.tail.release(segment.last);
    this.segment = undefined;
    this.nextStep = 0;
  }

  private plan(rowsMin: number): Segment | undefined {
    const { first } = this.tail;
    const last = Math.min(
      this.tail.last,
      first + this.sizes.segmentRows - 1,
      this.sent.partEnd(first),
    );
    const whole = last === this.sent.partEnd(first) || last - first + 1 === this.sizes.segmentRows;
    if (last < first || (!whole && last - first + 1 < rowsMin)) return undefined;
    const steps: (() => void)[] = [];
    this.planSpans(first, last, steps);
    this.planKeys(first, last, steps);
    return { first, last, steps };
  }

  /** Places, heads, own counts and mentions, in the order of conversations. */
  private planSpans(first: number, last: number, steps: (() => void)[]): void {
    const rows = last - first + 1;
    // Conversation number and row in one number: sorts fast, and keeps the rows of a conversation in order.
    const order = new Float64Array(rows);
    for (let row = 0; row < rows; row += 1)
      order[row] = (this.tail.headOf(first + row)?.num ?? 0) * this.sizes.segmentRows + row;
    order.sort();
    for (let at = 0; at < rows;) {
      const num = Math.floor((order[at] ?? 0) / this.sizes.segmentRows);
      const head = this.tail.headOf(first + ((order[at] ?? 0) % this.sizes.segmentRows));
      if (head === undefined) throw new Error(`A row of conversation ${num} is not in the tail.`);
      const owns = new Set<OwnState>();
      const start = at;
      for (; at < rows && Math.floor((order[at] ?? 0) / this.sizes.segmentRows) === num; at += 1) {
        const own = this.tail.ownOf(first + ((order[at] ?? 0) % this.sizes.segmentRows));
        if (own !== undefined) owns.add(own);
      }
      const end = at;
      for (let from = start; from < end; from += this.sizes.spanRows) {
        const offsets = new Uint16Array(Math.min(this.sizes.spanRows, end - from));
        for (let index = 0; index < offsets.length; index += 1)
          offsets[index] = (order[from + index] ?? 0) % this.sizes.segmentRows;
        const firstSeq = this.tail.seqOf(first + (offsets[0] ?? 0));
        steps.push(() => this.insertSpan.run(num, firstSeq, first, new Uint8Array(offsets.buffer)));
      }
      steps.push(() => this.updateHead.run(head.lastSeq, head.visible, num));
      for (const own of owns) steps.push(() => this.storeOwn(head, own));
      const lastSeq = this.tail.seqOf(first + ((order[end - 1] ?? 0) % this.sizes.segmentRows));
      for (const mention of head.tailMentions) {
        if (mention.seq <= lastSeq)
          steps.push(() => this.insertMention.run(num, mention.user, mention.seq, mention.sender));
      }
    }
  }

  /** A count that was dropped meanwhile belongs to a member's row that is no more. */
  private storeOwn(head: Head, own: OwnState): void {
    if (head.owns.get(own.user) === own) this.updateOwn.run(own.own, own.last, head.num, own.user);
  }

  private planKeys(first: number, last: number, steps: (() => void)[]): void {
    const rows = last - first + 1;
    const byBucket: number[][] = Array.from({ length: buckets }, () => []);
    for (let row = 0; row < rows; row += 1)
      byBucket[this.tail.highOf(first + row) >>> 24]?.push(row);
    for (const [bucket, members] of byBucket.entries()) {
      if (members.length === 0) continue;
      steps.push(() => {
        const highs = Uint32Array.from(members, (row) => this.tail.highOf(first + row));
        const lows = Uint32Array.from(members, (row) => this.tail.lowOf(first + row));
        this.sent.insert(first, bucket, highs, lows, Uint16Array.from(members));
      });
    }
    if (last !== this.sent.partEnd(first)) return;
    const part = this.sent.partOf(first);
    steps.push(() => {
      for (let id = first; id <= last; id += 1)
        this.sent.addToFilter(part, this.tail.highOf(id), this.tail.lowOf(id));
    });
    for (let piece = 0; piece < this.sent.filterPieces; piece += 1)
      steps.push(() => this.sent.storePiece(part, piece));
  }
}
