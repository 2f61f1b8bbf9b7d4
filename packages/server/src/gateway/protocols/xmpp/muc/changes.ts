/** Changes of a group, as its room shows them. */
import type { Message, Role, SystemContent } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { unwatch } from "../contacts/needed.ts";
import { ns } from "../namespaces.ts";
import { el } from "../xml/element.ts";
import { roomJidOf } from "./names.ts";
import type { Member, Room } from "./rooms.ts";
import { absent, present, subject, type Affiliation } from "./stanza.ts";

/** XEP-0045 section 15.6. */
const codes = { self: 110, banned: 301, kicked: 307, affiliationLost: 321 } as const;

/** `room` is undefined for a client that is not in it. */
export function showChange(client: Client, room: Room | undefined, message: Message): void {
  const content = message.content as unknown as SystemContent;
  const { user } = client.address;
  const users = content.users ?? [];
  const invites = content.event === "invited" || content.event === "created";
  if (invites && message.sender !== user && users.includes(user) && room === undefined)
    showInvitation(client, message);
  else if (room !== undefined) showInRoom(client, room, message, content, users);
}

/** XEP-0045 section 7.8.2: the room tells who was brought in. */
function showInvitation(client: Client, { conversation, seq, sender }: Message): void {
  const { address, services } = client;
  const invite = el("invite", ns.mucUser, { from: address.of(sender) });
  void roomJidOf(client, conversation).then(
    (from) => {
      const x = el("x", ns.mucUser, {}, invite);
      client.say(el("message", ns.client, { from, to: address.full }, x), { conversation, seq });
    },
    (error: unknown) => services.log.warn({ error, conversation }, "an invitation is not told"),
  );
}

function showInRoom(
  client: Client,
  room: Room,
  { sender }: Message,
  content: SystemContent,
  users: readonly string[],
): void {
  switch (content.event) {
    case "renamed":
      room.title = content.title ?? room.title;
      client.sayEvent(subject(client, room.jid, room.title, sender));
      return;
    case "joined":
    case "invited":
      for (const each of users) arrived(client, room, each);
      return;
    case "left":
      gone(client, room, users, "none", []);
      return;
    case "removed":
      gone(client, room, users, "none", [codes.kicked, codes.affiliationLost]);
      return;
    case "banned":
      gone(client, room, users, "outcast", [codes.banned]);
      return;
    case "role":
      for (const each of users) promoted(client, room, each, content.role ?? "member", sender);
      return;
    case "muted":
    case "unmuted":
      for (const each of users) muted(client, room, each, content.event === "muted");
      return;
    case "dissolved":
      destroyed(client, room);
      return;
    default:
      return;
  }
}

function arrived(client: Client, room: Room, user: string): void {
  if (user === client.address.user || room.members.has(user)) return;
  room.members.set(user, { role: "member", muted: false, status: "offline" });
  if (!room.watched) return;
  // Told as an occupant once it is known whether the newcomer is there.
  void client.sight.fresh(client.call("watch", { users: [user] })).then(
    ([presence]) => {
      const member = room.members.get(user);
      if (presence === undefined || member === undefined) return;
      if (member.status === presence.status) return;
      member.status = presence.status;
      if (member.status !== "offline") client.say(present(client, room.jid, user, member));
    },
    (error: unknown) => client.services.log.debug({ error }, "a newcomer is not watched"),
  );
}

function gone(
  client: Client,
  room: Room,
  users: readonly string[],
  affiliation: Affiliation,
  why: readonly number[],
): void {
  for (const user of users) {
    room.members.delete(user);
    const told = user === client.address.user ? [codes.self, ...why] : why;
    client.sayEvent(absent(client, room.jid, user, affiliation, { codes: told }));
  }
  if (users.includes(client.address.user)) left(client, room);
  if (room.watched) unwatch(client, users);
}

/** The client is in this room no more. */
export function left(client: Client, room: Room): void {
  client.rooms.remove(room.conversation);
  if (room.watched) unwatch(client, room.members.keys());
}

/** A new owner's predecessor, who carried it out, is an admin from then on. */
function promoted(client: Client, room: Room, user: string, role: Role, by: string): void {
  const told = (each: string, now: Role) => {
    const member = room.members.get(each);
    if (member === undefined) return;
    member.role = now;
    changed(client, room, each, member);
  };
  told(user, role);
  if (role === "owner" && by !== user) told(by, "admin");
}

function muted(client: Client, room: Room, user: string, on: boolean): void {
  const member = room.members.get(user);
  if (member === undefined) return;
  member.muted = on;
  changed(client, room, user, member);
}

/** An occupant is something else now. */
function changed(client: Client, room: Room, user: string, member: Member): void {
  const self = user === client.address.user;
  if (!self && member.status === "offline") return;
  client.sayEvent(present(client, room.jid, user, member, self ? [codes.self] : []));
}

/** XEP-0045 section 10.9. */
function destroyed(client: Client, room: Room): void {
  const { user } = client.address;
  const more = el("destroy", ns.mucUser);
  client.sayEvent(absent(client, room.jid, user, "none", { codes: [codes.self], more }));
  left(client, room);
}
