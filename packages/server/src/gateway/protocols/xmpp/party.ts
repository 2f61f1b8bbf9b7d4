import type { Connection } from "../../../hub/connection.ts";
import type { Session } from "../../../session/session.ts";
import type { Stream } from "../stream.ts";
import type { Client } from "./client/client.ts";
import type { Link } from "./client/link.ts";
import type { Services } from "./client/services.ts";

/** What the streams of one protocol share. */
export interface Shared {
  readonly services: Services;
  /** Clients whose stream is gone, for when they come back; by their sessions. */
  readonly left: WeakMap<Session, Client>;
  /** The client of a session that lives, with or without a stream. */
  readonly clientOf: (session: Session) => Client | undefined;
  /** A client is bound: from now on it is asked from time to time whether it is there, and its token is watched. Until when it may be silent is the result, in milliseconds. */
  readonly bound: (party: Party, client: Client) => number;
}

/** One side of an XMPP stream as those see it who negotiate it and look after it. */
export interface Party extends Connection, Link {
  readonly shared: Shared;
  readonly stream: Stream;
  /** Of the users' addresses, as this client calls it. */
  readonly domain: string;
  readonly client: Client | undefined;
  /** When something was heard last, in monotonic milliseconds. */
  readonly heardAtMs: number;
  /** It is over, or nearly so: nothing begins on it any more. */
  readonly gone: boolean;
  /** Works on something that has to be done before anything else is heard. */
  work(work: Promise<void>): void;
  /** The client begins the stream anew: under TLS, or as who it is now. */
  restart(): void;
  /** The stream is this client's from now. */
  adopt(client: Client): void;
}
