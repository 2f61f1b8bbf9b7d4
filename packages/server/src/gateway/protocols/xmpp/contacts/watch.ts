/** Whose presence a client is told. */
import type { Presence } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { presenceText, tellPresence } from "../events/presence.ts";
import { contactsMax, contactsOf } from "./contacts.ts";
import { watchedAtOnce, watchedBy } from "./needed.ts";
import { pushId, pushItem, rosterItem } from "./push.ts";

/** After somebody who has lost the connection counts as gone: until the last have been told so. */
const lookAfterMs = 1_000;

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
  // The stream may have been lost before everybody was looked for.
  if (client.present && !client.watching) await watchContacts(client);
  const presences = await look(client, [...watchedBy(client)]);
  for (const presence of presences)
    if (presence.status !== "offline") tellPresence(client, presence);
  const gone = presences
    .filter(({ user, status }) => status === "offline" && isThere(client, user))
    .map(({ user }) => user);
  if (gone.length > 0) lookForGone(client, gone);
}

/** What the client was told of somebody. */
function isThere(client: Client, user: string): boolean {
  const rooms = client.inRooms ? [...client.rooms.all()] : [];
  const told = [
    client.sight.contacts.get(user),
    ...rooms.filter(({ watched }) => watched).map(({ members }) => members.get(user)?.status),
  ];
  return told.some((status) => status !== undefined && status !== "offline");
}

/** Who has lost the connection may be back in a moment, which would be told to nobody: it is told who has gone once that is sure. */
function lookForGone(client: Client, gone: readonly string[]): void {
  const { services, link } = client;
  const due = () => {
    if (client.link !== link) return;
    look(client, gone).then(
      (presences) => {
        for (const presence of presences) tellPresence(client, presence);
      },
      (error: unknown) => services.log.debug({ error }, "who has gone is not known"),
    );
  };
  services.later({ due }, services.config.lingerMs + lookAfterMs);
}

async function look(client: Client, users: readonly string[]): Promise<readonly Presence[]> {
  const found: Presence[] = [];
  for (let at = 0; at < users.length; at += watchedAtOnce) {
    const some = users.slice(at, at + watchedAtOnce);
    found.push(...(await client.sight.fresh(client.call("watch", { users: some }))));
  }
  return found;
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
