import type { Accounts } from "../../../../accounts/accounts.ts";
import type { Turns } from "../../../../accounts/turns.ts";
import type { Outgoing } from "../../../../hub/outgoing.ts";
import type { Clock } from "../../../../lib/clock.ts";
import type { Log } from "../../../../lib/log.ts";
import type { Random } from "../../../../lib/random.ts";
import type { Dispatcher } from "../../../../session/dispatch.ts";
import type { Greeter } from "../../../../session/greeter.ts";
import type { Sessions } from "../../../../session/sessions.ts";
import type { Session } from "../../../../session/session.ts";
import type { AccountStore } from "../../../../store/port.ts";
import type { Element } from "../xml/element.ts";
import type { XmlLimits } from "../xml/reader.ts";
import type { Address } from "./address.ts";
import type { Link } from "./link.ts";

export interface XmppConfig {
  /** Of the users' addresses; undefined: whatever each client calls this server. */
  readonly domain: string | undefined;
  /** What a client that names no domain gets. */
  readonly domainDefault: string;
  readonly plainWithoutTls: boolean;
  /** Whether STARTTLS can be had; then nobody signs in on a socket without it. */
  readonly tls: boolean;
  /** Whether credentials for SCRAM are kept. */
  readonly scram: boolean;
  /** Of what a client may say once it is known. */
  readonly xml: XmlLimits;
  readonly commandsPerSecondMax: number;
  readonly commandsBurst: number;
  readonly resumeMs: number;
}

/** What of a message's stanza is the same for every reader. */
export interface Shared {
  readonly id: string;
  /** Empty if there is nothing to show. */
  readonly inside: string;
}

/** One of a user's clients, to the others. */
export interface Hearer {
  readonly address: Address;
  /** Its stream; undefined while it has none. */
  readonly link: Link | undefined;
  readonly interested: boolean;
  readonly shows: string | undefined;
  say(stanza: Element): void;
  sayPresence(whose: string, text: string): void;
}

/** What every XMPP client is served with. */
export interface Services {
  readonly config: XmppConfig;
  readonly accounts: Accounts;
  /** Small durable texts by key, for what XMPP keeps and the core has no place for. */
  readonly records: Pick<AccountStore, "setting" | "initSetting" | "putSetting">;
  readonly greeter: Greeter;
  readonly sessions: Sessions;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The client of a session, if it is one that speaks XMPP. */
  readonly clientOf: (session: Session) => Hearer | undefined;
  /** What is read and written back, by user: one after the other. */
  readonly turns: Turns;
  /** What events look like, as long as they are on their way. */
  readonly shown: WeakMap<Outgoing, Shared>;
  /** Calls `due` of a client back after so many milliseconds, once and not exactly: all clients share one timer. */
  readonly later: (client: { due(): void }, ms: number) => void;
}
