/** Events of groups, to a client that is in their rooms. */
import type { EventBody, Message, Presence } from "@godwit/protocol";
import type { Outgoing } from "../../../../hub/outgoing.ts";
import type { Client } from "../client/client.ts";
import { sharedOf } from "../events/message.ts";
import { ns } from "../namespaces.ts";
import { showChange } from "./changes.ts";
import type { Entering, Room } from "./rooms.ts";
import { absent, present, roomStanza } from "./stanza.ts";

/** What may arrive while a room is entered; past it the newest are left to the archive. */
const enteringMax = 1_000;
/** In larger rooms nobody is told who has read what. */
const markersMembersMax = 50;

/** A message or a change. Who is not in the room hears of invitations only; the rest is in its history. */
export function showRoomEvent(client: Client, outgoing: Outgoing, message: Message): void {
  const { conversation, seq, sender, kind } = message;
  const room = client.rooms.of(conversation);
  if (room === undefined) {
    const waiting = client.rooms.entering.get(conversation)?.messages;
    if (waiting !== undefined && waiting.length < enteringMax) waiting.push(outgoing);
  } else if (seq <= room.shownSeq) return;
  if (kind === "system") {
    showChange(client, room, message);
    return;
  }
  if (room === undefined) return;
  const shared = sharedOf(client, outgoing, message);
  if (shared.inside === "") return;
  const options = { head: client.head("message"), delayed: !client.session.live };
  const carried = sender === client.address.user ? undefined : { conversation, seq };
  client.sayEvent(roomStanza(client, room.jid, message, shared, options), carried);
}

/** What arrived while a room was entered and the history did not have yet, and who came or went after the question for that. */
export function replayEntering(
  client: Client,
  conversation: string,
  { messages, presences }: Entering,
): void {
  const room = client.rooms.of(conversation);
  if (room === undefined) return;
  for (const outgoing of messages) {
    const { frame } = outgoing;
    if (frame.type === "message") showRoomEvent(client, outgoing, frame.message);
  }
  for (const presence of presences.values()) showRoomPresence(client, presence);
}

/** XEP-0333 in rooms: messages are called by their place. */
export function showRoomReceipt(
  client: Client,
  { conversation, user, delivered, read }: EventBody<"receipt">,
): void {
  const room = client.inRooms ? client.rooms.of(conversation) : undefined;
  if (room === undefined || user === client.address.user || read === 0) return;
  const member = room.members.get(user);
  if (!room.watched || room.members.size > markersMembersMax || member === undefined) return;
  // The first word of a member's cursors may be of the delivered one alone.
  const news = member.read === undefined ? read === delivered : read > member.read;
  member.read = read;
  if (!news) return;
  const inside = `<displayed xmlns="${ns.markers}" id="${read}"/>`;
  client.sayEvent(roomSignal(client, room, user, inside));
}

export function showRoomTyping(
  client: Client,
  { conversation, user, on }: EventBody<"typing">,
): void {
  const room = client.inRooms ? client.rooms.of(conversation) : undefined;
  if (room === undefined) return;
  const inside = `<${on ? "composing" : "paused"} xmlns="${ns.chatStates}"/>`;
  client.say(roomSignal(client, room, user, inside));
}

function roomSignal(client: Client, room: Room, user: string, inside: string): string {
  return `${client.head("message")} from="${room.jid}/${user}" to="${client.address.full}" type="groupchat">${inside}</message>`;
}

/** Members who come and go are occupants who come and go. */
export function showRoomPresence(client: Client, presence: Presence): void {
  const { user, status } = presence;
  if (user === client.address.user) return;
  for (const { presences } of client.rooms.entering.values()) presences.set(user, presence);
  for (const room of client.rooms.all()) {
    const member = room.members.get(user);
    if (!room.watched || member === undefined || member.status === status) continue;
    member.status = status;
    client.say(
      status === "offline"
        ? absent(client, room.jid, user, member.role)
        : present(client, room.jid, user, member),
    );
  }
}
