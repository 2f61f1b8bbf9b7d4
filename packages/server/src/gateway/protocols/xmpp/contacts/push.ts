/** The roster as clients hear of it. */
import type { Client } from "../client/client.ts";
import type { Hearer } from "../client/services.ts";
import { localOfUser } from "../jid.ts";
import { ns } from "../namespaces.ts";
import { el, type Element } from "../xml/element.ts";
import type { Contact } from "./contacts.ts";

export function rosterItem(
  { address }: Pick<Client, "address">,
  { user, name, groups }: Contact,
): Element {
  return el(
    "item",
    ns.roster,
    { jid: `${localOfUser(user)}@${address.domain}`, name, subscription: "both" },
    ...groups.map((group) => el("group", ns.roster, {}, group)),
  );
}

/** RFC 6121 section 2.1.6: every client of the user that has asked for the roster hears of a change, and in any case the one that made it. */
export function pushRoster(by: Client, user: string, contact: Contact | undefined): void {
  const { services, address } = by;
  const id = pushId(by);
  for (const session of services.sessions.of(address.user)) {
    const client = services.clientOf(session);
    if (client === undefined || (client !== by && !client.interested)) continue;
    const item =
      contact === undefined
        ? el("item", ns.roster, { jid: client.address.of(user), subscription: "remove" })
        : rosterItem(client, contact);
    pushItem(client, id, item);
  }
}

export function pushItem(client: Hearer, id: string, item: Element): void {
  const attrs = { type: "set", id, to: client.address.full };
  client.say(el("iq", ns.client, attrs, el("query", ns.roster, {}, item)));
}

export function pushId({ services }: Client): string {
  return `push-${services.random.uuid()}`;
}
