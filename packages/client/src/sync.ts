import type { Cursor, Limits, Params, Result, SyncedConversation } from "@godwit/protocol";
import type { Backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { type GodwitError, toGodwitError } from "./errors.ts";

export interface SyncPorts {
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** Newest messages wanted with each conversation. */
  readonly messages: number;
  readonly limits: Limits;
  /** What this client has, by conversation id. */
  cursors(): Cursor[];
  /** Whether more than messages may have been missed there: it is asked for although nothing may have been written in it. */
  doubtful(conversation: string): boolean;
  request(params: Params<"sync">): Promise<Result<"sync">>;
  /** `cursors` are those that the page was asked for with. */
  page(conversations: SyncedConversation[], cursors: readonly Cursor[]): void;
  /** The user is no longer in these. */
  gone(conversations: readonly string[]): void;
  done(): void;
  failed(error: GodwitError): void;
}

/** Asks the server for every conversation that moved, page by page, until it is through; begins again after a loss or a new demand. */
export class Sync {
  readonly #ports: SyncPorts;
  #needed = false;
  #online = false;
  /** Counts runs, so that the answers to an abandoned one are ignored. */
  #run = 0;
  #running = false;
  #cancelRetry: (() => void) | undefined;

  constructor(ports: SyncPorts) {
    this.#ports = ports;
  }

  /** The connection is there; `required` if the session could not be resumed whole. */
  online(required: boolean): void {
    this.#online = true;
    this.#needed ||= required;
    this.#start();
  }

  offline(): void {
    this.#online = this.#running = false;
    this.#run++;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  /** Events were missed. A run under way is abandoned: it may have passed what moved since. */
  require(): void {
    this.#needed = true;
    this.#running = false;
    this.#start();
  }

  #start(): void {
    if (!this.#needed || !this.#online || this.#running || this.#cancelRetry) return;
    this.#running = true;
    void this.#pages(++this.#run);
  }

  async #pages(run: number): Promise<void> {
    let after: string | undefined;
    try {
      for (;;) {
        const cursors = this.#cursors(after);
        const page = await this.#ports.request(this.#params(after, cursors));
        if (run !== this.#run) return;
        this.#ports.page(page.conversations, cursors);
        this.#ports.gone(page.gone ?? []);
        if (!page.partial) break;
        const next = page.next ?? page.conversations.at(-1)?.conversation.id;
        // A page that does not move on would be asked for without end.
        if (next === undefined || next === after) break;
        after = next;
      }
      this.#needed = this.#running = false;
      this.#ports.backoff.reset();
      this.#ports.done();
    } catch (thrown) {
      if (run === this.#run) this.#retry(toGodwitError(thrown, "protocol_failed"));
    }
  }

  /** Pages come by ascending id, so each needs only the cursors beyond the last one. */
  #cursors(after: string | undefined): Cursor[] {
    const { cursors, limits } = this.#ports;
    return cursors()
      .filter((cursor) => after === undefined || cursor.conversation > after)
      .slice(0, limits.syncCursorsMax);
  }

  #params(after: string | undefined, cursors: readonly Cursor[]): Params<"sync"> {
    const { limits, messages, doubtful } = this.#ports;
    return {
      // Who has nothing gets the conversation as it is now, and messages that are passed over.
      cursors: cursors.map(({ conversation, seq }) => ({
        conversation,
        seq: doubtful(conversation) ? 0 : seq,
      })),
      limit: limits.syncPageMax,
      messages: Math.min(messages, limits.syncMessagesMax),
      ...(after === undefined ? {} : { after }),
    };
  }

  #retry(error: GodwitError): void {
    this.#running = false;
    // The next connection starts it again.
    if (error.name === "offline" || error.name === "connection_lost" || error.name === "closed")
      return;
    if (!error.retryable) this.#ports.failed(error);
    this.#cancelRetry = this.#ports.clock.after(
      this.#ports.backoff.next(error.retryAfterMs),
      () => {
        this.#cancelRetry = undefined;
        this.#start();
      },
    );
  }
}
