/** Entering and leaving rooms. */
import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import type { Jid } from "../jid.ts";
import { ns } from "../namespaces.ts";
import { child, kept, type Element } from "../xml/element.ts";
import { begin } from "../stanzas/begin.ts";
import { left } from "./changes.ts";
import { codes, enter } from "./enter.ts";
import { conversationOfLocal } from "../jid.ts";
import { absent, present, subject } from "./stanza.ts";

export async function roomPresence(client: Client, stanza: Element, to: Jid): Promise<void> {
  const { local, resource: nick } = to;
  if (local === undefined)
    throw new StanzaError("bad-request", "A room has a name in front of the @.");
  const jid = `${local}@${to.domain}`;
  const { type } = stanza.attrs;
  if (type === "unavailable") {
    leave(client, jid);
    return;
  }
  if (type !== undefined) return;
  if (nick === undefined) throw new StanzaError("jid-malformed", "A nickname is missing.");
  const asks = child(stanza, "x", ns.muc) !== undefined;
  const room = client.rooms.at(jid);
  if (room !== undefined && !asks) {
    // A change of status is told to nobody but those who watch; another nickname than one's id there is not.
    if (nick !== client.address.user)
      throw new StanzaError("not-acceptable", "Nicknames are user ids here.");
    return;
  }
  // Likewise while it is being entered.
  if (!asks && client.rooms.arriving.has(jid)) return;
  client.rooms.arriving.add(jid);
  await arrive(client, { local, jid, nick, stanza }).finally(() =>
    client.rooms.arriving.delete(jid),
  );
}

async function arrive(
  client: Client,
  entrance: { local: string; jid: string; nick: string; stanza: Element },
): Promise<void> {
  const { local, jid } = entrance;
  await begin(client);
  const byId = conversationOfLocal(local) !== undefined;
  const conversation = await enter(client, entrance);
  if (conversation !== undefined && conversation.dissolved !== true) return;
  if (byId && conversation === undefined)
    throw new StanzaError("item-not-found", "There is no such room.");
  if (byId) throw new StanzaError("gone", "This room is no more.");
  if (!client.rooms.begin({ jid, name: kept(local), former: conversation?.id }))
    throw new StanzaError("resource-constraint", "Configure the rooms that you have begun first.");
  // XEP-0045 section 10.1.1: locked until its owner has said how it is to be.
  const { user } = client.address;
  const owner = { role: "owner", muted: false, status: "online" } as const;
  const chosen = entrance.nick === user ? [] : [codes.nickChosen];
  client.say(
    present(client, jid, user, owner, [codes.realAddresses, codes.self, codes.made, ...chosen]),
  );
  client.say(subject(client, jid, ""));
}

/** RFC 6121 section 4.6.3: who is not there any more is so in every room. */
export function leaveAll(client: Client): void {
  for (const jid of client.rooms.jids()) leave(client, jid);
}

/** This client does not look any more. One stays a member: the group goes on on other devices. */
function leave(client: Client, jid: string): void {
  const { rooms, address } = client;
  const room = rooms.at(jid);
  const role = room?.members.get(address.user)?.role ?? "none";
  if (room === undefined && rooms.draft(jid) === undefined) return;
  rooms.dropDraft(jid);
  if (room !== undefined) left(client, room);
  client.say(absent(client, jid, address.user, role, { codes: [codes.self] }));
}
