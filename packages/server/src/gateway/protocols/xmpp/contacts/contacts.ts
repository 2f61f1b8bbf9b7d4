/** The roster: the people of one's direct conversations, with the names and groups that the user gave them. */
import { directMembers } from "@godwit/protocol";
import type { Client } from "../client/client.ts";

export interface Contact {
  readonly user: string;
  /** As the user calls them, or as they call themselves. */
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

/** People in one roster; those beyond are not listed. */
export const contactsMax = 1_000;
const pageConversations = 100;
const namesAtOnce = 500;

/** The user ids of the people with whom there is a direct conversation. */
async function peers(client: Client): Promise<string[]> {
  const { user } = client.address;
  const found: string[] = [];
  let after: string | undefined;
  do {
    const page = await client.call("sync", {
      limit: pageConversations,
      messages: 0,
      ...(after === undefined ? {} : { after }),
    });
    for (const { conversation } of page.conversations) {
      const peer = directMembers(conversation.id)?.find((each) => each !== user);
      if (peer !== undefined) found.push(peer);
    }
    after = page.next;
  } while (after !== undefined && found.length < contactsMax);
  return found.slice(0, contactsMax);
}

/** Everybody in the roster. */
export async function contactsOf(client: Client): Promise<Contact[]> {
  const kept = await readKept(client);
  const users = [...new Set([...Object.keys(kept), ...(await peers(client))])].slice(
    0,
    contactsMax,
  );
  const names = new Map<string, string | undefined>();
  for (let at = 0; at < users.length; at += namesAtOnce) {
    const { users: found } = await client.call("users", { ids: users.slice(at, at + namesAtOnce) });
    for (const { user, name } of found) names.set(user, name);
  }
  return users
    .filter((user) => names.has(user))
    .map((user) => ({
      user,
      name: kept[user]?.name ?? names.get(user),
      groups: kept[user]?.groups ?? [],
    }));
}

/** What a user has put into the roster: names and groups by user id. */
type Kept = Record<string, { readonly name?: string; readonly groups?: readonly string[] }>;

const keyOf = (user: string) => `xmpp_roster ${user}`;
/** Of one user's own part of the roster. */
const keptBytesMax = 131_072;

async function readKept(client: Client): Promise<Kept> {
  const text = await client.services.records.setting(keyOf(client.address.user));
  const read = text === undefined ? {} : (JSON.parse(text) as Kept);
  // Without a prototype: user ids are its keys.
  return Object.assign(Object.create(null) as Kept, read);
}

/** Puts somebody into the roster, with a name and groups, or takes them out with undefined. False if it is full. To be called in the user's turn. */
export async function keepContact(
  client: Client,
  user: string,
  what: { readonly name?: string; readonly groups?: readonly string[] } | undefined,
): Promise<boolean> {
  const kept = await readKept(client);
  if (what === undefined) delete kept[user];
  else kept[user] = what;
  const text = JSON.stringify(kept);
  if (text.length > keptBytesMax || Object.keys(kept).length > contactsMax) return false;
  await client.services.records.putSetting(keyOf(client.address.user), text);
  return true;
}
