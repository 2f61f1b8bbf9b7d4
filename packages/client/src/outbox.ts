import type { Content, ContentKind, Params, Priority, Result } from "@godwit/protocol";
import type { Backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { clientError, type GodwitError } from "./errors.ts";
import type { OutboxEntry } from "./storage.ts";

/** What to send: a text, or content by kind, with options beside it. */
export type Draft =
  | string
  | (DraftOptions & { text: string })
  | (DraftOptions & { kind: Exclude<ContentKind, "system">; content: Content });

export interface DraftOptions {
  /**
   * The message's id, an RFC 9562 UUID version 4 in lower case; by default a new one. Handing the same one in again, with the same content, never makes a second
   * message: what is still queued is queued once, and what the server has stored before fails with `conflict`.
   */
  clientId?: string;
  /** `important` messages are never shed and are synced to disk in a batch of their own. */
  priority?: Priority;
  /** User ids, or `*` for everyone. */
  mentions?: string[];
  /** The seq of the message that this one answers. */
  replyTo?: number;
  /** Milliseconds since the epoch after which the message is not shown any more. */
  expiresAt?: number;
}

/** The acknowledgement: the message is committed and synced to disk. */
export interface Sent {
  readonly clientId: string;
  readonly conversation: string;
  readonly seq: number;
  readonly messageId: number;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly time: number;
}

/** A promise of the acknowledgement, which knows the message's id from the start. It may be left alone: a failure is also an `outbox` event. */
export type Sending = Promise<Sent> & { readonly clientId: string };

/** A step in the life of an own message. */
export type OutboxUpdate =
  | { readonly state: "queued" | "sent"; readonly entry: OutboxEntry }
  | { readonly state: "acknowledged"; readonly entry: OutboxEntry; readonly sent: Sent }
  | { readonly state: "failed"; readonly entry: OutboxEntry; readonly error: GodwitError };

export interface OutboxPorts {
  readonly clock: Clock;
  /** Stores an entry, calls back when that is done. */
  store(entry: OutboxEntry, done: (error?: GodwitError) => void): void;
  forget(clientId: string): void;
  /** Hands the command to the connection; rejects with `offline` if there is none. */
  send(params: Params<"send">): Promise<Result<"send">>;
  update(update: OutboxUpdate): void;
}

export interface OutboxLimits {
  readonly entriesMax: number;
  readonly perConversationMax: number;
  /** Over all conversations. */
  readonly inFlightMax: number;
  /** A message that could not be sent for so long fails with `outbox_expired`. */
  readonly ageMaxMs: number;
  readonly backoff: Backoff;
}

interface Slot {
  readonly entry: OutboxEntry;
  phase: "storing" | "ready" | "inFlight";
  /** Refusals that may be this message's own fault. */
  faults: number;
  settle?: { resolve(sent: Sent): void; reject(error: GodwitError): void };
}

/** Refusals that pass by themselves; every other error is for the application to decide about. */
const transient: ReadonlySet<string> = new Set([
  "busy",
  "rate_limited",
  "storage_full",
  "storage_unavailable",
  "shutting_down",
]);
/** Refusals that pass, unless this very message causes them: retried so often only, that it does not block the others for good. */
const suspect: ReadonlySet<string> = new Set(["internal", "timeout"]);
const faultsMax = 5;
const offlineNames: ReadonlySet<string> = new Set(["offline", "connection_lost", "closed"]);

/**
 * Own messages on their way to the server, in the order in which they were handed in. An entry is stored before it is sent, keeps its
 * ids through every retry, and leaves when the server has acknowledged it or refused it for good.
 */
export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #limits: OutboxLimits;
  readonly #slots = new Map<string, Slot>();
  #online = false;
  #closedBy: GodwitError | undefined;
  #cancelPause: (() => void) | undefined;
  #pumping = false;

  constructor(ports: OutboxPorts, limits: OutboxLimits) {
    this.#ports = ports;
    this.#limits = limits;
  }

  /** Entries that are not settled yet, oldest first. */
  get entries(): OutboxEntry[] {
    return [...this.#slots.values()].map((slot) => slot.entry);
  }

  /** Takes in what an earlier run left behind. */
  restore(entries: Iterable<OutboxEntry>): void {
    const later = [...this.#slots];
    this.#slots.clear();
    for (const entry of entries) {
      this.#slots.set(entry.clientId, { entry, phase: "ready", faults: 0 });
      this.#ports.update({ state: "queued", entry });
    }
    for (const [clientId, slot] of later) this.#slots.set(clientId, slot);
    this.#pump();
  }

  /** Queues a message; settles with the server's answer. @throws GodwitError `outbox_full`, `closed` (as a rejection) */
  add(entry: OutboxEntry): Promise<Sent> {
    return new Promise((resolve, reject) => {
      if (this.#closedBy) return reject(this.#closedBy);
      const queued = this.#slots.get(entry.clientId);
      if (queued) return follow(queued, { resolve, reject });
      if (this.#slots.size >= this.#limits.entriesMax) return reject(clientError("outbox_full"));
      const slot: Slot = { entry, phase: "storing", faults: 0, settle: { resolve, reject } };
      this.#slots.set(entry.clientId, slot);
      this.#ports.update({ state: "queued", entry });
      this.#ports.store(entry, (error) => {
        if (this.#slots.get(entry.clientId) !== slot) return;
        if (error) return this.#fail(slot, error);
        slot.phase = "ready";
        this.#pump();
      });
    });
  }

  /** Withdraws a message that is not on its way. False if it is, or is unknown. */
  cancel(clientId: string): boolean {
    const slot = this.#slots.get(clientId);
    if (!slot || slot.phase === "inFlight") return false;
    this.#fail(slot, clientError("cancelled"));
    return true;
  }

  online(): void {
    this.#online = true;
    this.#resume();
  }

  /** What was in flight is sent again, in its old place, when the connection is back. */
  offline(): void {
    this.#online = false;
  }

  /** Rejects what waits; the entries stay in the storage for the next client. */
  close(error: GodwitError): void {
    this.#closedBy = error;
    this.#online = false;
    this.#cancelPause?.();
    for (const slot of this.#slots.values()) slot.settle?.reject(error);
    this.#slots.clear();
  }

  #resume(): void {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    this.#pump();
  }

  #pump(): void {
    // Sending may call back into here; the outer loop goes on then.
    if (this.#pumping) return;
    this.#pumping = true;
    const perConversation = new Map<string, number>();
    let inFlight = 0;
    for (const slot of this.#slots.values()) if (slot.phase === "inFlight") inFlight++;
    for (const slot of this.#slots.values()) {
      if (!this.#online || this.#cancelPause || inFlight >= this.#limits.inFlightMax) break;
      const { conversation } = slot.entry;
      const before = perConversation.get(conversation) ?? 0;
      if (before >= this.#limits.perConversationMax) continue;
      perConversation.set(conversation, before + 1);
      if (slot.phase === "inFlight") continue;
      // A later message of this conversation must not overtake one that is still being stored.
      if (slot.phase === "storing") perConversation.set(conversation, Infinity);
      else if (this.#expired(slot)) perConversation.set(conversation, before);
      else {
        inFlight++;
        this.#transmit(slot);
      }
    }
    this.#pumping = false;
  }

  #expired(slot: Slot): boolean {
    if (this.#ports.clock.now() - slot.entry.createdAt <= this.#limits.ageMaxMs) return false;
    this.#fail(slot, clientError("outbox_expired"));
    return true;
  }

  #transmit(slot: Slot): void {
    slot.phase = "inFlight";
    const { createdAt: _, ...params } = slot.entry;
    this.#ports.update({ state: "sent", entry: slot.entry });
    this.#ports.send(params).then(
      (result) => this.#acknowledged(slot, result),
      (error: GodwitError) => this.#refused(slot, error),
    );
  }

  #acknowledged(slot: Slot, result: Result<"send">): void {
    if (!this.#remove(slot)) return;
    this.#limits.backoff.reset();
    const { clientId } = slot.entry;
    const { conversation, seq, messageId, time } = result;
    const sent: Sent = { clientId, conversation, seq, messageId, time };
    slot.settle?.resolve(sent);
    this.#ports.update({ state: "acknowledged", entry: slot.entry, sent });
    this.#pump();
  }

  #refused(slot: Slot, error: GodwitError): void {
    if (this.#slots.get(slot.entry.clientId) !== slot) return;
    slot.phase = "ready";
    if (offlineNames.has(error.name)) {
      // `online` comes after the next welcome; until then there is nothing to do.
      this.#ports.update({ state: "queued", entry: slot.entry });
      if (error.name === "connection_lost") this.#pump();
    } else if (
      transient.has(error.name) ||
      (suspect.has(error.name) && ++slot.faults < faultsMax)
    ) {
      this.#ports.update({ state: "queued", entry: slot.entry });
      this.#pause(this.#limits.backoff.next(error.retryAfterMs));
    } else {
      this.#fail(slot, error);
      this.#pump();
    }
  }

  /** Holds everything back: what one message was refused for, the next one would be too. */
  #pause(ms: number): void {
    this.#cancelPause?.();
    this.#cancelPause = this.#ports.clock.after(ms, () => this.#resume());
  }

  #fail(slot: Slot, error: GodwitError): void {
    if (!this.#remove(slot)) return;
    slot.settle?.reject(error);
    this.#ports.update({ state: "failed", entry: slot.entry, error });
  }

  #remove(slot: Slot): boolean {
    const { clientId } = slot.entry;
    if (this.#slots.get(clientId) !== slot) return false;
    this.#slots.delete(clientId);
    this.#ports.forget(clientId);
    return true;
  }
}

/** Settles another promise along with the one that waits for this entry. */
function follow(slot: Slot, later: NonNullable<Slot["settle"]>): void {
  const { settle: first } = slot;
  slot.settle = {
    resolve(sent) {
      first?.resolve(sent);
      later.resolve(sent);
    },
    reject(error) {
      first?.reject(error);
      later.reject(error);
    },
  };
}
