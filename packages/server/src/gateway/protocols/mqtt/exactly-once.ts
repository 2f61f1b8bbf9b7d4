import type { Flight } from "./outbound.ts";

/**
 * What is remembered of QoS 2 beyond the life of the server (MQTT 5.0 section 4.3.3). A client holds the packet identifier of a message until it is released, and takes
 * every PUBLISH under it for the same message. So that message must never come under another one, and nothing else under this one: which is which is durable before
 * the PUBLISH goes out, and that the client has it before the PUBREL does.
 */
export interface StoredExactlyOnce {
  /** By conversation, the newest message that was sent: up to it, what is not among the flights needs no delivery any more. */
  readonly sent: readonly (readonly [conversation: string, seq: number, id: number])[];
  readonly flights: readonly StoredFlight[];
}

type StoredFlight = Pick<Flight, "packetId" | "qos" | "conversation" | "seq" | "id" | "received">;

interface Sent {
  readonly seq: number;
  /** By commit order. */
  readonly id: number;
}

/** Conversations that are remembered; of more, what the one that moved longest ago has brought may come again after a crash. */
const sentMax = 2_000;

/** Of a session that got something at QoS 2 and is to outlive the server. */
export class ExactlyOnce {
  readonly #sent = new Map<string, Sent>();

  static of({ sent }: StoredExactlyOnce): ExactlyOnce {
    const exactlyOnce = new ExactlyOnce();
    for (const [conversation, seq, id] of sent) exactlyOnce.#sent.set(conversation, { seq, id });
    return exactlyOnce;
  }

  /** A message goes out, at whichever QoS. */
  sent(conversation: string, seq: number, id: number): void {
    if ((this.#sent.get(conversation)?.seq ?? 0) > seq) return;
    this.#sent.delete(conversation);
    this.#sent.set(conversation, { seq, id });
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= sentMax) break;
      this.#sent.delete(oldest);
    }
  }

  /** Whether what this has brought is known to be under way or through. */
  covers({ conversation, seq }: Pick<Flight, "conversation" | "seq">): boolean {
    return seq <= (this.#sent.get(conversation)?.seq ?? 0);
  }

  /** Where the store has to go on, by conversation. */
  upTo(): Map<string, number> {
    return new Map([...this.#sent].map(([conversation, { seq }]) => [conversation, seq]));
  }

  /** What is to be durable; undefined if there is nothing. Up to `lastId`, by commit order, everything is through. */
  stored(flights: readonly Flight[], lastId: number): StoredExactlyOnce | undefined {
    for (const [conversation, { id }] of this.#sent)
      if (id <= lastId) this.#sent.delete(conversation);
    const kept = flights.filter((flight) => flight.qos === 2 || this.covers(flight));
    if (kept.length === 0 && this.#sent.size === 0) return undefined;
    return {
      sent: [...this.#sent].map(([conversation, { seq, id }]) => [conversation, seq, id] as const),
      flights: kept.map(({ packetId, qos, conversation, seq, id, received }) => ({
        packetId,
        qos,
        conversation,
        seq,
        id,
        received,
      })),
    };
  }
}
