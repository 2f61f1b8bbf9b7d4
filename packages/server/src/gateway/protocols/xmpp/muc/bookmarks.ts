import type { Client } from "../client/client.ts";
import { ns } from "../namespaces.ts";
import { el, type Element } from "../xml/element.ts";
import { roomJidOf } from "./names.ts";

/** Groups listed at most. */
const groupsMax = 100;
const pageConversations = 100;

export interface Group {
  readonly jid: string;
  readonly title: string;
}

/** The groups that the user is in, by the addresses of their rooms. */
export async function groupsOf(client: Client): Promise<Group[]> {
  const groups: Group[] = [];
  let after: string | undefined;
  do {
    const page = await client.call("sync", {
      limit: pageConversations,
      messages: 0,
      ...(after === undefined ? {} : { after }),
    });
    for (const { conversation } of page.conversations) {
      if (conversation.kind === "direct" || conversation.dissolved === true) continue;
      const jid = await roomJidOf(client, conversation.id);
      groups.push({ jid, title: conversation.title ?? "" });
    }
    after = page.next;
  } while (after !== undefined && groups.length < groupsMax);
  return groups.slice(0, groupsMax);
}

/** XEP-0048, which older clients ask for. */
export async function oldBookmarksOf(client: Client): Promise<Element> {
  const conferences = (await groupsOf(client)).map(({ jid, title }) =>
    el(
      "conference",
      ns.oldBookmarks,
      { jid, name: title, autojoin: "true" },
      el("nick", ns.oldBookmarks, {}, client.address.user),
    ),
  );
  return el("query", ns.private, {}, el("storage", ns.oldBookmarks, {}, ...conferences));
}

/** XEP-0402: to be entered whenever the client comes. */
export async function bookmarksOf(client: Client): Promise<Element> {
  const items = (await groupsOf(client)).map(({ jid, title }) =>
    el(
      "item",
      ns.pubsub,
      { id: jid },
      el(
        "conference",
        ns.bookmarks,
        { name: title, autojoin: "true" },
        el("nick", ns.bookmarks, {}, client.address.user),
      ),
    ),
  );
  return el("pubsub", ns.pubsub, {}, el("items", ns.pubsub, { node: ns.bookmarks }, ...items));
}
