import type { PlainError } from "../errors.ts";
import type { OutboxNews } from "../link/events.ts";
import { newKey, type Outgoing, outgoingOf } from "./outgoing.ts";

export interface OutboxPorts {
  /** Hands a message to the connection; may be called again with the same key. Rejects if no tab could take it. */
  hand(outgoing: Outgoing): Promise<void>;
  /** Takes back what is not on its way. */
  cancel(key: string): Promise<boolean>;
  /** What waits in these conversations moved. */
  moved(conversations: ReadonlySet<string>): void;
  /** A refused message is to be kept, or forgotten, over reloads. */
  keepFailed(outgoing: Outgoing): void;
  dropFailed(key: string): void;
  now(): number;
}

/** Own messages of all conversations that have no place yet, by key, oldest first. */
export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #waiting = new Map<string, Outgoing>();
  /** Handed to the connection by this tab, without an answer so far. */
  readonly #unhanded = new Set<string>();

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
  }

  /** Refused messages that were kept. */
  restore(failed: readonly Outgoing[]): void {
    for (const outgoing of failed) this.#waiting.set(outgoing.key, outgoing);
    this.#tell(failed);
  }

  clear(): void {
    this.#waiting.clear();
    this.#unhanded.clear();
  }

  /** How many wait to be sent. */
  get queued(): number {
    let count = 0;
    for (const { failure, seq } of this.#waiting.values())
      if (failure === undefined && seq === undefined) count++;
    return count;
  }

  of(conversation: string): Outgoing[] {
    return [...this.#waiting.values()].filter((one) => one.conversation === conversation);
  }

  /** The one that was sent last of those that wait there. */
  newest(conversation: string): Outgoing | undefined {
    let newest: Outgoing | undefined;
    for (const one of this.#waiting.values())
      if (one.conversation === conversation && one.seq === undefined) newest = one;
    return newest;
  }

  send(
    conversation: string,
    text: string,
    { replyTo, mentions = [] }: { replyTo?: number; mentions?: readonly string[] } = {},
  ): void {
    this.#queue({
      key: newKey(),
      conversation,
      kind: "text",
      content: { text },
      time: this.#ports.now(),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(mentions.length === 0 ? {} : { mentions }),
    });
  }

  /** Sends a refused message again, under the same id: should the server have it after all, there is no second one. */
  retry(key: string): void {
    const refused = this.#waiting.get(key);
    if (refused?.failure === undefined) return;
    const { failure: _, ...outgoing } = refused;
    this.#waiting.delete(key);
    this.#ports.dropFailed(key);
    this.#queue({ ...outgoing, time: this.#ports.now() });
  }

  /** Takes a message away that was refused or is not on its way yet. */
  async discard(key: string): Promise<void> {
    const outgoing = this.#waiting.get(key);
    if (!outgoing) return;
    if (outgoing.failure !== undefined) {
      this.forget(key);
      this.#ports.dropFailed(key);
      return;
    }
    // Without a connection nobody can tell; what no tab has taken is here alone, since a hand-over that waited longer than this is over.
    const cancelled = await this.#ports.cancel(key).catch(() => false);
    if (cancelled || this.#unhanded.has(key)) this.forget(key);
  }

  /** Another tab has taken a refused message away, or it came back in its conversation's order. */
  forget(key: string): void {
    const outgoing = this.#waiting.get(key);
    if (!outgoing) return;
    this.#waiting.delete(key);
    this.#unhanded.delete(key);
    this.#tell([outgoing]);
  }

  apply(news: OutboxNews): void {
    const { entry } = news;
    const key = entry.clientId;
    const known = this.#waiting.get(key);
    switch (news.state) {
      case "queued":
      case "sent":
        this.#unhanded.delete(key);
        if (known && known.failure === undefined) return;
        if (known) this.#ports.dropFailed(key);
        return this.#put(outgoingOf(entry));
      case "acknowledged":
        return known && this.#put({ ...known, seq: news.sent.seq });
      case "failed":
        return this.#failed(known ?? outgoingOf(entry), news.error);
    }
  }

  /** What the connection has in its outbox, from the tab that leads: what it does not know any more has been stored, or is still to be handed over. */
  attached(keys: ReadonlySet<string>): void {
    for (const outgoing of this.#waiting.values()) {
      const { key, failure } = outgoing;
      if (failure !== undefined || keys.has(key)) continue;
      if (this.#unhanded.has(key)) void this.#hand(outgoing);
      else this.forget(key);
    }
  }

  #failed(outgoing: Outgoing, { name, message, retryable }: PlainError): void {
    // Withdrawn by somebody, or stored under this id by an earlier attempt.
    if (name === "cancelled" || name === "conflict") return this.forget(outgoing.key);
    const failed = { ...outgoing, failure: { name, message, retryable } };
    this.#put(failed);
    this.#ports.keepFailed(failed);
  }

  #queue(outgoing: Outgoing): void {
    this.#unhanded.add(outgoing.key);
    this.#put(outgoing);
    void this.#hand(outgoing);
  }

  async #hand(outgoing: Outgoing): Promise<void> {
    try {
      await this.#ports.hand(outgoing);
      this.#unhanded.delete(outgoing.key);
    } catch {
      // No tab holds the connection now: handed over again when one does.
    }
  }

  #put(outgoing: Outgoing): void {
    this.#waiting.set(outgoing.key, outgoing);
    this.#tell([outgoing]);
  }

  #tell(moved: readonly Outgoing[]): void {
    if (moved.length > 0) this.#ports.moved(new Set(moved.map(({ conversation }) => conversation)));
  }
}
