/** What is asked of one's own account, or of nobody in particular. */
import { archiveForm, queryArchive } from "../archive/query.ts";
import { contactsOf, keepContact } from "../contacts/contacts.ts";
import { pushRoster, rosterItem } from "../contacts/push.ts";
import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import { parseJid, userOfLocal } from "../jid.ts";
import { bookmarksOf, oldBookmarksOf } from "../muc/bookmarks.ts";
import { ns } from "../namespaces.ts";
import { child, el, elements, textOf, type Element } from "../xml/element.ts";
import { info } from "./caps.ts";
import type { Iq, IqTable } from "./iq.ts";
import { serverIqs } from "./server.ts";
import { vcard4Of, vcardOf } from "./vcard.ts";

const accountFeatures = [ns.discoInfo, ns.mam, ns.sid, ns.carbons, ns.vcardTemp, ns.pubsub];

export const accountIqs: IqTable = {
  ...serverIqs,
  [`get ${ns.discoInfo} query`]: () =>
    info(
      [
        { category: "account", type: "registered" },
        { category: "pubsub", type: "pep" },
      ],
      accountFeatures,
    ),
  [`get ${ns.discoItems} query`]: () => el("query", ns.discoItems),
  [`get ${ns.roster} query`]: getRoster,
  [`set ${ns.roster} query`]: setRoster,
  [`get ${ns.vcardTemp} vCard`]: vcardOf,
  [`get ${ns.vcard4} vcard`]: vcard4Of,
  [`get ${ns.mam} query`]: () => archiveForm(),
  [`set ${ns.mam} query`]: queryArchive,
  [`get ${ns.mam} prefs`]: archivePreferences,
  [`set ${ns.mam} prefs`]: archivePreferences,
  [`get ${ns.pubsub} pubsub`]: getNode,
  [`get ${ns.private} query`]: (client, { payload }) =>
    child(payload, "storage", ns.oldBookmarks) === undefined ? payload : oldBookmarksOf(client),
  [`get ${ns.blocking} blocklist`]: refuseBlocking,
  [`set ${ns.blocking} block`]: refuseBlocking,
  [`set ${ns.blocking} unblock`]: refuseBlocking,
};

async function getRoster(client: Client): Promise<Element> {
  client.interested = true;
  const contacts = await contactsOf(client);
  return el("query", ns.roster, {}, ...contacts.map((contact) => rosterItem(client, contact)));
}

/** RFC 6121 sections 2.3 to 2.5. */
async function setRoster(client: Client, { payload }: Iq): Promise<undefined> {
  const [item, ...more] = elements(payload);
  const jid = parseJid(item?.attrs["jid"] ?? "");
  const user = jid?.local === undefined ? undefined : userOfLocal(jid.local);
  if (item === undefined || more.length > 0 || jid === undefined)
    throw new StanzaError("bad-request", "One item with an address is put into the roster.");
  if (jid.domain !== client.address.domain || user === undefined)
    throw new StanzaError("not-acceptable", "Only users of this server can be in the roster.");
  const removed = item.attrs["subscription"] === "remove";
  const name = item.attrs["name"]?.slice(0, 256);
  const groups = elements(item)
    .filter((node) => node.name === "group")
    .map((node) => textOf(node).slice(0, 256))
    .filter((group) => group !== "")
    .slice(0, 20);
  const { users } = await client.call("users", { ids: [user] });
  if (users.length === 0) throw new StanzaError("item-not-found", "There is no such user.");
  const kept = removed ? undefined : { ...(name ? { name } : {}), groups };
  // In turn, so that no device's change is lost to another's, and all hear of them in the order in which they were made.
  return client.services.turns.run(client.address.user, async () => {
    if (!(await keepContact(client, user, kept)))
      throw new StanzaError("resource-constraint", "The roster is full.");
    const contact = removed ? undefined : { user, name: name ?? users[0]?.name, groups };
    pushRoster(client, user, contact);
    return undefined;
  });
}

/** XEP-0313 section 8: everything is archived, whatever is preferred. */
function archivePreferences(): Element {
  return el("prefs", ns.mam, { default: "always" }, el("always", ns.mam), el("never", ns.mam));
}

/** XEP-0402: the groups that the user is in, to be entered by themselves. Nothing else is kept here. */
async function getNode(client: Client, { payload }: Iq): Promise<Element> {
  const node = child(payload, "items", ns.pubsub)?.attrs["node"];
  if (node !== ns.bookmarks)
    throw new StanzaError("item-not-found", "Only bookmarks can be read here, and not written.");
  return bookmarksOf(client);
}

function refuseBlocking(): never {
  throw new StanzaError(
    "feature-not-implemented",
    "Nobody can be blocked here yet: there are no relations between users.",
  );
}
