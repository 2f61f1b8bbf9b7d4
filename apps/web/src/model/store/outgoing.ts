import type { OutboxEntry } from "@godwit/client";
import type { Failure } from "../types.ts";

/** An own message that has no place in its conversation yet: queued, on its way, or refused. */
export interface Outgoing {
  /** The client's id of the message. */
  readonly key: string;
  readonly conversation: string;
  readonly kind: OutboxEntry["kind"];
  readonly content: Readonly<Record<string, unknown>>;
  readonly replyTo?: number;
  readonly mentions?: readonly string[];
  /** By this machine's clock, in milliseconds since the epoch. */
  readonly time: number;
  /** Set once the server has stored it, until it comes back in its conversation's order. */
  readonly seq?: number;
  readonly failure?: Failure;
}

/** An entry of the SDK's outbox as what is shown of it. */
export function outgoingOf(entry: OutboxEntry): Outgoing {
  const { clientId, conversation, kind, content, replyTo, mentions, createdAt } = entry;
  return {
    key: clientId,
    conversation,
    kind,
    content,
    time: createdAt,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(mentions === undefined ? {} : { mentions }),
  };
}

/** An RFC 9562 UUID version 4. `crypto.randomUUID` is not there on plain http in a local network. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, at) => {
    // Version and variant, RFC 9562 section 5.4.
    const value = at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte;
    return value.toString(16).padStart(2, "0");
  }).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
