/** Whose presence a client is told. */
import type { Client } from "../client/client.ts";
import { presenceText, tellPresence } from "../events/presence.ts";
import { contactsMax, contactsOf } from "./contacts.ts";
import { watchedAtOnce, watchedBy } from "./needed.ts";
import { pushId, pushItem, rosterItem } from "./push.ts";

/** The presence of everybody in the roster, now and from now on. */
export async function watchContacts(client: Client): Promise<void> {
  const users = (await contactsOf(client)).map(({ user }) => user);
  for (let at = 0; at < users.length; at += watchedAtOnce)
    await watch(client, users.slice(at, at + watchedAtOnce));
  client.watching = true;
}

export async function watch(client: Client, users: readonly string[]): Promise<void> {
  const { sight } = client;
  const { contacts } = sight;
  // Of oneself there are the devices: see `own.ts`.
  const others = users.filter((user) => user !== client.address.user);
  if (others.length === 0) return;
  const added = others.filter((user) => !contacts.has(user));
  for (const user of added) contacts.set(user, "offline");
  const question = client.call("watch", { users: others });
  const presences = await sight.fresh(question).catch((error: unknown) => {
    // The bound of what is watched is the bound of this, too.
    for (const user of added) contacts.delete(user);
    throw error;
  });
  for (const presence of presences) {
    if (presence.status === "offline") continue;
    contacts.set(presence.user, presence.status);
    client.sayPresence(presence.user, presenceText(client, presence));
  }
}

/** Tells who came, went or changed while nobody listened: presence is told as it happens, and kept by nobody. */
export async function lookAgain(client: Client): Promise<void> {
  const users = [...watchedBy(client)];
  for (let at = 0; at < users.length; at += watchedAtOnce) {
    const some = users.slice(at, at + watchedAtOnce);
    const presences = await client.sight.fresh(client.call("watch", { users: some }));
    for (const presence of presences) tellPresence(client, presence);
  }
  // The stream may have been lost before everybody was looked for, or they may be more than are watched.
  if (client.present && !client.watching) await watchContacts(client);
}

/** Somebody to whom the client speaks for the first time, or who does so: they are in the roster from now on, and their presence is told. */
export function acquaint(client: Client, user: string): void {
  if (!client.interested) return;
  const { contacts, met } = client.sight;
  if (contacts.has(user)) return;
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
