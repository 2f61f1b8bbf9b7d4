import type { Client } from "../client/client.ts";
import { ns } from "../namespaces.ts";
import { StreamFault } from "../xml/fault.ts";
import type { Element } from "../xml/element.ts";
import { takeIq } from "./iq.ts";
import { takeMessage } from "./message.ts";
import { takePresence } from "./presence.ts";

/** Carries a stanza out; `number` is its own in the session, the same if it comes again. The promise, if there is one, resolves when it is done. Throws or rejects with a StanzaError. */
export function route(client: Client, stanza: Element, number: number): Promise<void> | undefined {
  if (stanza.ns === ns.client) {
    if (stanza.name === "message") return takeMessage(client, stanza, number);
    if (stanza.name === "presence") return takePresence(client, stanza);
    if (stanza.name === "iq") return takeIq(client, stanza);
  }
  throw new StreamFault("unsupported-stanza-type", `<${stanza.name}/> is no stanza.`);
}
