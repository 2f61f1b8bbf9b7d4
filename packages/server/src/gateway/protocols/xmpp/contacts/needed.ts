/** Whose presence a client needs: of how many it is told is bounded. */
import type { Client } from "../client/client.ts";

/** Users named in one command. */
export const watchedAtOnce = 500;

/** Contacts, and those who are in the same rooms. */
export function watchedBy(client: Client): Set<string> {
  const users = new Set(client.sight.contacts.keys());
  for (const room of client.inRooms ? client.rooms.all() : [])
    if (room.watched) for (const user of room.members.keys()) users.add(user);
  return users;
}

/** What the presence of these was needed for is over. */
export function unwatch(client: Client, users: Iterable<string>): void {
  const needs = needsOf(client);
  const done = [...users].filter((user) => !needs.some((need) => need.has(user)));
  for (let at = 0; at < done.length; at += watchedAtOnce)
    client.tell("unwatch", { users: done.slice(at, at + watchedAtOnce) });
}

/** Of the roster, of each room, and of each that is being entered. Not put together: of many large rooms that takes long, and one may be left after the other. */
function needsOf(client: Client): readonly { has(user: string): boolean }[] {
  const { contacts } = client.sight;
  if (!client.inRooms) return [contacts];
  const watched = [...client.rooms.all()].filter((room) => room.watched);
  const entering = client.rooms.entering.values();
  return [contacts, ...[...watched, ...entering].map(({ members }) => members)];
}
