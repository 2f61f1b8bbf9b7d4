import { StoreError } from "../port.ts";
import { Accounts } from "./accounts.ts";
import { Appender, type Entry } from "./append.ts";
import type { BatchBytes, Texts } from "./batch.ts";
import { readCalls, writeCalls, type ReadCalls, type WriteCalls } from "./calls.ts";
import { Changes } from "./changes.ts";
import { isLostSync, storeErrorOf } from "./errors.ts";
import { HeadCache } from "./heads.ts";
import { Indexer } from "./indexer.ts";
import type { Salt } from "./keys.ts";
import type { Sizes } from "./limits.ts";
import { Log } from "./log.ts";
import { Members } from "./members.ts";
import { openDatabase } from "./open.ts";
import { Queries } from "./queries.ts";
import { recoverTail } from "./recover.ts";
import { SentIndex } from "./sent.ts";
import { Spans } from "./spans.ts";
import { Tail } from "./tail.ts";
import { Undo } from "./undo.ts";

/** Rows committed together at the most: some 8 ms of work, beyond which a sync saved is worth less than the time waited. */
const groupRowsMax = 2_048;

export interface EngineOptions {
  readonly dir: string;
  /** Eight random bytes, used when the file is new. */
  readonly salt: Uint8Array;
  readonly sizes: Sizes;
}

export type WriteJob =
  | { readonly type: "append"; readonly batch: BatchBytes; readonly dictionary: readonly Entry[] }
  | { readonly type: "call"; readonly name: keyof WriteCalls; readonly args: readonly unknown[] };

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: Error };

/** Plain counters since the store was opened. */
export interface EngineStats {
  commits: number;
  failedCommits: number;
  jobs: number;
  rows: number;
  rowsPerCommitMax: number;
  /** Milliseconds in COMMIT, which is writing and syncing the write-ahead log. */
  commitMs: number;
  commitMsMax: number;
  indexSlices: number;
  indexMs: number;
  indexMsMax: number;
  checkpoints: number;
  checkpointMs: number;
  checkpointMsMax: number;
  tailRows: number;
}

/** The whole engine, synchronous, in the thread that calls it. */
export class Engine {
  readonly stats: EngineStats = {
    commits: 0,
    failedCommits: 0,
    jobs: 0,
    rows: 0,
    rowsPerCommitMax: 0,
    commitMs: 0,
    commitMsMax: 0,
    indexSlices: 0,
    indexMs: 0,
    indexMsMax: 0,
    checkpoints: 0,
    checkpointMs: 0,
    checkpointMsMax: 0,
    tailRows: 0,
  };
  readonly checked: string;
  /** Rows that jobs committed together may have, unless it is one job. */
  readonly groupRowsMax: number;
  readonly reads: ReadCalls;
  private readonly sizes: Sizes;
  private readonly db;
  private readonly release;
  private readonly tail: Tail;
  private readonly heads: HeadCache;
  private readonly log: Log;
  private readonly undo = new Undo();
  /** Set by a failed sync, for good: writing goes on after a restart, which reads back what the disk has. */
  private lost: StoreError | undefined;
  /** Of the write-ahead log: measured after this has grown to 1, every eighth small commit, because asking costs a twentieth of one. */
  private unmeasured = 1;
  private readonly indexer: Indexer;
  private readonly appender: Appender;
  private readonly writes: WriteCalls;
  private readonly walState;
  private readonly beginWrite;
  private readonly endWrite;
  private readonly beginRead;
  private readonly endRead;

  constructor(options: EngineOptions) {
    const { db, checked, release } = openDatabase(options.dir);
    this.db = db;
    this.checked = checked;
    this.release = release;
    const { sizes } = options;
    this.sizes = sizes;
    this.groupRowsMax = Math.min(groupRowsMax, sizes.tailRows - sizes.segmentRows);
    if (sizes.pages > 0) db.run(`PRAGMA max_page_count = ${sizes.pages}`);
    try {
      const indexedTo = this.numberOf("indexed_to");
      const salt = this.salt(options.salt);
      const sent = new SentIndex(db, sizes.partRows);
      sent.load(db, indexedTo);
      this.tail = new Tail(this.tailCapacity(indexedTo), indexedTo + 1);
      this.heads = new HeadCache(db, sizes.heads);
      this.log = new Log(db);
      const spans = new Spans(db);
      const members = new Members(db, this.heads, this.log, spans, this.undo);
      recoverTail(db, this.tail, this.heads, members, salt);
      this.undo.clear();
      const changes = new Changes(db, this.heads, members, this.undo);
      const queries = new Queries(db, this.heads, this.log, spans, sizes.scanRows);
      const accounts = new Accounts(db, sizes.scanRows);
      this.indexer = new Indexer(db, this.tail, sent, sizes, () => performance.now());
      const conversationById = db.prepare<{ id: string }, [number]>(
        "SELECT id FROM conversations WHERE num = ?",
      );
      this.appender = new Appender({
        salt,
        tail: this.tail,
        heads: this.heads,
        log: this.log,
        members,
        changes,
        sent,
        conversationOf: (num) => conversationById.get(num)?.id,
      });
      this.writes = writeCalls(changes, members, queries, accounts);
      this.reads = readCalls(this.appender, queries, accounts);
      this.beginWrite = db.prepare("BEGIN IMMEDIATE");
      this.endWrite = db.prepare("COMMIT");
      this.beginRead = db.prepare("BEGIN");
      // A read has nothing to commit, and COMMIT would fail again with the failure of a read inside.
      this.endRead = db.prepare("ROLLBACK");
      this.walState = db.prepare<{ log: number; checkpointed: number }, []>(
        "PRAGMA wal_checkpoint(NOOP)",
      );
    } catch (error) {
      release();
      throw storeErrorOf(error) ?? error;
    }
  }

