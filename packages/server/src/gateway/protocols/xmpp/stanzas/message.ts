/** What a client says: messages, receipts, typing. */
import { directId } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { acquaint } from "../contacts/watch.ts";
import { directStanza, makeShared, peerOf } from "../events/message.ts";
import { StanzaError } from "../errors.ts";
import { userOfLocal } from "../jid.ts";
import { roomMessage } from "../muc/message.ts";
import { ns } from "../namespaces.ts";
import { child, escapeAttribute, kept, type Element } from "../xml/element.ts";
import { addressed } from "./addressed.ts";
import {
  lookBack,
  receiptIn,
  send,
  tellTyping,
  type Placed,
  type Receipt,
  type Said,
} from "./say.ts";

export function takeMessage(
  client: Client,
  stanza: Element,
  number: number,
): Promise<void> | undefined {
  const { address } = client;
  if (stanza.attrs["type"] === "error") return undefined;
  const to = addressed(stanza.attrs["to"] ?? address.bare);
  if (to.domain === address.conference) return roomMessage(client, { stanza, number }, to);
  if (to.domain !== address.domain)
    throw new StanzaError("remote-server-not-found", "This server talks to no others.");
  if (to.local === undefined)
    throw new StanzaError("service-unavailable", "The server itself reads no messages.");
  if (stanza.attrs["type"] === "groupchat")
    throw new StanzaError("bad-request", "Rooms are elsewhere; a user is no room.");
  const user = userOfLocal(to.local);
  if (user === undefined) throw new StanzaError("item-not-found", "There is no such user.");
  return direct(client, { stanza, number }, directId(address.user, user));
}

function direct(client: Client, said: Said, conversation: string): Promise<void> | undefined {
  const { stanza } = said;
  tellTyping(client, stanza, conversation);
  const receipt = receiptIn(stanza);
  if (receipt !== undefined) return moveCursor(client, conversation, receipt);
  const peer = peerOf(conversation, client.address.user);
  const toSelf = peer === client.address.user;
  return send(client, said, conversation, (placed) => {
    acquaint(client, peer);
    remember(client, stanza, conversation, placed.seq);
    if (toSelf) returnToSelf(client, conversation, placed);
  });
}

/** RFC 6121 section 8.5.2.1.1: a message to oneself comes to every device, and so to this one too. */
function returnToSelf(client: Client, conversation: string, placed: Placed): void {
  const { user, device } = client.address;
  const { seq, id, time, clientId, draft } = placed;
  const message = {
    conversation,
    seq,
    id,
    time,
    sender: user,
    device,
    clientId,
    clientSeq: 1,
    ...draft,
  };
  const head = client.head("message");
  client.say(directStanza(client, message, makeShared(message), { head, delayed: false }));
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

/** Receipts for it will come by its place; the client knows it by its id. */
function remember(client: Client, stanza: Element, conversation: string, seq: number): void {
  const id = stanza.attrs["id"];
  const receipt = child(stanza, "request", ns.receipts) !== undefined;
  const marker = child(stanza, "markable", ns.markers) !== undefined;
  if (id === undefined || !(receipt || marker)) return;
  client.recollection.sent({ conversation, seq, id: kept(escapeAttribute(id)), receipt, marker });
}
