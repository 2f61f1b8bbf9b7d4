/** What a client says to a room. */
import type { Client } from "../client/client.ts";
import { insideOf, stanzaIdOf } from "../content.ts";
import { StanzaError } from "../errors.ts";
import { parseJid, userOfLocal, type Jid } from "../jid.ts";
import { ns } from "../namespaces.ts";
import { child, childText, elements, escapeAttribute, type Element } from "../xml/element.ts";
import { lookBack, receiptIn, send, tellTyping, type Placed, type Said } from "../stanzas/say.ts";
import { roomAt } from "./make.ts";
import type { Room } from "./rooms.ts";
import { roomStanza } from "./stanza.ts";

export function roomMessage(client: Client, said: Said, to: Jid): Promise<void> | undefined {
  if (to.local === undefined)
    throw new StanzaError("service-unavailable", "The service itself reads no messages.");
  if (to.resource !== undefined)
    throw new StanzaError(
      "not-acceptable",
      "Private messages through a room are not supported; write to the user's own address.",
    );
  const room = roomAt(client, `${to.local}@${to.domain}`);
  return room instanceof Promise
    ? room.then((made) => say(client, made, said))
    : say(client, room, said);
}

function say(client: Client, room: Room, said: Said): Promise<void> | undefined {
  const { stanza } = said;
  const { conversation } = room;
  const receipt = receiptIn(stanza);
  if (receipt !== undefined) return moveCursor(client, conversation, receipt);
  if (stanza.attrs["type"] !== "groupchat") return invite(client, room, stanza);
  const title = childText(stanza, "subject", ns.client);
  if (title !== undefined && child(stanza, "body", ns.client) === undefined)
    return client.call("rename", { conversation, title }).then(() => undefined);
  tellTyping(client, stanza, conversation);
  return send(client, said, conversation, (placed) => reflect(client, room, placed));
}

/** In a room messages are called by their stanza-id, which is their place. */
async function moveCursor(
  client: Client,
  conversation: string,
  { cursor, id }: { readonly cursor: "delivered" | "read"; readonly id: string },
): Promise<void> {
  const seq = /^\d{1,15}$/.test(id) ? Number(id) : await lookBack(client, conversation, id);
  if (seq !== undefined) client.tell(cursor, { conversation, seq });
}

/** XEP-0045 section 7.4: the sender sees the message as everybody does. */
function reflect(client: Client, room: Room, { seq, time, clientId, draft }: Placed): void {
  const shared = {
    id: escapeAttribute(stanzaIdOf({ content: draft.content, clientId })),
    inside: insideOf({ ...draft, clientId }),
  };
  const message = { sender: client.address.user, seq, time };
  const options = { head: client.head("message"), delayed: false };
  client.say(roomStanza(client, room.jid, message, shared, options));
}

/** XEP-0045 section 7.8.2: whoever is invited is brought in. */
async function invite(client: Client, { conversation }: Room, stanza: Element): Promise<void> {
  const x = child(stanza, "x", ns.mucUser);
  const invited = x === undefined ? [] : elements(x).filter(({ name }) => name === "invite");
  if (invited.length === 0)
    throw new StanzaError("bad-request", "A message to a room is of type groupchat.");
  const users = invited.map(({ attrs }) => {
    const jid = parseJid(attrs["to"] ?? "");
    const user = jid?.local === undefined ? undefined : userOfLocal(jid.local);
    if (user === undefined || jid?.domain !== client.address.domain)
      throw new StanzaError("item-not-found", "Only users of this server can be invited.");
    return user;
  });
  await client.call("invite", { conversation, users });
}
