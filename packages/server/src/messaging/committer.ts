import { AuthError } from "../accounts/accounts.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import {
  StoreError,
  type Appended,
  type MessageStore,
  type NewMessage,
  type StoredMessage,
} from "../store/port.ts";
import { Lanes, type LanesConfig } from "./lanes.ts";
import type { Outcome, Refusal, Source, Submission } from "./submission.ts";

export interface CommitterConfig extends LanesConfig {
  /** Longest time that a normal message waits for company in its group commit. */
  readonly commitWindowMs: number;
  readonly batchEntriesMax: number;
}

export interface CommitterStats {
  batches: number;
  messages: number;
  duplicates: number;
  refusedBusy: number;
  failed: number;
  /** What threw while outcomes were told and messages announced. */
  faults: number;
}

/** As many messages make a commit worth its sync; fewer wait for the window. */
const batchEntriesWorthwhile = 512;
/** After a pause of so many windows no company is to be expected: who comes then does not wait for it. */
const pauseWindows = 5;
/** Above this fill the sender's connection is no longer read; below the other one it is read again. */
const pauseFill = 0.5;
const resumeFill = 0.25;

/**
 * Takes submissions from the lanes to the store, and tells the outcome: append → acknowledge → announce, batch by batch.
 *
 * At most one normal and one important batch are with the store at a time, so a batch is as large as what arrived during the last commit and a short
 * window: the busier, the larger. Who comes after a pause does not wait for the window. An important batch waits neither for the window nor for the normal one.
 */
export class Committer {
  readonly lanes: Lanes;
  readonly stats: CommitterStats = {
    batches: 0,
    messages: 0,
    duplicates: 0,
    refusedBusy: 0,
    failed: 0,
    faults: 0,
  };
  readonly #config: CommitterConfig;
  readonly #store: MessageStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #announce: (message: StoredMessage, submission: Submission) => void;
  /** True from a failed append to the next one that went well. */
  #failing = false;
  #normalBusy = false;
  #importantBusy = false;
  #window: (() => void) | undefined;
  #windowOver = false;
  /** When the last batch of normal messages was taken; monotonic milliseconds. */
  #takenAtMs: number;
  /** Messages of each lane that the store has answered for. */
  readonly #answered = { normal: 0, important: 0 };
  #waiters: { readonly isOver: () => boolean; readonly resolve: () => void }[] = [];
  readonly #paused = new Set<Source>();
  /** Messages per millisecond that left lately, for an honest retry time. */
  #ratePerMs = 10;

  /** `announce` is called for each message committed now, in commit order within its lane, after its sender was told. */
  constructor(deps: {
    config: CommitterConfig;
    store: MessageStore;
    clock: Clock;
    log: Log;
    announce: (message: StoredMessage, submission: Submission) => void;
  }) {
    this.#config = deps.config;
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#announce = deps.announce;
    this.lanes = new Lanes(deps.config);
    this.#takenAtMs = deps.clock.monotonic();
  }

  /** Accepts a submission into the ring, or refuses it with `busy`: before it is accepted, never after. */
  submit(submission: Submission): Refusal | undefined {
    if (!this.lanes.offer(submission)) {
      this.stats.refusedBusy++;
      return { error: "busy", retryAfterMs: this.retryAfterMs() };
    }
    if (submission.message.priority === "important") this.#sendImportant();
    else this.#schedule();
    return undefined;
  }

  /**
   * Back-pressure: stops reading from this sender until the ring has emptied, if it is filling. Not for an important message, whose lane is another: who sends
   * nothing else is always read.
   */
  pauseIfFilling(connection: Source | undefined, { priority }: Pick<NewMessage, "priority">): void {
    if (
      connection === undefined ||
      priority === "important" ||
      this.lanes.normal.fill < pauseFill ||
      this.#paused.has(connection)
    )
      return;
    this.#paused.add(connection);
    connection.pause();
  }

