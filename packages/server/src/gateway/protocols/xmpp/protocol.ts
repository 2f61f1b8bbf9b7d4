import { Turns } from "../../../accounts/turns.ts";
import { Wheel } from "../../../lib/wheel.ts";
import type { Session } from "../../../session/session.ts";
import type { StreamProtocol } from "../stream.ts";
import { TokenWatch } from "../token-watch.ts";
import type { Client } from "./client/client.ts";
import type { Services } from "./client/services.ts";
import { disappear } from "./contacts/own.ts";
import { XmppConnection } from "./connection.ts";
import { FrameFraming, SocketFraming, type Framing, type FramingEvents } from "./framing.ts";
import type { Party, Shared } from "./party.ts";
import { ParserPool } from "./xml/reader.ts";

/** A client that says nothing for so long is asked whether it is there; most clients ask by themselves, and more often. */
const probeMs = 120_000;
/** Twice asked in vain, and some time for the answer. */
const silenceMsMax = 2 * probeMs + 30_000;
const tickMs = 5_000;
/** How often it is looked whether a client that may come back still may. */
const awayMs = 10_000;
/** Of what is put off for a moment. */
const laterTickMs = 100;

/** XMPP for clients: on sockets, and as frames over WebSocket (RFC 7395) or BOSH. */
export class XmppProtocol {
  readonly #shared: Shared;
  readonly #probes: Wheel<Party>;
  readonly #later: Wheel<{ due(): void }>;
  readonly #tokens: TokenWatch;
  readonly sockets: StreamProtocol;
  readonly frames: StreamProtocol;

  constructor(deps: Omit<Services, "clientOf" | "later" | "shown" | "turns">) {
    const { clock } = deps;
    this.#later = new Wheel(clock, laterTickMs, (client) => {
      client.due();
      return 0;
    });
    const left = new WeakMap<Session, Client>();
    const clientOf = (session: Session) =>
      session.connection instanceof XmppConnection ? session.connection.client : left.get(session);
    const services: Services = {
      ...deps,
      clientOf,
      turns: new Turns(),
      shown: new WeakMap(),
      later: (client, ms) => this.#later.add(client, ms),
    };
    this.#probes = new Wheel(services.clock, tickMs, (connection) => this.#probe(connection));
    this.#tokens = new TokenWatch(clock);
    this.#shared = {
      services,
      left,
      clientOf,
      bound: (connection, client) => {
        this.#probes.add(connection, probeMs);
        this.#tokens.watch(client);
        return silenceMsMax;
      },
    };
    const pool = new ParserPool();
    this.sockets = this.#over((events) => new SocketFraming(events, pool));
    this.frames = this.#over((events) => new FrameFraming(events));
  }

  #over(framing: (events: FramingEvents) => Framing): StreamProtocol {
    return {
      open: (stream) => new XmppConnection(this.#shared, stream, framing),
      stop: () => this.#stop(),
    };
  }

  #stop(): void {
    for (const each of [this.#probes, this.#later, this.#tokens]) each.stop();
  }

  /** Asked by the wheel: when this connection is to be asked next. */
  #probe(connection: Party): number {
    if (connection.gone) return lookAfter(connection);
    connection.client?.heard(connection.heardAtMs);
    connection.client?.cutIfStalled();
    const leftMs = connection.heardAtMs + probeMs - this.#shared.services.clock.monotonic();
    if (leftMs > 0) return leftMs;
    connection.client?.probe();
    return probeMs;
  }
}

/** When to ask again about a connection that is gone: until its client has come back on another, or will not. */
function lookAfter(connection: Party): number {
  const { client } = connection;
  if (client === undefined || client.shows === undefined) return 0;
  if (client.link !== undefined && client.link !== connection) return 0;
  if (!client.session.ended) return awayMs;
  disappear(client);
  return 0;
}
