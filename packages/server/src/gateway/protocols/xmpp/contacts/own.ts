/**
 * The presence of a user's own devices, of which each hears, and of its own too (RFC 6121 sections 4.2.2, 4.4.2 and 4.5.2). Only of those that speak XMPP on this node:
 * presence in the core is the user's, and of another protocol's device nobody would say when it goes.
 */
import type { Client } from "../client/client.ts";
import type { Hearer } from "../client/services.ts";
import { ownNamespaces } from "../content.ts";
import { ns } from "../namespaces.ts";
import { elements, kept, serialize, type Element } from "../xml/element.ts";

/** Of what a client shows of itself, which is kept for devices that come later. */
const shownLengthMax = 4_096;
/** What is told of a longer one. */
const essential: ReadonlySet<string> = new Set(["show", "priority"]);

/** A client is there, or is so in another way. */
export function appear(client: Client, stanza: Element): void {
  const isNew = client.shows === undefined;
  client.shows = kept(insideOf(stanza));
  for (const other of othersOf(client)) {
    tell(other, client, client.shows);
    if (isNew) tell(client, other, other.shows ?? "");
  }
  tell(client, client, client.shows);
}

/** A client is not there any more; `stanza` is what it says to that, if it does. */
export function disappear(client: Client, stanza?: Element): void {
  if (client.shows === undefined) return;
  client.shows = undefined;
  const others = othersOf(client);
  // Its device has come back already, as another session.
  if (others.some(({ address }) => address.device === client.address.device)) return;
  const inside = stanza === undefined ? "" : insideOf(stanza);
  for (const other of others) tell(other, client, inside, "unavailable");
  if (stanza !== undefined) tell(client, client, inside, "unavailable");
}

/** Tells a client of the user's other devices once more. */
export function tellOthers(client: Client): void {
  for (const other of othersOf(client)) tell(client, other, other.shows ?? "");
}

/** The user's other clients that are there. */
function othersOf(client: Client): Hearer[] {
  const { services, session } = client;
  return services.sessions
    .of(session.user)
    .map((each) => services.clientOf(each))
    .filter((other) => other !== undefined)
    .filter((other) => other !== client && other.shows !== undefined);
}

function tell(hearer: Hearer, { address }: Hearer, inside: string, type?: "unavailable"): void {
  const from = hearer.address.deviceOf(address.user, address.device);
  const kind = type === undefined ? "" : ` type="${type}"`;
  const head = `<presence from="${from}" to="${hearer.address.full}"${kind}`;
  hearer.sayPresence(from, inside === "" ? `${head}/>` : `${head}>${inside}</presence>`);
}

/** What other devices are told of it: what the server says itself could be forged. */
function insideOf(stanza: Element): string {
  const nodes = elements(stanza).filter((node) => !ownNamespaces.has(node.ns));
  const write = (some: readonly Element[]) =>
    some.map((node) => serialize(node, ns.client)).join("");
  const whole = write(nodes);
  if (whole.length <= shownLengthMax) return whole;
  const short = write(nodes.filter((node) => node.ns === ns.client && essential.has(node.name)));
  return short.length <= shownLengthMax ? short : "";
}
