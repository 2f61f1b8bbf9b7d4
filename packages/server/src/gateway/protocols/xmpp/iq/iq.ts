import type { Client } from "../client/client.ts";
import type { Element } from "../xml/element.ts";

/** One question or order, and where it went. */
export interface Iq {
  readonly type: "get" | "set";
  readonly payload: Element;
  /** The user that is asked about: the client's own, unless it named another. */
  readonly user: string;
  /** The local part of the room that is asked; undefined for what is no room. */
  readonly room: string | undefined;
  /** The bare address that was asked. */
  readonly jid: string;
}

/** What is in the answer; undefined: it is empty. Throws or rejects with a StanzaError. */
export type IqHandler = (
  client: Client,
  iq: Iq,
) => Element | undefined | Promise<Element | undefined>;

/** Handlers by `type namespace name` of what they answer. */
export type IqTable = Readonly<Record<string, IqHandler>>;
