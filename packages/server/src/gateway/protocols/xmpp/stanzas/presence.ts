/** What a client says of itself being there. */
import type { Client } from "../client/client.ts";
import { appear, disappear, tellOthers } from "../contacts/own.ts";
import { unwatch } from "../contacts/needed.ts";
import { watch, watchContacts } from "../contacts/watch.ts";
import { StanzaError } from "../errors.ts";
import { localOfUser, userOfLocal } from "../jid.ts";
import { leaveAll, roomPresence } from "../muc/presence.ts";
import { ns } from "../namespaces.ts";
import { childText, el, type Element } from "../xml/element.ts";
import { addressed } from "./addressed.ts";
import { begin } from "./begin.ts";

export function takePresence(client: Client, stanza: Element): Promise<void> | undefined {
  const { to: text, type } = stanza.attrs;
  if (type === "error") return undefined;
  if (text === undefined) return broadcast(client, stanza, type);
  const to = addressed(text);
  if (to.domain === client.address.conference) return roomPresence(client, stanza, to);
  if (to.domain !== client.address.domain)
    throw new StanzaError("remote-server-not-found", "This server talks to no others.");
  const user = to.local === undefined ? undefined : userOfLocal(to.local);
  return user === undefined ? undefined : subscription(client, user, type);
}

/** RFC 6121 section 4: everybody who watches hears of it. */
function broadcast(
  client: Client,
  stanza: Element,
  type: string | undefined,
): Promise<void> | undefined {
  if (type === "unavailable") {
    client.tell("presence", { status: "invisible" });
    disappear(client, stanza);
    leaveAll(client);
    client.present = false;
    return undefined;
  }
  if (type !== undefined) return undefined;
  const show = childText(stanza, "show", ns.client);
  const away = show === "away" || show === "xa" || show === "dnd";
  client.tell("presence", { status: away ? "away" : "online" });
  appear(client, stanza);
  // One that has entered a room before is available, and has not seen its contacts yet.
  if (client.present) return undefined;
  client.present = true;
  // Not waited for: what was missed comes as fast as the client acknowledges it, and what it says meanwhile is handled.
  begin(client)
    .then(() => watchContacts(client))
    .catch((error: unknown) => client.services.log.debug({ error }, "contacts are not watched"));
  return undefined;
}

/** RFC 6121 section 3, until there are relations: whoever asks may see, as with every other protocol. */
async function subscription(client: Client, user: string, type: string | undefined): Promise<void> {
  const { address } = client;
  if (user === address.user) {
    // RFC 6121 section 4.2.2: everybody is subscribed to themselves.
    if (type === "probe") tellOthers(client);
    return undefined;
  }
  const from = `${localOfUser(user)}@${address.domain}`;
  if (type === "probe") return watch(client, [user]);
  if (type === "unsubscribe") {
    client.sight.contacts.delete(user);
    unwatch(client, [user]);
    client.say(el("presence", ns.client, { type: "unsubscribed", from, to: address.bare }));
    return undefined;
  }
  if (type !== "subscribe") return undefined;
  const { users } = await client.call("users", { ids: [user] });
  if (users.length === 0) throw new StanzaError("item-not-found", "There is no such user.");
  client.say(el("presence", ns.client, { type: "subscribed", from, to: address.bare }));
  await watch(client, [user]);
}
