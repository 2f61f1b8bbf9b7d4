/** Questions and orders: each finds its handler by what it is addressed to and what is in it. */
import type { Client } from "../client/client.ts";
import { probePrefix } from "../client/probe.ts";
import { StanzaError } from "../errors.ts";
import { accountIqs } from "../iq/account.ts";
import { serverIqs } from "../iq/server.ts";
import { userIqs } from "../iq/user.ts";
import type { Iq, IqTable } from "../iq/iq.ts";
import { userOfLocal } from "../jid.ts";
import { roomIqs, serviceIqs } from "../muc/iq.ts";
import { ns } from "../namespaces.ts";
import { el, elements, type Element } from "../xml/element.ts";
import { addressed } from "./addressed.ts";
import { ownDevice, passOn } from "./devices.ts";

export function takeIq(client: Client, stanza: Element): Promise<void> | undefined {
  const { type, id, to } = stanza.attrs;
  const isAnswer = type === "result" || type === "error";
  if (isAnswer && id?.startsWith(probePrefix) === true) {
    probed(client, Number(id.slice(probePrefix.length)));
    return undefined;
  }
  const device = to === undefined ? undefined : ownDevice(client, addressed(to));
  if (isAnswer) {
    if (device !== undefined) passOn(client, stanza, device);
    return undefined;
  }
  const [payload, ...more] = elements(stanza);
  if (id === undefined || (type !== "get" && type !== "set") || more.length > 0 || !payload)
    throw new StanzaError("bad-request", "RFC 6120 section 8.2.3: an id, get or set, one child.");
  if (device !== undefined) {
    passOn(client, stanza, device);
    return undefined;
  }
  const answer = handle(client, { type, payload, ...place(client, to) });
  const reply = (result: Element | undefined) =>
    client.say(
      el(
        "iq",
        ns.client,
        { type: "result", id, from: to ?? client.address.bare, to: client.address.full },
        result,
      ),
    );
  if (answer instanceof Promise) return answer.then(reply);
  reply(answer);
  return undefined;
}

/** The answer to the probe with this number: without stream management, stanzas are known to have come when a later one is answered (RFC 6120 section 10.1: in order). */
function probed(client: Client, count: number): void {
  if (!client.managed && Number.isInteger(count)) client.acknowledged(count);
}

const selfPing: IqTable = { [`get ${ns.ping} ping`]: () => undefined };

/** What a question is addressed to. */
type Place = Pick<Iq, "user" | "room" | "jid"> & { readonly table: IqTable };

function place(client: Client, text: string | undefined): Place {
  const { address } = client;
  const own = { table: accountIqs, user: address.user, room: undefined, jid: address.bare };
  if (text === undefined) return own;
  const to = addressed(text);
  const bare = to.local === undefined ? to.domain : `${to.local}@${to.domain}`;
  if (to.domain === address.conference) {
    if (to.local !== undefined && to.resource !== undefined) {
      // XEP-0410 section 3: whether one is still in a room.
      if (client.rooms.at(bare) === undefined)
        throw new StanzaError("not-acceptable", "You are not in this room; enter it first.");
      if (to.resource === address.user)
        return { table: selfPing, user: address.user, room: to.local, jid: bare };
      throw new StanzaError("service-unavailable", "Occupants are not asked through their room.");
    }
    const room = to.local;
    const table = room === undefined ? serviceIqs : roomIqs;
    return { table, user: address.user, room, jid: bare };
  }
  if (to.domain !== address.domain)
    throw new StanzaError("remote-server-not-found", "This server talks to no others.");
  if (to.local === undefined)
    return { table: serverIqs, user: address.user, room: undefined, jid: bare };
  const user = userOfLocal(to.local);
  if (user === address.user && to.resource === undefined) return own;
  if (user === undefined || to.resource !== undefined)
    throw new StanzaError(
      "service-unavailable",
      "Only one's own devices that are there can be asked.",
    );
  return { table: userIqs, user, room: undefined, jid: bare };
}

function handle(
  client: Client,
  { table, ...iq }: Iq & { readonly table: IqTable },
): ReturnType<IqTable[string]> {
  const handler = table[`${iq.type} ${iq.payload.ns} ${iq.payload.name}`];
  if (handler === undefined)
    throw new StanzaError("service-unavailable", "This is not understood here.");
  return handler(client, iq);
}
