import type { Codec, Message } from "@godwit/protocol";
import type { Backoff } from "./backoff.ts";
import { quiet } from "./chat.ts";
import type { Clock } from "./clock.ts";
import type { Commands } from "./commands.ts";
import { draftEntry } from "./draft.ts";
import { clientError, type GodwitError } from "./errors.ts";
import type { Journal } from "./journal.ts";
import { type Draft, Outbox, type OutboxUpdate, type Sending, type Sent } from "./outbox.ts";
import type { OutboxEntry, StoredState } from "./storage.ts";

export interface OutboundPorts {
  readonly clock: Clock;
  readonly backoff: () => Backoff;
  readonly codec: Codec;
  readonly commands: Commands;
  readonly journal: Journal;
  uuid(): string;
  update(update: OutboxUpdate): void;
  /** An own message has its place in its conversation. */
  acknowledged(message: Omit<Message, "sender" | "device">): void;
}

export interface OutboundOptions {
  readonly entriesMax: number;
  readonly perConversationMax: number;
}

/** Own messages on their way over all conversations. */
const inFlightMax = 64;
const ageMaxMs = 72 * 3_600_000;

/** What goes out: drafts become numbered, stored entries of the outbox, as soon as the storage has told where the numbers go on. */
export class Outbound {
  readonly #ports: OutboundPorts;
  readonly #entriesMax: number;
  readonly #outbox: Outbox;
  #clientSeq = 0;
  /** What waits for the storage to be loaded; undefined once it is. */
  #beforeLoad: (() => void)[] | undefined = [];

  constructor(ports: OutboundPorts, options: OutboundOptions) {
    this.#ports = ports;
    this.#entriesMax = options.entriesMax;
    this.#outbox = new Outbox(
      {
        clock: ports.clock,
        store: (entry, done) => ports.journal.put({ type: "queued", entry }, done),
        forget: (clientId) => ports.journal.put({ type: "settled", clientId }),
        send: (params) => ports.commands.now("send", params),
        update: (update) => this.#updated(update),
      },
      { ...options, inFlightMax, ageMaxMs, backoff: ports.backoff() },
    );
  }

  get entries(): OutboxEntry[] {
    return this.#outbox.entries;
  }

  restore(state: StoredState): void {
    this.#clientSeq = state.clientSeq;
    this.#outbox.restore(state.entries.values());
    this.#loaded();
  }

  online(): void {
    this.#outbox.online();
  }

  offline(): void {
    this.#outbox.offline();
  }

  cancel(clientId: string): boolean {
    return this.#outbox.cancel(clientId);
  }

  /** Rejects what waits; what is stored stays there. */
  close(error: GodwitError): void {
    this.#outbox.close(error);
    this.#loaded();
  }

  send(conversation: string, draft: Draft): Sending {
    const clientId = (typeof draft === "object" && draft.clientId) || this.#ports.uuid();
    const sent = new Promise<Sent>((resolve, reject) => {
      // Copied now, so that what the application does with its draft later changes nothing; numbered when the storage is there.
      const ids = { clientId, clientSeq: 1, createdAt: this.#ports.clock.now() };
      const entry = draftEntry(conversation, draft, ids, this.#ports.codec);
      const add = (): void => {
        this.#outbox.add({ ...entry, clientSeq: ++this.#clientSeq }).then(resolve, reject);
      };
      if (!this.#beforeLoad) add();
      else if (this.#beforeLoad.length >= this.#entriesMax) reject(clientError("outbox_full"));
      else this.#beforeLoad.push(add);
    });
    return Object.assign(quiet(sent), { clientId });
  }

  #loaded(): void {
    const waiting = this.#beforeLoad ?? [];
    this.#beforeLoad = undefined;
    for (const add of waiting) add();
  }

  #updated(update: OutboxUpdate): void {
    this.#ports.update(update);
    if (update.state !== "acknowledged") return;
    const { createdAt: _, ...message } = update.entry;
    const { seq, messageId, time } = update.sent;
    this.#ports.acknowledged({ ...message, seq, id: messageId, time });
  }
}
