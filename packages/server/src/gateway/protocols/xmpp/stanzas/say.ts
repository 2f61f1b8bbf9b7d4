/** What messages to people and to rooms have in common. */
import type { Client } from "../client/client.ts";
import { derivedClientId, ownClientId } from "../client/ids.ts";
import { draftOf, type Drafted } from "../content.ts";
import { StanzaError } from "../errors.ts";
import { ns } from "../namespaces.ts";
import { child, elements, type Element } from "../xml/element.ts";

/** How far back a message is looked for that a receipt names. */
const lookBackMessages = 100;

/** XEP-0085: only what begins or ends is told. */
export function tellTyping(client: Client, stanza: Element, conversation: string): void {
  const state = elements(stanza).find((node) => node.ns === ns.chatStates)?.name;
  if (state === undefined) return;
  const says = child(stanza, "body", ns.client) !== undefined;
  if (says && state !== "composing") return;
  client.tell("typing", { conversation, on: state === "composing" });
}

export interface Receipt {
  readonly cursor: "delivered" | "read";
  readonly id: string;
}

/** XEP-0184 and XEP-0333. */
export function receiptIn(stanza: Element): Receipt | undefined {
  const received = child(stanza, "received", ns.receipts) ?? child(stanza, "received", ns.markers);
  const displayed =
    child(stanza, "displayed", ns.markers) ?? child(stanza, "acknowledged", ns.markers);
  const id = (displayed ?? received)?.attrs["id"];
  if (id === undefined || id === "") return undefined;
  return { cursor: displayed === undefined ? "delivered" : "read", id };
}

/** The place of a message that the client calls by its stanza's id; undefined if it is too long ago. */
export async function lookBack(
  client: Client,
  conversation: string,
  id: string,
): Promise<number | undefined> {
  const { messages } = await client.call("history", { conversation, limit: lookBackMessages });
  const named = messages.find(({ clientId, content }) => {
    const beside = content["xmpp"] as { readonly id?: unknown } | null | undefined;
    return clientId === id || beside?.id === id;
  });
  return named?.seq;
}

/** A message stanza, and its number. */
export interface Said {
  readonly stanza: Element;
  readonly number: number;
}

/** A message that is committed. */
export interface Placed {
  readonly seq: number;
  /** In the commit order of all. */
  readonly id: number;
  readonly time: number;
  readonly clientId: string;
  readonly draft: Drafted;
}

/** Sends what a stanza has to store; `stored` hears its place before anybody else does. Resolves once it is committed. */
export function send(
  client: Client,
  { stanza, number }: Said,
  conversation: string,
  stored: (placed: Placed) => void,
): Promise<void> | undefined {
  const origin = child(stanza, "origin-id", ns.sid)?.attrs["id"];
  const named = { origin, id: stanza.attrs["id"], number };
  const own = ownClientId(named);
  const draft = draftOf(stanza, own);
  if (draft === undefined) {
    refuseUnsaid(stanza);
    return undefined;
  }
  const scope = { user: client.address.user, session: client.scope };
  const clientId = own ?? derivedClientId(named, scope, `${conversation} ${JSON.stringify(draft)}`);
  return client
    .call("send", { conversation, clientId, clientSeq: 1, ...draft })
    .then(({ seq, messageId: id, time }) => stored({ seq, id, time, clientId, draft }));
}

/** What is neither text, nor understood, nor asked to be stored would be lost, and its sender should know. */
function refuseUnsaid(stanza: Element): void {
  const unsaid = elements(stanza).some(
    (node) =>
      node.ns !== ns.chatStates &&
      node.ns !== ns.hints &&
      node.ns !== ns.sid &&
      node.ns !== ns.receipts &&
      node.ns !== ns.markers &&
      node.ns !== ns.client,
  );
  if (unsaid)
    throw new StanzaError(
      "feature-not-implemented",
      "Messages are stored before they are handed on: this one has neither a body nor the hint <store/> (XEP-0334).",
    );
}
