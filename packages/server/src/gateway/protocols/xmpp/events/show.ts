/** Events of the core, each as the stanzas that say the same. */
import type { EventBody } from "@godwit/protocol";
import type { Outgoing } from "../../../../hub/outgoing.ts";
import type { Client } from "../client/client.ts";
import { acquaint } from "../contacts/watch.ts";
import { showRoomEvent, showRoomReceipt, showRoomTyping } from "../muc/show.ts";
import { ns } from "../namespaces.ts";
import { peerOf, sharedOf, showDirect } from "./message.ts";
import { showPresence } from "./presence.ts";

/** Says an event to a client; nothing, if XMPP has no word for it. */
export function showEvent(client: Client, outgoing: Outgoing): void {
  const { frame } = outgoing;
  switch (frame.type) {
    case "message":
      if (!("message" in frame)) return;
      showMessage(client, outgoing, frame);
      return;
    case "receipt":
      if ("user" in frame) showReceipt(client, frame);
      return;
    case "typing":
      if ("user" in frame) showTyping(client, frame);
      return;
    case "presence":
      if ("presence" in frame) showPresence(client, frame.presence);
      return;
    case "sync_required":
      client.reply(frame);
      return;
    default:
      return;
  }
}

function showMessage(client: Client, outgoing: Outgoing, { message }: EventBody<"message">): void {
  const { conversation, seq } = message;
  if ((client.caughtUp?.get(conversation) ?? 0) >= seq) return;
  if (!conversation.startsWith("d:")) {
    showRoomEvent(client, outgoing, message);
    return;
  }
  if (client.session.live) acquaint(client, peerOf(conversation, client.address.user));
  const show = (text: string, own: boolean) =>
    client.sayEvent(text, own ? undefined : { conversation, seq });
  showDirect(client, message, sharedOf(client, outgoing, message), show, !client.session.live);
}

/** XEP-0184 and XEP-0333: the other side's cursors, for each of the client's messages that asked. */
function showReceipt(
  client: Client,
  { conversation, user, delivered, read }: EventBody<"receipt">,
): void {
  if (!conversation.startsWith("d:")) {
    showRoomReceipt(client, { conversation, user, delivered, read });
    return;
  }
  const { address } = client;
  if (user === address.user) return;
  const from = address.of(peerOf(conversation, address.user));
  const said = client.recollection.moved(conversation, { delivered, read });
  const say = (id: string, inside: string) =>
    client.sayEvent(
      `${client.head("message")} from="${from}" to="${address.full}" type="chat" id="${id}">${inside}</message>`,
    );
  for (const { id, seq } of said.received)
    say(`received-${seq}`, `<received xmlns="${ns.receipts}" id="${id}"/>`);
  if (said.read !== undefined)
    say(`displayed-${said.read.seq}`, `<displayed xmlns="${ns.markers}" id="${said.read.id}"/>`);
}

/** XEP-0085. */
function showTyping(client: Client, { conversation, user, on }: EventBody<"typing">): void {
  if (client.inactive) return;
  if (!conversation.startsWith("d:")) {
    showRoomTyping(client, { conversation, user, on });
    return;
  }
  const { address } = client;
  const state = on ? "composing" : "paused";
  client.say(
    `${client.head("message")} from="${address.of(user)}" to="${address.full}" type="chat"><${state} xmlns="${ns.chatStates}"/></message>`,
  );
}
