import type { Link } from "./link.ts";
import type { Flight, Said } from "./outbound.ts";
import type { Passing } from "./passing.ts";
import type { Route } from "./route.ts";
import { conversationTopic, route } from "./routing.ts";

/**
 * What was under way when the connection before ended, and has not gone out by this one. PUBLISH packets go again in their order, no more at a time than the client takes
 * now, and nothing new before them (MQTT 5.0 sections 4.4, 4.6 and 4.9); events among them when the server's session brings them again.
 */
export class Resends {
  /** Whose PUBLISH is to go again, oldest first. */
  readonly #waiting: Set<Flight>;
  /** Of which only the release of the packet identifier is left. */
  readonly #released: Set<Flight>;
  /** Whose event is still to come, by position. */
  readonly #unbrought = new Map<number, Flight>();
  /** What is to be said again, of those whose message has come but whose turn has not. */
  readonly #brought = new Map<Flight, Passing>();

  constructor(flights: readonly Flight[]) {
    this.#waiting = new Set(flights.filter(({ received }) => !received));
    this.#released = new Set(flights.filter(({ received }) => received));
    for (const flight of this.#waiting)
      if (flight.position >= 0) this.#unbrought.set(flight.position, flight);
  }

  /** Flights that do not count against what the client takes at a time. */
  get uncounted(): number {
    return this.#waiting.size + this.#released.size;
  }

  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  get awaitsEvents(): boolean {
    return this.#unbrought.size > 0;
  }

  get hasBrought(): boolean {
    return this.#brought.size > 0;
  }

  /** Whether there is any whose message has to be read. */
  get hasUnread(): boolean {
    return [...this.#waiting].some((flight) => this.#mustBeRead(flight));
  }

  /** Whose turn it is. */
  get next(): Flight | undefined {
    const [first] = this.#waiting;
    return first;
  }

  /** The same, if its message has to be read. */
  get nextUnread(): Flight | undefined {
    const { next } = this;
    return next !== undefined && this.#mustBeRead(next) ? next : undefined;
  }

  brought(flight: Flight): Passing | undefined {
    return this.#brought.get(flight);
  }

  /** The message of one has been read. */
  bring(flight: Flight, passing: Passing): void {
    if (this.#waiting.has(flight)) this.#brought.set(flight, passing);
  }

  /** An event has come again. */
  bringEvent(position: number, passing: Passing): void {
    const flight = this.#unbrought.get(position);
    if (flight === undefined) return;
    this.#unbrought.delete(position);
    this.#brought.set(flight, passing);
  }

  /** Events before this position do not come: their messages have to be read. */
  loseEvents(before: number): void {
    for (const [position, flight] of this.#unbrought) {
      if (position >= before) continue;
      this.#unbrought.delete(position);
      flight.position = -1;
    }
  }

  /** The client has it, whenever it was told: its PUBLISH goes no more. */
  received(flight: Flight): void {
    if (!this.#waiting.has(flight)) return;
    this.sent(flight);
    this.#released.add(flight);
  }

  /** Its PUBLISH goes now, and counts. */
  sent(flight: Flight): void {
    this.#waiting.delete(flight);
    this.#brought.delete(flight);
    this.#unbrought.delete(flight.position);
  }

  /** It is through. */
  ended(flight: Flight): void {
    this.sent(flight);
    this.#released.delete(flight);
  }

  #mustBeRead(flight: Flight): boolean {
    return flight.position < 0 && flight.again === undefined && !this.#brought.has(flight);
  }
}

/** How a message goes by the subscriptions of now. */
export function sayingOf(
  { shared, session }: Pick<Link, "shared" | "session">,
  passing: Passing,
): Said {
  const way = route(shared, session, passing) ?? unasked(passing);
  return { passing, way, retain: way.retained && way.match.retainAsPublished };
}

/** What no subscription asks for any more, but the client may have begun to receive. */
function unasked({ conversation }: Passing): Route {
  const options = { noLocal: false, retainAsPublished: false, subscriptionIds: undefined };
  const match = { qos: 2, ...options } as const;
  return {
    topic: conversationTopic(conversation),
    form: "message",
    match,
    qosMax: 2,
    retained: false,
  };
}
