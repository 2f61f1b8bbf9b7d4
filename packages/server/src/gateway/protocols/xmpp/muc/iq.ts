/** What rooms and their service answer. */
import type { Conversation } from "@godwit/protocol";
import { queryRoomArchive, archiveForm } from "../archive/query.ts";
import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import type { Iq, IqHandler, IqTable } from "../iq/iq.ts";
import { info } from "../iq/caps.ts";
import { ns } from "../namespaces.ts";
import { child, el, type Element } from "../xml/element.ts";
import { listAffiliations, listOfDraft, setAffiliations } from "./admin.ts";
import { groupsOf } from "./bookmarks.ts";
import { field, form } from "./form.ts";
import { conversationOf } from "./names.ts";
import { configureRoom, roomForm } from "./owner.ts";

const serviceFeatures = [ns.discoInfo, ns.discoItems, ns.muc];

export const serviceIqs: IqTable = {
  [`get ${ns.ping} ping`]: () => undefined,
  [`get ${ns.discoInfo} query`]: () =>
    info([{ category: "conference", type: "text", name: "Groups" }], serviceFeatures),
  [`get ${ns.discoItems} query`]: async (client) =>
    el(
      "query",
      ns.discoItems,
      {},
      ...(await groupsOf(client)).map(({ jid, title }) =>
        el("item", ns.discoItems, { jid, name: title }),
      ),
    ),
};

/** A handler for the conversation of a room. */
export type RoomHandler = (
  client: Client,
  conversation: string,
  iq: Iq,
) => Element | undefined | Promise<Element | undefined>;

/** The conversation of the room that was asked. Rejects if there is none. */
const ofRoom =
  (handler: RoomHandler): IqHandler =>
  async (client, iq) => {
    const conversation = await conversationOf(client, iq.room ?? "");
    if (conversation === undefined)
      throw new StanzaError("item-not-found", "There is no such room.");
    return handler(client, conversation, iq);
  };

export const roomIqs: IqTable = {
  [`get ${ns.discoInfo} query`]: (client, iq) => {
    const draft = client.rooms.draft(iq.jid);
    if (draft === undefined) return ofRoom(describe)(client, iq);
    return described({ kind: "group", open: true, memberCount: 1 }, draft.name);
  },
  [`get ${ns.discoItems} query`]: ofRoom(() => el("query", ns.discoItems)),
  [`get ${ns.mucAdmin} query`]: (client, iq) =>
    client.rooms.draft(iq.jid) === undefined
      ? ofRoom(listAffiliations)(client, iq)
      : listOfDraft(client, iq),
  [`set ${ns.mucAdmin} query`]: ofRoom(setAffiliations),
  [`get ${ns.mucOwner} query`]: roomForm,
  [`set ${ns.mucOwner} query`]: configureRoom,
  [`get ${ns.mam} query`]: ofRoom(() => archiveForm()),
  [`set ${ns.mam} query`]: ofRoom(queryRoomArchive),
  [`set ${ns.register} query`]: ofRoom(register),
};

/** XEP-0045 section 6.4. Who is not in a room learns of it what an invitation would say, and nothing if it is closed. */
async function describe(client: Client, id: string): Promise<Element> {
  const { conversation } = await client.call("conversation", { conversation: id });
  return described(conversation, conversation.title ?? "");
}

function described(
  conversation: Pick<Conversation, "kind" | "open" | "memberCount">,
  name: string,
): Element {
  const open = conversation.open === true;
  const features = [
    ns.discoInfo,
    ns.muc,
    ns.mam,
    ns.sid,
    ns.ping,
    "muc_nonanonymous",
    "muc_persistent",
    "muc_unsecured",
    open ? "muc_open" : "muc_membersonly",
    "muc_hidden",
    conversation.kind === "channel" ? "muc_moderated" : "muc_unmoderated",
  ];
  return info(
    [{ category: "conference", type: "text", name }],
    features,
    {},
    form("result", [
      field("FORM_TYPE", ns.mucRoomInfo, "hidden"),
      field("muc#roomconfig_roomname", name),
      field("muc#roominfo_subject", name),
      field("muc#roominfo_occupants", String(conversation.memberCount)),
    ]),
  );
}

/** XEP-0077 section 3.2 on a room: one is no member any more. */
async function register(client: Client, conversation: string, { payload }: Iq): Promise<undefined> {
  if (child(payload, "remove", ns.register) === undefined)
    throw new StanzaError("not-allowed", "Nicknames are not registered: they are user ids.");
  await client.call("leave", { conversation });
  return undefined;
}
