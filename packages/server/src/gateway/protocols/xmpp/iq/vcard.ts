import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import { ns } from "../namespaces.ts";
import { el, type Element } from "../xml/element.ts";
import type { Iq } from "./iq.ts";

async function nameOf(client: Client, user: string): Promise<string | undefined> {
  const { users } = await client.call("users", { ids: [user] });
  const [found] = users;
  if (found === undefined) throw new StanzaError("item-not-found", "There is no such user.");
  return found.name;
}

/** XEP-0054: the name from the profile, which is all that there is of it. */
export async function vcardOf(client: Client, { user }: Iq): Promise<Element> {
  const name = await nameOf(client, user);
  const tag = (key: string, text: string) => el(key, ns.vcardTemp, {}, text);
  return el(
    "vCard",
    ns.vcardTemp,
    {},
    name === undefined ? undefined : tag("FN", name),
    tag("NICKNAME", name ?? user),
    tag("JABBERID", client.address.of(user)),
  );
}

/** XEP-0292 section 3. */
export async function vcard4Of(client: Client, { user }: Iq): Promise<Element> {
  const name = await nameOf(client, user);
  const property = (key: string, text: string) =>
    el(key, ns.vcard4, {}, el("text", ns.vcard4, {}, text));
  return el("vcard", ns.vcard4, {}, property("fn", name ?? user), property("nickname", user));
}
