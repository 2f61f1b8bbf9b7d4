import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import { nameRoom } from "./names.ts";
import type { Drafted, Room } from "./rooms.ts";

/** Makes the group of a room that the client has begun (XEP-0045 section 10.1), and puts the client into it. */
export async function makeRoom(
  client: Client,
  { jid, name, former }: Drafted,
  as: { readonly title?: string | undefined; readonly membersOnly?: boolean } = {},
): Promise<Room> {
  const { services, rooms, address } = client;
  const title = (as.title ?? name).slice(0, 128);
  const { conversation } = await client.call("create", {
    clientId: services.random.uuid(),
    kind: "group",
    title,
    open: as.membersOnly !== true,
  });
  const holder = await nameRoom(client, name, conversation.id, former);
  rooms.dropDraft(jid);
  if (holder !== conversation.id) {
    await client.call("dissolve", { conversation: conversation.id });
    throw new StanzaError("conflict", "Somebody else has made a room of this name meanwhile.");
  }
  const room: Room = {
    conversation: conversation.id,
    jid,
    title,
    members: new Map([[address.user, { role: "owner", muted: false, status: "online" }]]),
    watched: true,
    shownSeq: conversation.lastSeq,
  };
  rooms.add(room);
  return room;
}

/** The room at an address that the client is in, made if it was only begun. */
export function roomAt(client: Client, jid: string): Room | Promise<Room> {
  const room = client.rooms.at(jid);
  if (room !== undefined) return room;
  const draft = client.rooms.draft(jid);
  if (draft === undefined)
    throw new StanzaError("not-acceptable", "You are not in this room; enter it first.");
  return makeRoom(client, draft);
}
