/** XEP-0313: questions to an archive, of one's direct conversations or of a room. */
import { directId } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import { parseJid, userOfLocal } from "../jid.ts";
import type { Iq } from "../iq/iq.ts";
import { ns } from "../namespaces.ts";
import { child, childText, el, elements, escapeAttribute, type Element } from "../xml/element.ts";
import { directForm, roomForm, type ArchiveForm } from "./forms.ts";
import { readEverywhere } from "./everywhere.ts";
import { readConversation } from "./conversation.ts";
import { fitting, type Page, type Query } from "./page.ts";

const pageDefault = 50;
const pageMax = 100;

/** What can be asked (XEP-0313 section 4.1.5). */
export function archiveForm(): Element {
  const field = (name: string, type: string, value?: string) =>
    el(
      "field",
      ns.forms,
      { var: name, type },
      value === undefined ? undefined : el("value", ns.forms, {}, value),
    );
  return el(
    "query",
    ns.mam,
    {},
    el(
      "x",
      ns.forms,
      { type: "form" },
      field("FORM_TYPE", "hidden", ns.mam),
      field("with", "jid-single"),
      field("start", "text-single"),
      field("end", "text-single"),
    ),
  );
}

/** The archive of the client's direct conversations, of one or of all. */
export async function queryArchive(client: Client, { payload }: Iq): Promise<Element> {
  const fields = fieldsOf(payload);
  const query = queryOf(payload, fields);
  const form = directForm(client);
  const other = fields.get("with");
  const page =
    other === undefined
      ? await readEverywhere(client, query)
      : await readConversation(client, conversationWith(client, other), query, form);
  return answer(client, payload, fitting(page, query.backward), form);
}

export async function queryRoomArchive(
  client: Client,
  conversation: string,
  { payload, jid }: Iq,
): Promise<Element> {
  const form = roomForm(client, jid);
  const query = queryOf(payload, fieldsOf(payload));
  const page = await readConversation(client, conversation, query, form);
  return answer(client, payload, fitting(page, query.backward), form);
}

function conversationWith({ address }: Client, text: string): string {
  const jid = parseJid(text);
  const user = jid?.local === undefined ? undefined : userOfLocal(jid.local);
  if (jid === undefined || user === undefined || jid.domain !== address.domain)
    throw new StanzaError("item-not-found", "There are no messages with that address here.");
  return directId(address.user, user);
}

function fieldsOf(payload: Element): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const form = child(payload, "x", ns.forms);
  for (const field of form === undefined ? [] : elements(form)) {
    const name = field.attrs["var"];
    const value = childText(field, "value", ns.forms);
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  return fields;
}

/** XEP-0059, and the fields of time. */
function queryOf(payload: Element, fields: ReadonlyMap<string, string>): Query {
  const set = child(payload, "set", ns.rsm);
  const asked = set === undefined ? undefined : childText(set, "max", ns.rsm);
  const max = asked === undefined ? pageDefault : Number(asked);
  if (!Number.isInteger(max) || max < 0)
    throw new StanzaError("bad-request", "max is a whole number.");
  const before = set === undefined ? undefined : childText(set, "before", ns.rsm);
  // COMPAT: profanity leaves out the set around it.
  const bare = childText(payload, "after", ns.mam);
  const after = set === undefined ? bare : childText(set, "after", ns.rsm);
  return {
    start: timeOf(fields.get("start")),
    end: timeOf(fields.get("end")),
    after: after === "" ? undefined : after,
    before: before === "" ? undefined : before,
    backward: before !== undefined,
    max: Math.min(max, pageMax),
  };
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (!Number.isFinite(time)) throw new StanzaError("bad-request", "A time is as in XEP-0082.");
  return time;
}

/** Says the messages of a page, each as a result of its own, and returns its end. */
function answer(client: Client, payload: Element, page: Page, form: ArchiveForm): Element {
  const queryId = payload.attrs["queryid"];
  const asked = queryId === undefined ? "" : ` queryid="${escapeAttribute(queryId)}"`;
  for (const each of page.messages) {
    const { message } = each;
    client.say(
      `${client.head("message")} from="${form.from}" to="${client.address.full}"><result xmlns="${ns.mam}"${asked} id="${form.id(message)}">` +
        `<forwarded xmlns="${ns.forward}"><delay xmlns="${ns.delay}" stamp="${new Date(message.time).toISOString()}"/>` +
        `${form.stanza(each)}</forwarded></result></message>`,
    );
  }
  const [first, last] = [page.messages[0], page.messages.at(-1)];
  const bounds =
    first === undefined || last === undefined
      ? []
      : [
          el("first", ns.rsm, {}, form.id(first.message)),
          el("last", ns.rsm, {}, form.id(last.message)),
        ];
  const attrs = { complete: page.complete ? "true" : undefined };
  return el("fin", ns.mam, attrs, el("set", ns.rsm, {}, ...bounds));
}