  /** Takes in what a batch adds to the dictionary, before the batch. */
  learn(texts: Texts): void {
    this.appender.learn(texts);
  }

  /** Makes a job of a batch, in order of arrival. */
  accept({ buffer, count }: BatchBytes): WriteJob {
    return { type: "append", batch: { buffer, count }, dictionary: this.appender.dictionary };
  }

  /**
   * Applies the jobs in order in one transaction, synced before this returns. If the disk fails, all fail. If a job fails by itself, the transaction is
   * taken back and every job gets one of its own, so that only that job fails.
   */
  commit(jobs: readonly WriteJob[]): Outcome[] {
    const together = this.transact(jobs);
    if (together.ok) return together.values.map((value) => ({ ok: true, value }));
    if (jobs.length === 1 || storeErrorOf(together.error) !== undefined)
      return jobs.map(() => ({ ok: false, error: together.error }));
    return jobs.map((job) => {
      const alone = this.transact([job]);
      return alone.ok ? { ok: true, value: alone.values[0] } : { ok: false, error: alone.error };
    });
  }

  private transact(
    jobs: readonly WriteJob[],
  ): { ok: true; values: unknown[] } | { ok: false; error: Error } {
    if (this.lost !== undefined) return { ok: false, error: this.lost };
    const lastId = this.tail.last;
    try {
      this.makeRoom(jobs);
      this.beginWrite.run();
      const values = jobs.map((job) => this.apply(job));
      const start = performance.now();
      this.endWrite.run();
      this.count(jobs.length, this.tail.last - lastId, performance.now() - start);
      this.undo.clear();
      this.heads.trim();
      return { ok: true, values };
    } catch (error) {
      this.noteLoss(error);
      this.rollBack(lastId);
      this.stats.failedCommits += 1;
      return {
        ok: false,
        error: storeErrorOf(error) ?? (error instanceof Error ? error : new Error(String(error))),
      };
    }
  }

  private noteLoss(error: unknown): void {
    if (isLostSync(error))
      this.lost ??= new StoreError(
        "unavailable",
        "The disk failed to sync; nothing is written any more. Check the disk, then restart the server.",
      );
  }

  private apply(job: WriteJob): unknown {
    if (job.type === "append") return this.appender.append(job.batch, job.dictionary);
    const call = this.writes[job.name] as (...args: readonly unknown[]) => unknown;
    return call(...job.args);
  }

  /** Memory as it was before the transaction. SQLite may have rolled back by itself already. */
  private rollBack(lastId: number): void {
    this.log.discard();
    this.tail.truncate(lastId);
    this.undo.run();
    if (this.db.inTransaction) this.db.run("ROLLBACK");
  }

  /** Indexes at once what the batches would have no room for. Only when rows came faster than slices for a long while. */
  private makeRoom(jobs: readonly WriteJob[]): void {
    let rows = 0;
    for (const job of jobs) if (job.type === "append") rows += job.batch.count;
    while (this.tail.length + rows > this.sizes.tailRows && this.tail.length > 0)
      this.indexSlice(1_000, 1);
    if (rows > this.sizes.tailRows)
      throw new StoreError("unavailable", "Too many messages at once.");
  }

  private count(jobs: number, rows: number, commitMs: number): void {
    const { stats } = this;
    stats.commits += 1;
    stats.jobs += jobs;
    stats.rows += rows;
    stats.rowsPerCommitMax = Math.max(stats.rowsPerCommitMax, rows);
    stats.commitMs += commitMs;
    stats.commitMsMax = Math.max(stats.commitMsMax, commitMs);
    stats.tailRows = this.tail.length;
    this.unmeasured += (1 + rows / 32) / 8;
  }

