/** What a client says: messages, receipts, typing. */
import { directId } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { clientIdOf } from "../client/ids.ts";
import { draftOf } from "../content.ts";
import { StanzaError } from "../errors.ts";
import { parseJid, userOfLocal, type Jid } from "../jid.ts";
import { roomMessage } from "../muc/message.ts";
import { ns } from "../namespaces.ts";
import { child, elements, escapeAttribute, type Element } from "../xml/element.ts";

/** How far back a message is looked for that a receipt names. */
const lookBackMessages = 100;

export function takeMessage(client: Client, stanza: Element): Promise<void> | undefined {
  const { address } = client;
  if (stanza.attrs["type"] === "error") return undefined;
  const to = addressed(stanza.attrs["to"] ?? address.bare);
  if (to.domain === address.conference) return roomMessage(client, stanza, to);
  if (to.domain !== address.domain)
    throw new StanzaError("remote-server-not-found", "This server talks to no others.");
  if (to.local === undefined)
    throw new StanzaError("service-unavailable", "The server itself reads no messages.");
  if (stanza.attrs["type"] === "groupchat")
    throw new StanzaError("bad-request", "Rooms are elsewhere; a user is no room.");
  const user = userOfLocal(to.local);
  if (user === undefined) throw new StanzaError("item-not-found", "There is no such user.");
  return direct(client, stanza, directId(address.user, user));
}

export function addressed(text: string): Jid {
  const jid = parseJid(text);
  if (jid === undefined) throw new StanzaError("jid-malformed", "That is no address.");
  return jid;
}

function direct(client: Client, stanza: Element, conversation: string): Promise<void> | undefined {
  tellTyping(client, stanza, conversation);
  const receipt = receiptIn(stanza);
  if (receipt !== undefined) return moveCursor(client, conversation, receipt);
  return send(client, stanza, conversation, (seq) => remember(client, stanza, conversation, seq));
}

/** XEP-0085: only what begins or ends is told. */
export function tellTyping(client: Client, stanza: Element, conversation: string): void {
  const state = elements(stanza).find((node) => node.ns === ns.chatStates)?.name;
  if (state === undefined) return;
  const says = child(stanza, "body", ns.client) !== undefined;
  if (says && state !== "composing") return;
  client.tell("typing", { conversation, on: state === "composing" });
}

interface Receipt {
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

async function moveCursor(
  client: Client,
  conversation: string,
  { cursor, id }: Receipt,
): Promise<void> {
  const seq =
    client.recollection.find(conversation, escapeAttribute(id)) ??
    (await lookBack(client, conversation, id));
  if (seq !== undefined) client.tell(cursor, { conversation, seq });
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

/** Sends what a stanza has to store; `stored` hears its place before anybody else does. Resolves once it is committed. */
export function send(
  client: Client,
  stanza: Element,
  conversation: string,
  stored: (seq: number, time: number) => void,
): Promise<void> | undefined {
  const { address, session, services } = client;
  const origin = child(stanza, "origin-id", ns.sid)?.attrs["id"];
  const scope = { user: address.user, session: session.id };
  const clientId = clientIdOf(origin, stanza.attrs["id"], scope) ?? services.random.uuid();
  const draft = draftOf(stanza, clientId);
  if (draft === undefined) {
    refuseUnsaid(stanza);
    return undefined;
  }
  return client
    .call("send", { conversation, clientId, clientSeq: 1, ...draft })
    .then(({ seq, time }) => stored(seq, time));
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

/** Receipts for it will come by its place; the client knows it by its id. */
function remember(client: Client, stanza: Element, conversation: string, seq: number): void {
  const id = stanza.attrs["id"];
  const receipt = child(stanza, "request", ns.receipts) !== undefined;
  const marker = child(stanza, "markable", ns.markers) !== undefined;
  if (id === undefined || !(receipt || marker)) return;
  client.recollection.sent({ conversation, seq, id: escapeAttribute(id), receipt, marker });
}
