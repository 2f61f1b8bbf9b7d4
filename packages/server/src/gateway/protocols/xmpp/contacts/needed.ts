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
  const needed = watchedBy(client);
  const done = [...users].filter((user) => !needed.has(user));
  for (let at = 0; at < done.length; at += watchedAtOnce)
    client.tell("unwatch", { users: done.slice(at, at + watchedAtOnce) });
}
