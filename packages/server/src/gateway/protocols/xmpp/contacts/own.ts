/**
 * The presence of a user's own devices, of which each hears, and of its own too (RFC 6121 sections 4.2.2, 4.4.2 and 4.5.2). Only of those that speak XMPP on this node:
 * presence in the core is the user's, and of another protocol's device nobody would say when it goes.
 */
import { Address } from "../client/address.ts";
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
  client.mention(presenceOf(client, client, client.shows).text);
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
  if (stanza !== undefined) client.mention(presenceOf(client, client, inside, "unavailable").text);
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

function tell(hearer: Hearer, shown: Hearer, inside: string, type?: "unavailable"): void {
  const { from, text } = presenceOf(hearer, shown, inside, type);
  hearer.sayPresence(from, text);
}

function presenceOf(
  hearer: Hearer,
  shown: Hearer,
  inside: string,
  type?: "unavailable",
): { readonly from: string; readonly text: string } {
  const { user, device, domain } = hearer.address;
  // Of an address of its own: most clients never need theirs again.
  const to = new Address(user, device, domain);
  const from = to.deviceOf(user, shown.address.device);
  const kind = type === undefined ? "" : ` type="${type}"`;
  const head = `<presence from="${from}" to="${to.full}"${kind}`;
  return { from, text: inside === "" ? `${head}/>` : `${head}>${inside}</presence>` };
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
