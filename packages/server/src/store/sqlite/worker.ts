/** The writer's thread: owns the database. Writes that wait are committed together; reads and upkeep get their turns in between. */
import { StoreError } from "../port.ts";
import type { ReadCalls, WriteCalls } from "./calls.ts";
import { Engine, type Outcome, type WriteJob } from "./engine.ts";
import { storeErrorOf } from "./errors.ts";
import type { Failure, FromWorker, Reply, ToWorker } from "./wire.ts";

declare const self: Worker;

/** How long reads, and upkeep, may keep writes waiting. */
const readBudgetMs = 2;
const upkeepBudgetMs = 1;
/** With nothing to do for this long, what waits in the tail is indexed. */
const idleMs = 2_000;
/** How often writing is tried again while the disk refuses. */
const probeMs = 1_000;

type Pending = { readonly id: number; readonly job: WriteJob };
type Read = {
  readonly id: number;
  readonly run: () => unknown;
  progress: Iterator<undefined, unknown, undefined> | undefined;
};

class Writer {
  private readonly engine: Engine;
  /** By slot. */
  private readonly buffers: SharedArrayBuffer[] = [];
  private readonly writes: Pending[] = [];
  private readonly reads: Read[] = [];
  private readonly replies: Reply[] = [];
  /** Appends whose outcomes are in their buffers. */
  private readonly appended: number[] = [];
  private closing: number | undefined;
  private failing = false;
  private upkeepDue = false;
  private scheduled = false;
  private idleTimer: ReturnType<typeof setTimeout> | undefined;
  private restingSinceMs = 0;
  /** Runs while writing fails, whatever else is asked meanwhile: reads must not put off the recovery. */
  private probeTimer: ReturnType<typeof setInterval> | undefined;

  constructor(engine: Engine) {
    this.engine = engine;
    this.rest();
  }

  accept(message: ToWorker): void {
    switch (message.type) {
      case "buffer":
        this.buffers[message.slot] = message.buffer;
        return;
      case "texts":
        this.engine.learn(message.texts);
        return;
      case "append": {
        const { id, count } = message;
        const buffer = "slot" in message ? this.buffers[message.slot] : message.buffer;
        if (buffer === undefined) throw new Error("The buffer of a batch was never sent.");
        this.writes.push({ id, job: this.engine.accept({ buffer, count }) });
        break;
      }
      case "call": {
        const { id, name, args } = message;
        if (name in this.engine.reads) {
          const read = this.engine.reads[name as keyof ReadCalls] as (
            ...args: readonly unknown[]
          ) => unknown;
          this.reads.push({ id, run: () => read(...args), progress: undefined });
        } else {
          this.writes.push({ id, job: { type: "call", name: name as keyof WriteCalls, args } });
        }
        break;
      }
      case "stats":
        this.replies.push({ id: message.id, value: this.engine.stats });
        break;
      case "close":
        this.closing = message.id;
        break;
      case "open":
        throw new Error("The store is open already.");
    }
    this.schedule();
  }

  /** One turn after the messages that have arrived: they were taken in before a macrotask like this runs. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.turn();
    });
  }

  private turn(): void {
    if (this.writes.length > 0) this.commit();
    this.send();
    this.upkeep(false);
    if (this.reads.length > 0) this.engine.reading(() => this.serveReads());
    this.send();
    if (this.writes.length > 0 || this.reads.length > 0 || this.upkeepDue) this.schedule();
    else if (this.closing !== undefined) this.close(this.closing);
    else this.rest();
  }

  private commit(): void {
    const group = this.takeGroup();
    const outcomes = this.engine.commit(group.map(({ job }) => job));
    for (const [index, { id, job }] of group.entries()) this.reply(id, job, outcomes[index]);
    const failed = outcomes.find((outcome) => !outcome.ok && outcome.error instanceof StoreError);
    this.report(failed?.ok === false ? failed.error : undefined);
  }

  private takeGroup(): Pending[] {
    let count = 0;
    let rows = 0;
    for (const { job } of this.writes) {
      rows += job.type === "append" ? job.batch.count : 1;
      if (count > 0 && rows > this.engine.groupRowsMax) break;
      count += 1;
    }
    return this.writes.splice(0, count);
  }

  private reply(id: number, job: WriteJob, outcome: Outcome | undefined): void {
    if (outcome === undefined) throw new Error("A job has no outcome.");
    if (!outcome.ok) this.replies.push({ id, failure: failureOf(outcome.error) });
    else if (job.type === "call") this.replies.push({ id, value: outcome.value });
    else {
      new Float64Array(job.batch.buffer).set(outcome.value as Float64Array);
      this.appended.push(id);
    }
  }

  /** At least one slice of one read a turn, so that reads go on under any load of writes. A long one goes to the end of the queue after each slice. */
  private serveReads(): void {
    const deadline = performance.now() + readBudgetMs;
    do {
      const read = this.reads.shift();
      if (read === undefined) return;
      try {
        const value = this.advanceRead(read);
        if (value === pending) this.reads.push(read);
        else this.replies.push({ id: read.id, value });
      } catch (error) {
        this.replies.push({ id: read.id, failure: failureOf(error) });
      }
    } while (performance.now() < deadline);
  }