  /** Runs reads in one transaction: beginning one for each statement costs more than most statements. */
  reading(run: () => void): void {
    this.beginRead.run();
    try {
      run();
    } finally {
      this.endRead.run();
    }
  }

  /**
   * Does some of the work that is due between commits: an index slice, or copying the write-ahead log into the file. Returns whether more is due. Throws
   * StoreErrors; the work then stays due.
   */
  maintain(budgetMs: number, idle: boolean): boolean {
    if (this.lost !== undefined) throw this.lost;
    this.heads.trim();
    if (idle) this.unmeasured = 1;
    try {
      // One of them at a time, so that what waits meanwhile waits for one.
      if (!this.checkpoint())
        this.index(budgetMs, idle ? this.sizes.restRows : this.sizes.segmentRows);
      return this.indexer.busy;
    } catch (error) {
      this.noteLoss(error);
      throw storeErrorOf(error) ?? error;
    }
  }

  private index(budgetMs: number, rowsMin: number): void {
    if (!this.indexer.busy && this.tail.length < rowsMin) return;
    // More when it falls behind.
    const behind = this.tail.length > 2 * this.sizes.segmentRows;
    this.indexSlice(behind ? budgetMs * 4 : budgetMs, rowsMin);
  }

  private indexSlice(budgetMs: number, rowsMin: number): void {
    const start = performance.now();
    this.unmeasured = 1;
    // An index need not be synced by itself: the sync of the next commit covers it, and until then the log tells the same.
    this.db.run("PRAGMA synchronous = NORMAL");
    try {
      this.indexer.run(budgetMs, rowsMin);
    } finally {
      this.db.run("PRAGMA synchronous = FULL");
    }
    const ms = performance.now() - start;
    this.stats.indexSlices += 1;
    this.stats.indexMs += ms;
    this.stats.indexMsMax = Math.max(this.stats.indexMsMax, ms);
    this.stats.tailRows = this.tail.length;
  }

  /** Copies the write-ahead log into the file if it is long enough; false if not. */
  private checkpoint(): boolean {
    if (this.unmeasured < 1) return false;
    this.unmeasured = 0;
    const wal = this.walState.get();
    if (wal === null || wal.log - wal.checkpointed < this.sizes.checkpointPages) return false;
    const start = performance.now();
    this.db.query("PRAGMA wal_checkpoint(PASSIVE)").get();
    const ms = performance.now() - start;
    this.stats.checkpoints += 1;
    this.stats.checkpointMs += ms;
    this.stats.checkpointMsMax = Math.max(this.stats.checkpointMsMax, ms);
    return true;
  }

  /** Writes and syncs something small, to find out whether writing works again. Throws a StoreError if not. */
  probe(): void {
    if (this.lost !== undefined) throw this.lost;
    try {
      this.db.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('probe', randomblob(16384))");
      this.db.run("DELETE FROM meta WHERE key = 'probe'");
    } catch (error) {
      this.noteLoss(error);
      if (this.db.inTransaction) this.db.run("ROLLBACK");
      throw storeErrorOf(error) ?? error;
    }
  }

  /** Leaves little to read back at the next start, then closes. */
  close(): void {
    try {
      while (
        this.lost === undefined &&
        (this.indexer.busy || this.tail.length >= this.sizes.restRows)
      )
        this.indexSlice(100, this.sizes.restRows);
    } catch (error) {
      // What is not indexed now will be read back at the next start.
      if (storeErrorOf(error) === undefined) throw error;
    } finally {
      this.release();
    }
  }

  /** More than usual only if a process with larger sizes left so many rows. */
  private tailCapacity(indexedTo: number): number {
    const newest =
      this.db.query<{ id: number | null }, []>("SELECT max(id) AS id FROM log").get()?.id ?? 0;
    let capacity = this.sizes.tailRows;
    while (capacity < newest - indexedTo) capacity *= 2;
    return capacity;
  }

  private numberOf(key: string): number {
    return (
      this.db.query<{ value: number }, [string]>("SELECT value FROM meta WHERE key = ?").get(key)
        ?.value ?? 0
    );
  }

  private salt(fresh: Uint8Array): Salt {
    this.db.run("INSERT INTO meta (key, value) VALUES ('salt', ?) ON CONFLICT (key) DO NOTHING", [
      fresh,
    ]);
    const bytes =
      this.db.query<{ value: Uint8Array }, []>("SELECT value FROM meta WHERE key = 'salt'").get()
        ?.value ?? fresh;
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    return { a: view.getUint32(0), b: view.getUint32(4) };
  }
}
