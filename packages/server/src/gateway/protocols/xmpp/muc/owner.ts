/** How a room is to be, and its end (XEP-0045 section 10). */
import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import type { Iq } from "../iq/iq.ts";
import { ns } from "../namespaces.ts";
import { child, el, type Element } from "../xml/element.ts";
import { field, form, valuesOf } from "./form.ts";
import { makeRoom } from "./make.ts";
import { conversationOf } from "./names.ts";

const names = {
  title: "muc#roomconfig_roomname",
  membersOnly: "muc#roomconfig_membersonly",
  persistent: "muc#roomconfig_persistentroom",
} as const;

/** What can be set: the name; and, before the room is made, whether it is open to everybody who knows of it. */
export async function roomForm(client: Client, { room = "", jid }: Iq): Promise<Element> {
  const draft = client.rooms.draft(jid);
  if (draft !== undefined) return query(draft.name, field(names.membersOnly, "0", "boolean"));
  const id = await roomId(client, room);
  const { conversation } = await client.call("conversation", { conversation: id });
  if (conversation.role === "member")
    throw new StanzaError("forbidden", "Owner and admins configure a room.");
  return query(conversation.title ?? "");
}

function query(title: string, ...more: readonly Element[]): Element {
  const fields = [
    field("FORM_TYPE", ns.mucRoomConfig, "hidden"),
    field(names.title, title, "text-single", "Name"),
    field(names.persistent, "1", "hidden"),
    ...more,
  ];
  return el("query", ns.mucOwner, {}, form("form", fields));
}

async function roomId(client: Client, local: string): Promise<string> {
  const id = await conversationOf(client, local);
  if (id === undefined) throw new StanzaError("item-not-found", "There is no such room.");
  return id;
}

export async function configureRoom(
  client: Client,
  { room = "", jid, payload }: Iq,
): Promise<undefined> {
  const submitted = child(payload, "x", ns.forms);
  const draft = client.rooms.draft(jid);
  if (draft !== undefined) {
    if (submitted?.attrs["type"] === "cancel") {
      client.rooms.dropDraft(jid);
      return undefined;
    }
    const values = submitted === undefined ? new Map<string, string>() : valuesOf(submitted);
    const membersOnly = /^(1|true)$/.test(values.get(names.membersOnly) ?? "");
    await makeRoom(client, draft, { title: values.get(names.title) || undefined, membersOnly });
    return undefined;
  }
  const conversation = await roomId(client, room);
  if (child(payload, "destroy", ns.mucOwner) !== undefined)
    await client.call("dissolve", { conversation });
  else if (submitted?.attrs["type"] === "submit") {
    const title = valuesOf(submitted).get(names.title);
    if (title) await client.call("rename", { conversation, title });
  }
  return undefined;
}
