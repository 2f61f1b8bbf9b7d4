/** Rooms by name: XMPP clients name the rooms that they make, and conversations have ids that nobody chooses. The names are kept beside. */
import type { Client } from "../client/client.ts";
import { conversationOfLocal } from "../jid.ts";

const idKey = (name: string) => `xmpp_room ${name}`;
const nameKey = (conversation: string) => `xmpp_room_name ${conversation}`;
export const roomNameLengthMax = 64;

/** The conversation behind a room's local part, be it an id or a name; undefined if there is none of that name. */
export async function conversationOf(client: Client, local: string): Promise<string | undefined> {
  return (
    conversationOfLocal(local) ??
    (local.length > roomNameLengthMax
      ? undefined
      : await client.services.records.setting(idKey(local)))
  );
}

/** The room's address: by its name, if it has one. */
export async function roomJidOf(client: Client, conversation: string): Promise<string> {
  const name = await client.services.records.setting(nameKey(conversation));
  const { address } = client;
  return name === undefined ? address.room(conversation) : `${name}@${address.conference}`;
}

/**
 * Names a conversation. The result is the conversation that has the name then: another, if somebody was faster. `former` is what had the name until now and is dissolved.
 */
export async function nameRoom(
  client: Client,
  name: string,
  conversation: string,
  former: string | undefined,
): Promise<string> {
  const { records } = client.services;
  if (former !== undefined && (await records.setting(idKey(name))) === former)
    await records.putSetting(idKey(name), conversation);
  const holder = await records.initSetting(idKey(name), conversation);
  if (holder === conversation) await records.putSetting(nameKey(conversation), name);
  return holder;
}
