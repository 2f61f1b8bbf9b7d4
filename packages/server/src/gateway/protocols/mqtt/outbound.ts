import type { Passing } from "./passing.ts";
import type { Route } from "./route.ts";
import type { Qos } from "./wire/packets.ts";

/** What no event brings again, as it was said. */
export interface Said {
  readonly passing: Passing;
  readonly way: Route;
  readonly retain: boolean;
}

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
  /** Undefined if an event brings it again, or its message has to be read. */
  readonly again: Said | undefined;
}

/** Packet identifiers are 16 bits, and 0 is none. */
const packetIdMax = 0xffff;

/**
 * What is under way to one client at QoS 1 and 2, oldest first. Outlives connections with the session. A list, because clients acknowledge in the order in which they
 * receive, and it is no longer than a window.
 */
export class Outbound {
  #flights: Flight[] = [];
  #lastId = 0;

  get size(): number {
    return this.#flights.length;
  }

  /** The next packet identifier that is free; there is one as long as fewer are under way than there are. */
  nextId(): number {
    do this.#lastId = this.#lastId === packetIdMax ? 1 : this.#lastId + 1;
    while (this.get(this.#lastId) !== undefined);
    return this.#lastId;
  }

  add(flight: Flight): void {
    this.#flights.push(flight);
  }

  get(packetId: number): Flight | undefined {
    const flights = this.#flights;
    for (let at = 0; at < flights.length; at++)
      if (flights[at]?.packetId === packetId) return flights[at];
    return undefined;
  }

  end(flight: Flight): void {
    const at = this.#flights.indexOf(flight);
    if (at === 0) this.#flights.shift();
    else if (at > 0) this.#flights.splice(at, 1);
  }

  all(): readonly Flight[] {
    return this.#flights;
  }

  /** Forgets events, because the session that would bring them again has ended; those to keep are no events any more. */
  dropEvents(isKept: (flight: Flight) => boolean): void {
    this.#flights = this.#flights.filter((flight) => flight.position < 0 || isKept(flight));
    for (const flight of this.#flights) flight.position = -1;
  }

  /** The oldest event that is not acknowledged; undefined if there is none. */
  oldest(): Flight | undefined {
    const flights = this.#flights;
    for (let at = 0; at < flights.length; at++)
      if ((flights[at]?.position ?? -1) >= 0) return flights[at];
    return undefined;
  }
}