  private advanceRead(read: Read): unknown {
    if (read.progress === undefined) {
      const value = read.run();
      if (!isIterator(value)) return value;
      read.progress = value;
    }
    const step = read.progress.next();
    return step.done === true ? step.value : pending;
  }

  private upkeep(idle: boolean): void {
    if (this.failing) {
      // Or the turns would go round without a pause until the disk has recovered.
      this.upkeepDue = false;
      return;
    }
    try {
      this.upkeepDue = this.engine.maintain(upkeepBudgetMs, idle);
    } catch (error) {
      this.upkeepDue = false;
      this.report(error);
    }
  }

  /** Waits for messages; indexes what is left after a while. Moves no timer, since there may be hundreds of rests in a second. */
  private rest(): void {
    this.restingSinceMs = performance.now();
    this.idleTimer ??= setTimeout(() => this.idle(), idleMs);
  }

  private idle(): void {
    const leftMs = this.restingSinceMs + idleMs - performance.now();
    this.idleTimer = leftMs > 0 ? setTimeout(() => this.idle(), leftMs) : undefined;
    if (leftMs > 0) return;
    this.upkeep(true);
    if (this.upkeepDue) this.schedule();
  }

  /** Finds out whether a refusing disk has recovered. */
  private probe(): void {
    try {
      this.engine.probe();
      this.report(undefined);
    } catch (error) {
      this.report(error);
    }
  }

  /** Tells the other side when writing stops or starts to work. */
  private report(error: unknown): void {
    const failing = error !== undefined;
    if (failing === this.failing) return;
    this.failing = failing;
    if (failing) {
      this.probeTimer = setInterval(() => this.probe(), probeMs);
    } else {
      clearInterval(this.probeTimer);
      // For the upkeep that waited.
      this.schedule();
    }
    post({ type: "health", failure: failing ? failureOf(error) : undefined });
  }

  private send(): void {
    for (const id of this.appended) post({ type: "appended", id });
    this.appended.length = 0;
    if (this.replies.length === 0) return;
    post({ type: "replies", replies: this.replies });
    this.replies.length = 0;
  }

  private close(id: number): void {
    clearTimeout(this.idleTimer);
    clearInterval(this.probeTimer);
    let reply: Reply = { id, value: undefined };
    try {
      this.engine.close();
    } catch (error) {
      reply = { id, failure: failureOf(error) };
    }
    post({ type: "replies", replies: [reply] });
  }
}

const pending = Symbol("pending");

function isIterator(value: unknown): value is Iterator<undefined, unknown, undefined> {
  return typeof value === "object" && value !== null && "next" in value;
}

function failureOf(error: unknown): Failure {
  const known = storeErrorOf(error);
  if (known !== undefined) return { reason: known.reason, message: known.message };
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function post(message: FromWorker): void {
  self.postMessage(message);
}

let writer: Writer | undefined;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.type !== "open") {
    writer?.accept(data);
    return;
  }
  try {
    const engine = new Engine(data.options);
    writer = new Writer(engine);
    post({ type: "opened", checked: engine.checked });
  } catch (error) {
    post({ type: "refused", failure: failureOf(error) });
  }
};
