/** Messages of the core as stanzas. */
import { directMembers, type Message } from "@godwit/protocol";
import type { Outgoing } from "../../../../hub/outgoing.ts";
import type { Client } from "../client/client.ts";
import { archiveId } from "../client/ids.ts";
import type { Shared } from "../client/services.ts";
import { insideOf, stanzaIdOf } from "../content.ts";
import { ns } from "../namespaces.ts";
import { escapeAttribute } from "../xml/element.ts";

/** Made once for all clients of this server that are shown the same event. */
export function sharedOf({ services }: Client, outgoing: Outgoing, message: Message): Shared {
  let found = services.shown.get(outgoing);
  if (found === undefined) {
    found = makeShared(message);
    services.shown.set(outgoing, found);
  }
  return found;
}

export function makeShared(message: Message): Shared {
  return { id: escapeAttribute(stanzaIdOf(message)), inside: insideOf(message) };
}

/** XEP-0203: a message is shown later than it was sent. */
export function delay(timeMs: number): string {
  return `<delay xmlns="${ns.delay}" stamp="${new Date(timeMs).toISOString()}"/>`;
}

/** The other member of a direct conversation; the user itself, if it is with oneself. */
export function peerOf(conversation: string, user: string): string {
  const [a = user, b = user] = directMembers(conversation) ?? [];
  return a === user ? b : a;
}

/**
 * A message of a direct conversation as one of its members would have got it: from sender to receiver. `head` is the beginning of the stanza's text, whose namespace
 * depends on where it stands.
 */
export function directStanza(
  client: Client,
  message: Message,
  { id, inside }: Shared,
  options: { readonly head: string; readonly delayed: boolean },
): string {
  const { address } = client;
  const { sender, device, conversation, time } = message;
  const peer = peerOf(conversation, address.user);
  const own = sender === address.user;
  const to = own ? address.of(peer) : address.full;
  return (
    `${options.head} from="${address.deviceOf(sender, device)}" to="${to}" type="chat" id="${id}">${inside}` +
    `<markable xmlns="${ns.markers}"/><stanza-id xmlns="${ns.sid}" by="${address.bare}" id="${archiveId(message)}"/>` +
    `${options.delayed ? delay(time) : ""}</message>`
  );
}

/** Shows a message of a direct conversation: as itself, or as a copy of what another device of the user has sent (XEP-0280 section 6). */
export function showDirect(
  client: Client,
  message: Message,
  what: Shared,
  show: (text: string, own: boolean) => void,
  delayed: boolean,
): void {
  if (what.inside === "") return;
  const { address } = client;
  const own = message.sender === address.user;
  const toSelf = own && peerOf(message.conversation, address.user) === address.user;
  if (!own || toSelf) {
    show(directStanza(client, message, what, { head: client.head("message"), delayed }), own);
    if (!own)
      client.recollection.shown(what.id, {
        conversation: message.conversation,
        seq: message.seq,
      });
    return;
  }
  if (!client.carbons) return;
  const head = `<message xmlns="${ns.client}"`;
  const copy = directStanza(client, message, what, { head, delayed });
  show(
    `${client.head("message")} from="${address.bare}" to="${address.full}" type="chat"><sent xmlns="${ns.carbons}">` +
      `<forwarded xmlns="${ns.forward}">${copy}</forwarded></sent></message>`,
    true,
  );
}
