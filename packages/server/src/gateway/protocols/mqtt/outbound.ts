import type { Qos } from "./wire/packets.ts";

/** A PUBLISH to the client that it has not acknowledged. */
export interface Flight {
  readonly packetId: number;
  readonly qos: Qos;
  /** Of the event in the session; -1 for what is none (retained messages, a client's own ones), or needs to be brought no more. */
  position: number;
  /** What the client has received once it acknowledges this; seq 0 if it is no message. */
  readonly conversation: string;
  readonly seq: number;
  /** Of the message, by commit order; 0 if the session is not behind without it. */
  id: number;
  /** QoS 2: PUBREC has come, and only the release of the packet identifier is left. */
  received: boolean;
  /** The packet, with DUP, of what no event brings again. */
  readonly again: Uint8Array | undefined;
}

/** Packet identifiers are 16 bits, and 0 is none. */
const packetIdMax = 0xffff;

/** What is under way to one client at QoS 1 and 2, oldest first. Outlives connections with the session. */
export class Outbound {
  /** Undefined until there is something: most sessions are idle. */
  #flights: Map<number, Flight> | undefined;
  #lastId = 0;

  get size(): number {
    return this.#flights?.size ?? 0;
  }

  /** The next packet identifier that is free; there is one as long as fewer are under way than there are. */
  nextId(): number {
    do this.#lastId = this.#lastId === packetIdMax ? 1 : this.#lastId + 1;
    while (this.#flights?.has(this.#lastId) === true);
    return this.#lastId;
  }

  add(flight: Flight): void {
    (this.#flights ??= new Map<number, Flight>()).set(flight.packetId, flight);
  }

  get(packetId: number): Flight | undefined {
    return this.#flights?.get(packetId);
  }

  end(packetId: number): void {
    this.#flights?.delete(packetId);
  }

  all(): Iterable<Flight> {
    return this.#flights?.values() ?? [];
  }

  /** Forgets events, because the session that would bring them again has ended. */
  dropEvents(): void {
    for (const flight of this.all()) if (flight.position >= 0) this.end(flight.packetId);
  }

  /** The oldest event that is not acknowledged; undefined if there is none. */
  oldest(): Flight | undefined {
    for (const flight of this.#flights?.values() ?? []) if (flight.position >= 0) return flight;
    return undefined;
  }
}
