/** Who is what in a room (XEP-0045 section 9). */
import type { Role } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import { parseJid, userOfLocal } from "../jid.ts";
import type { Iq } from "../iq/iq.ts";
import { ns } from "../namespaces.ts";
import { el, elements, type Element } from "../xml/element.ts";

/** Members in one list. */
const listMax = 500;
/** Items in one order. */
const itemsMax = 50;
/** Ten years: a voice that was taken stays so until it is given back. */
const mutedMs = 10 * 366 * 86_400_000;

export async function listAffiliations(
  client: Client,
  conversation: string,
  { payload }: Iq,
): Promise<Element> {
  const wanted = wantedRole(payload);
  const { members } = await client.call("members", { conversation, limit: listMax });
  const users = members.filter(({ role }) => role === wanted).map(({ user }) => user);
  return listed(client, wanted, users);
}

/** Of a room that the client has begun and that is not made yet: it has nobody but its owner. */
export function listOfDraft(client: Client, { payload }: Iq): Element {
  const wanted = wantedRole(payload);
  return listed(client, wanted, wanted === "owner" ? [client.address.user] : []);
}

function wantedRole(payload: Element): Role {
  const wanted = elements(payload)[0]?.attrs["affiliation"];
  if (wanted === "outcast")
    throw new StanzaError("feature-not-implemented", "Who is banned is not listed.");
  if (wanted !== "owner" && wanted !== "admin" && wanted !== "member")
    throw new StanzaError("bad-request", "Lists are of owners, admins or members.");
  return wanted;
}

function listed({ address }: Client, affiliation: Role, users: readonly string[]): Element {
  const items = users.map((user) =>
    el("item", ns.mucAdmin, { affiliation, jid: address.of(user), nick: user }),
  );
  return el("query", ns.mucAdmin, {}, ...items);
}

export async function setAffiliations(
  client: Client,
  conversation: string,
  { payload }: Iq,
): Promise<undefined> {
  const items = elements(payload);
  if (items.length === 0 || items.length > itemsMax)
    throw new StanzaError("bad-request", `Between 1 and ${itemsMax} items can be set at once.`);
  for (const item of items) await setItem(client, conversation, item);
  return undefined;
}

async function setItem(client: Client, conversation: string, { attrs }: Element): Promise<void> {
  const user = userOf(client, attrs);
  const { affiliation, role } = attrs;
  if (affiliation !== undefined) await setAffiliation(client, conversation, user, affiliation);
  else if (role === "none") await client.call("remove", { conversation, users: [user] });
  else if (role === "visitor" || role === "participant") {
    const until = role === "visitor" ? client.services.clock.now() + mutedMs : 0;
    await client.call("mute", { conversation, user, until });
  } else throw new StanzaError("not-acceptable", "Moderators are those who are admins.");
}

/** Occupants are called by their user id, so that nickname and address say the same. */
function userOf({ address }: Client, attrs: Readonly<Record<string, string>>): string {
  const { jid: text, nick } = attrs;
  if (text === undefined && nick !== undefined) return nick;
  const jid = parseJid(text ?? "");
  const user = jid?.local === undefined ? undefined : userOfLocal(jid.local);
  if (user === undefined || jid?.domain !== address.domain)
    throw new StanzaError("item-not-found", "There is no such user.");
  return user;
}

async function setAffiliation(
  client: Client,
  conversation: string,
  user: string,
  affiliation: string,
): Promise<void> {
  if (affiliation === "outcast" || affiliation === "none") {
    const ban = affiliation === "outcast";
    await client.call("remove", { conversation, users: [user], ban });
    return;
  }
  if (affiliation !== "owner" && affiliation !== "admin" && affiliation !== "member")
    throw new StanzaError("bad-request", "There is no such affiliation.");
  // Whoever is given a place in the room is brought in; whoever is in already is not.
  await client.call("invite", { conversation, users: [user] });
  const role: Role = affiliation;
  const { members } = await client.call("members", { conversation, limit: listMax });
  const before = members.find((each) => each.user === user)?.role ?? "member";
  if (before !== role) await client.call("role", { conversation, user, role });
}
