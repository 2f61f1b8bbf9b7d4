import type { Backend } from "../backend.ts";
import type { Chats } from "./chats.ts";

export interface RefresherPorts {
  readonly chats: Chats;
  backend(): Backend | undefined;
  /** Conversations that somebody looks at. */
  watched(): readonly string[];
  after(ms: number, callback: () => void): () => void;
}

const gatherMs = 400;
/** Conversations that wait to be asked about; the others are found by the next whole refresh. */
const staleMax = 100;
const recentMax = 20;
/** Rows of the list whose newest message is fetched if nobody has said it. */
const lastMax = 60;
const lastAfterMs = 1_500;

/**
 * Asks the server how conversations are, where events do not say it: at the start all of them, after a lost connection those that are looked at and the
 * newest ones (receipts are not repeated to a new session), and single ones that something hints at.
 */
export class Refresher {
  readonly #ports: RefresherPorts;
  readonly #stale = new Set<string>();
  #gathering = false;
  #complete: Backend | undefined;
  #running = false;

  constructor(ports: RefresherPorts) {
    this.#ports = ports;
  }

  /** A conversation is not as it was. */
  stale(id: string): void {
    if (this.#stale.size < staleMax) this.#stale.add(id);
    if (this.#gathering) return;
    this.#gathering = true;
    this.#ports.after(gatherMs, () => {
      this.#gathering = false;
      void this.#ask();
    });
  }

  /** There is a connection (again). */
  online(): void {
    const backend = this.#ports.backend();
    if (!backend) return;
    if (this.#complete !== backend) return void this.#askAll(backend);
    const recent = [...this.#ports.chats.records]
      .filter(({ gone }) => !gone)
      .sort((a, b) => b.lastTime - a.lastTime)
      .slice(0, recentMax);
    for (const id of [...this.#ports.watched(), ...recent.map(({ id }) => id)]) this.stale(id);
  }

  async #askAll(backend: Backend): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const known = new Map([...this.#ports.chats.records].map(({ id, lastSeq }) => [id, lastSeq]));
    try {
      for (const conversation of await backend.call("conversations")) {
        if (this.#ports.backend() !== backend) break;
        this.#describe(backend, conversation, known.get(conversation.id));
      }
      this.#complete = backend;
      this.#ports.after(lastAfterMs, () => void this.#fetchLast(backend));
    } catch {
      // The connection is gone again; the next one begins anew.
    }
    this.#running = false;
  }

  async #ask(): Promise<void> {
    const ids = [...this.#stale];
    this.#stale.clear();
    const backend = this.#ports.backend();
    for (const id of ids) {
      if (!backend || this.#ports.backend() !== backend) return;
      const known = this.#ports.chats.record(id)?.lastSeq;
      try {
        this.#describe(backend, await backend.call("info", id), known);
      } catch {
        // Left, dissolved, or no connection: events and the next refresh tell.
      }
    }
  }

  #describe(
    backend: Backend,
    conversation: Parameters<Chats["describe"]>[0],
    askedAtSeq = 0,
  ): void {
    const { id, read } = conversation;
    const known = this.#ports.chats.record(id);
    this.#ports.chats.describe(conversation, askedAtSeq);
    // Read here without a connection, and never told.
    if (known && known.read > read && known.read <= conversation.lastSeq)
      backend.call("read", { conversation: id, seq: known.read }).catch(() => {});
  }

  /** The newest message of conversations of which no message came by itself: this device has had it, and the cache has lost it. */
  async #fetchLast(backend: Backend): Promise<void> {
    const bare = [...this.#ports.chats.records]
      .filter(({ last, lastSeq, gone }) => !gone && lastSeq > (last?.seq ?? 0))
      .sort((a, b) => b.lastTime - a.lastTime)
      .slice(0, lastMax);
    for (const { id } of bare) {
      if (this.#ports.backend() !== backend) return;
      try {
        const { messages } = await backend.call("page", { conversation: id, limit: 1 });
        this.#ports.chats.apply(messages.map((message) => ({ type: "message", message })));
      } catch {
        return;
      }
    }
  }
}
