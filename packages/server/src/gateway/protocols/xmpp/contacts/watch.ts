/** Whose presence a client is told. */
import type { Client } from "../client/client.ts";
import { presenceText } from "../events/presence.ts";
import { contactsMax, contactsOf } from "./contacts.ts";
import { pushId, pushItem, rosterItem } from "./push.ts";

/** Users named in one command. */
const watchedAtOnce = 500;

/** The presence of everybody in the roster, now and from now on. */
export async function watchContacts(client: Client): Promise<void> {
  const users = (await contactsOf(client)).map(({ user }) => user);
  for (let at = 0; at < users.length; at += watchedAtOnce)
    await watch(client, users.slice(at, at + watchedAtOnce));
}

export async function watch(client: Client, users: readonly string[]): Promise<void> {
  const contacts = (client.contacts ??= new Set());
  const added = users.filter((user) => !contacts.has(user));
  for (const user of added) contacts.add(user);
  const { presences } = await client
    .call("watch", { users: [...users] })
    .catch((error: unknown) => {
      // The bound of what is watched is the bound of this, too.
      for (const user of added) contacts.delete(user);
      throw error;
    });
  for (const presence of presences)
    if (presence.status !== "offline") client.say(presenceText(client, presence));
}

/** Somebody to whom the client speaks for the first time, or who does so: they are in the roster from now on, and their presence is told. */
export function acquaint(client: Client, user: string): void {
  if (!client.interested || client.contacts?.has(user) === true) return;
  const met = (client.met ??= new Set());
  if (met.has(user) || met.size >= contactsMax || user === client.address.user) return;
  met.add(user);
  const { log } = client.services;
  introduce(client, user).catch((error: unknown) => log.debug({ error }, "nobody is introduced"));
}

async function introduce(client: Client, user: string): Promise<void> {
  const { users } = await client.call("users", { ids: [user] });
  const [found] = users;
  if (found === undefined) return;
  pushItem(client, pushId(client), rosterItem(client, { user, name: found.name, groups: [] }));
  await watch(client, [user]);
}