  /** Milliseconds after which the ring should have room again. */
  retryAfterMs(): number {
    return Math.min(5_000, Math.max(50, Math.ceil(this.lanes.normal.length / this.#ratePerMs)));
  }

  /** True while nothing that was accepted waits for its outcome. */
  get idle(): boolean {
    return this.lanes.length === 0 && !this.#normalBusy && !this.#importantBusy;
  }

  /** Resolves when everything accepted so far has its outcome. */
  settled(): Promise<void> {
    return this.#until(() => this.idle);
  }

  /**
   * The outcome of a message that was stored before; undefined if it was not, and a refusal to be retried if the store does not say. Waits for what its lane
   * has accepted so far, because the first attempt may be among it.
   */
  async find(message: NewMessage): Promise<Outcome | undefined> {
    const { priority } = message;
    const accepted = this.lanes[priority].offered;
    await this.#until(() => this.#answered[priority] >= accepted);
    try {
      const found = await this.#store.find(message);
      if (found === undefined || !("seq" in found)) return undefined;
      this.stats.duplicates++;
      return found;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.error === "internal") this.#log.error({ error }, "find failed");
      return refusal;
    }
  }

  #until(isOver: () => boolean): Promise<void> {
    if (isOver()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ isOver, resolve }));
  }

  /**
   * Sends a batch if there is enough for one or its first message has waited for the window; not while one is with the store. The window runs meanwhile,
   * so that what came in during a slow commit goes as soon as that is over.
   */
  #schedule(): void {
    const waiting = this.lanes.normal.length;
    if (waiting === 0) return;
    if (waiting >= batchEntriesWorthwhile || this.#windowOver) this.#sendNormal();
    else if (this.#window === undefined) this.#openWindow();
  }

  #openWindow(): void {
    const { commitWindowMs } = this.#config;
    const close = () => {
      if (this.#window === undefined) return;
      this.#windowOver = true;
      this.#sendNormal();
    };
    this.#window = this.#clock.after(commitWindowMs, close);
    if (this.#clock.monotonic() - this.#takenAtMs >= pauseWindows * commitWindowMs)
      // With what else has come in the same turn.
      queueMicrotask(close);
  }

  #sendNormal(): void {
    if (this.#normalBusy || this.lanes.normal.length === 0) return;
    this.#window?.();
    this.#window = undefined;
    this.#windowOver = false;
    this.#normalBusy = true;
    const startedMs = this.#clock.monotonic();
    this.#takenAtMs = startedMs;
    const batch = this.lanes.normal.take(this.#config.batchEntriesMax);
    void this.#commit(batch, () => {
      const elapsedMs = Math.max(0.1, this.#clock.monotonic() - startedMs);
      this.#ratePerMs = this.#ratePerMs * 0.9 + (batch.length / elapsedMs) * 0.1;
      this.#normalBusy = false;
      this.#resumeSenders();
      this.#schedule();
    });
  }

  #sendImportant(): void {
    if (this.#importantBusy || this.lanes.important.length === 0) return;
    this.#importantBusy = true;
    void this.#commit(this.lanes.important.take(this.#config.batchEntriesMax), () => {
      this.#importantBusy = false;
      this.#sendImportant();
    });
  }

  /**
   * The second half of the send pipeline, on a whole batch: append, acknowledge, announce. `next` is called once the store is free again, so that it has
   * the next batch while this one is told to everybody. Never rejects.
   */
  async #commit(batch: readonly Submission[], next: () => void): Promise<void> {
    let appended: readonly Appended[] | undefined;
    let refusal: Refusal | undefined;
    try {
      appended = await this.#store.append(batch.map((submission) => submission.message));
      if (this.#failing)
        this.#log.info({ failed: this.stats.failed }, "the store takes messages again");
      this.#failing = false;
    } catch (error) {
      refusal = refusalOf(error);
      this.#logFailure(error);
      this.#failing = true;
    }
    this.#answered[batch[0]?.message.priority ?? "normal"] += batch.length;
    next();
    if (appended === undefined) this.#refuse(batch, refusal ?? { error: "internal" });
    else this.#tell(batch, appended);
    this.#settleWaiters();
  }

  /** Once per trouble: while a disk is full, every batch fails the same way. */
  #logFailure(error: unknown): void {
    if (!(error instanceof StoreError)) this.#log.error({ error }, "append failed");
    else if (!this.#failing) {
      const { reason, message: detail } = error;
      this.#log.error({ reason, detail }, "append failed");
    }
  }

  #refuse(batch: readonly Submission[], refusal: Refusal): void {
    this.stats.failed += batch.length;
    for (const submission of batch) this.#settle(submission, refusal);
  }

  #tell(batch: readonly Submission[], appended: readonly Appended[]): void {
    this.stats.batches++;
    for (let index = 0; index < batch.length; index++) {
      const submission = batch[index] as Submission;
      const result = appended[index] as Appended;
      const { message } = submission;
      this.#settle(submission, outcomeOf(result, message));
      if (result.status === "stored") {
        this.stats.messages++;
        this.#hand(stored(message, result), submission);
      } else if (result.status === "duplicate") this.stats.duplicates++;
    }
  }

  /** Whatever one receiver's end throws, what is committed is told to all others, and the next batch goes on. */
  #settle({ origin, request, source, message }: Submission, outcome: Outcome): void {
    try {
      origin.settle(request, message.conversation, outcome, source);
    } catch (error) {
      this.#fault(error, message, "acknowledge");
    }
  }

  #hand(message: StoredMessage, submission: Submission): void {
    try {
      this.#announce(message, submission);
    } catch (error) {
      this.#fault(error, message, "announce");
    }
  }

  #fault(error: unknown, about: NewMessage | StoredMessage, step: string): void {
    this.stats.faults++;
    const { conversation, sender, clientId } = about;
    this.#log.error({ error, step, conversation, sender, clientId }, "telling an outcome failed");
  }

  #resumeSenders(): void {
    if (this.#paused.size === 0 || this.lanes.normal.fill > resumeFill) return;
    const paused = [...this.#paused];
    this.#paused.clear();
    for (const connection of paused) {
      try {
        connection.resume();
      } catch (error) {
        this.stats.faults++;
        this.#log.error({ error }, "a connection could not be read again");
      }
    }
  }

  #settleWaiters(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (waiter.isOver()) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }
}

function outcomeOf(result: Appended, message: NewMessage): Outcome {
  if ("seq" in result) return result;
  if (result.status !== "unknown") return { error: result.status };
  return {
    error: "conversation_unknown",
    detail: `There is no conversation ${message.conversation}.`,
  };
}

/** What a failed call of the accounts or the store means to a client. Nothing of a store's call was stored, so all of those may be retried. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof AuthError)
    return { error: error.reason, detail: error.message, retryAfterMs: error.retryAfterMs };
  if (!(error instanceof StoreError)) return { error: "internal" };
  if (error.reason === "full") return { error: "storage_full", retryAfterMs: 5_000 };
  if (error.reason === "closed") return { error: "shutting_down" };
  return { error: "storage_unavailable", retryAfterMs: 1_000 };
}

function stored(message: NewMessage, at: { seq: number; id: number; time: number }): StoredMessage {
  return {
    conversation: message.conversation,
    seq: at.seq,
    id: at.id,
    sender: message.sender,
    device: message.device,
    clientId: message.clientId,
    clientSeq: message.clientSeq,
    time: at.time,
    kind: message.kind,
    content: message.content,
    priority: message.priority,
    mentions: message.mentions,
    replyTo: message.replyTo,
    expiresAt: message.expiresAt,
  };
}
