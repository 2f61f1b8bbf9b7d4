/** What rooms say: messages, and who is there (XEP-0045). */
import type { Message, Role } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { delay, type makeShared } from "../events/message.ts";
import { ns } from "../namespaces.ts";
import { el, type Element } from "../xml/element.ts";
import type { Member } from "./rooms.ts";

/** A message as everybody in the room gets it. Occupants are called by their user id. */
export function roomStanza(
  client: Client,
  jid: string,
  { sender, seq, time }: Pick<Message, "sender" | "seq" | "time">,
  { id, inside }: ReturnType<typeof makeShared>,
  options: { readonly head: string; readonly delayed: boolean },
): string {
  return (
    `${options.head} from="${jid}/${sender}" to="${client.address.full}" type="groupchat" id="${id}">${inside}` +
    `<stanza-id xmlns="${ns.sid}" by="${jid}" id="${seq}"/>${options.delayed ? delay(time) : ""}</message>`
  );
}

export type Affiliation = "owner" | "admin" | "member" | "outcast" | "none";

/** Our roles are affiliations: they outlast any visit. */
export function affiliationOf(role: Role): Affiliation {
  return role;
}

function roleOf({ role, muted }: Pick<Member, "role" | "muted">): string {
  if (role !== "member") return "moderator";
  return muted ? "visitor" : "participant";
}

/** That an occupant is there, or is there as something else. */
export function present(
  client: Client,
  jid: string,
  user: string,
  member: Member,
  codes: readonly number[] = [],
): Element {
  const { address } = client;
  const away = member.status === "away" && user !== address.user;
  return el(
    "presence",
    ns.client,
    { from: `${jid}/${user}`, to: address.full },
    away ? el("show", ns.client, {}, "away") : undefined,
    userElement(
      {
        affiliation: affiliationOf(member.role),
        role: roleOf(member),
        jid: address.of(user),
      },
      codes,
    ),
  );
}

/** That an occupant is gone: for now, or with an affiliation that says more. */
export function absent(
  client: Client,
  jid: string,
  user: string,
  affiliation: Affiliation,
  { codes = [], more }: { readonly codes?: readonly number[]; readonly more?: Element } = {},
): Element {
  const { address } = client;
  return el(
    "presence",
    ns.client,
    { from: `${jid}/${user}`, to: address.full, type: "unavailable" },
    userElement({ affiliation, role: "none", jid: address.of(user) }, codes, more),
  );
}

function userElement(
  item: Readonly<Record<string, string>>,
  codes: readonly number[],
  more?: Element,
): Element {
  return el(
    "x",
    ns.mucUser,
    {},
    el("item", ns.mucUser, item),
    more,
    ...codes.map((code) => el("status", ns.mucUser, { code: String(code) })),
  );
}

export function subject(client: Client, jid: string, title: string, by?: string): Element {
  const from = by === undefined ? jid : `${jid}/${by}`;
  return el(
    "message",
    ns.client,
    { from, to: client.address.full, type: "groupchat" },
    el("subject", ns.client, {}, title),
  );
}
