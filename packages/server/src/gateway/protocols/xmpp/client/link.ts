import type { CloseName } from "@godwit/protocol";
import { ns } from "../namespaces.ts";
import { serialize, type Element } from "../xml/element.ts";
import type { StreamCondition } from "../xml/fault.ts";

/** A client's stream as what serves it sees it. */
export interface Link {
  /** The default namespace where a stanza is written. */
  readonly inherited: string;
  /** The socket has not taken everything yet. */
  readonly congested: boolean;
  /** Queues one whole element. */
  say(text: string): void;
  /** Ends the stream with what a close code means in XMPP. */
  close(name: CloseName, detail?: string): void;
  /** Ends the stream with an error of RFC 6120. */
  fail(condition: StreamCondition, detail: string): void;
  /** Stops and restarts reading, beside whoever else does. */
  hold(held: boolean): void;
}

/** The start of a stanza's text, with the namespace that it needs on this stream. */
export function headOn(link: Link | undefined, name: string): string {
  return link?.inherited === ns.client ? `<${name}` : `<${name} xmlns="${ns.client}"`;
}

/** A stanza that has its namespace; further in it may be what somebody said. */
const placed = new RegExp(`^<\\w+ xmlns="${ns.client}"`);

/** A stanza as it is written on this stream; a text may be one that was written for another. */
export function textOn(link: Link | undefined, stanza: string | Element): string {
  if (typeof stanza !== "string") return serialize(stanza, link?.inherited ?? ns.client);
  // Said first on a transport where the namespace goes without saying.
  const bare = link?.inherited === "" && !placed.test(stanza);
  return bare ? stanza.replace(/^<\w+/, `$& xmlns="${ns.client}"`) : stanza;
}
