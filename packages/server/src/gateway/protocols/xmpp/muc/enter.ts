/** Entering a room (XEP-0045 section 7.2): who is there, what was said, what it is about. */
import type { Conversation, Message } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import { makeShared } from "../events/message.ts";
import { ns } from "../namespaces.ts";
import { child, type Element } from "../xml/element.ts";
import { conversationOf } from "./names.ts";
import { Entering, roomsMax, type Member, type Room } from "./rooms.ts";
import { replayEntering } from "./show.ts";
import { present, roomStanza, subject } from "./stanza.ts";

/** Above it nobody but oneself is listed, and comings and goings are not told. */
const listedMembersMax = 200;
const historyDefault = 20;
const historyMax = 100;
/** XEP-0045 section 15.6: everybody sees addresses; oneself; all is logged; the server has chosen the nickname. */
export const codes = {
  realAddresses: 100,
  self: 110,
  logged: 170,
  made: 201,
  nickChosen: 210,
} as const;

export interface Entrance {
  readonly local: string;
  readonly jid: string;
  /** The nickname that was asked for. */
  readonly nick: string;
  readonly stanza: Element;
}

/** Undefined if there is no such room; otherwise the client is in it when this resolves. Rejects with a StanzaError. */
export async function enter(client: Client, entrance: Entrance): Promise<Conversation | undefined> {
  const { rooms } = client;
  const id = await conversationOf(client, entrance.local);
  if (id === undefined) return undefined;
  if (rooms.size + rooms.entering.size >= roomsMax && rooms.of(id) === undefined)
    throw new StanzaError("resource-constraint", `You can be in ${roomsMax} rooms at once.`);
  const entering = new Entering();
  rooms.entering.set(id, entering);
  try {
    const conversation = await join(client, id);
    if (conversation.dissolved === true) return conversation;
    const messages = await historyFor(client, id, entrance.stanza);
    // After the history: who joins between the two is in both, and not in neither.
    const { members, watched } = await membersOf(client, conversation, entering);
    const room: Room = {
      conversation: id,
      jid: entrance.jid,
      title: conversation.title ?? "",
      members,
      watched,
      shownSeq: Math.max(conversation.lastSeq, messages.at(-1)?.seq ?? 0),
    };
    rooms.add(room);
    welcome(client, room, entrance, messages);
    return conversation;
  } finally {
    // It may be entered a second time already.
    if (rooms.entering.get(id) === entering) rooms.entering.delete(id);
    replayEntering(client, id, entering);
  }
}

/** The conversation, of which one becomes a member if it is open. */
async function join(client: Client, id: string): Promise<Conversation> {
  try {
    return (await client.call("conversation", { conversation: id })).conversation;
  } catch (error) {
    const stranger = error instanceof StanzaError && error.condition === "registration-required";
    if (!stranger) throw error;
    return (await client.call("join", { conversation: id })).conversation;
  }
}

async function membersOf(
  client: Client,
  { id, kind, memberCount, role, mutedUntil }: Conversation,
  entering: Entering,
): Promise<{ readonly members: Map<string, Member>; readonly watched: boolean }> {
  const { user } = client.address;
  const nowMs = client.services.clock.now();
  const members = new Map<string, Member>();
  // In a channel plain members only read.
  const muted = (until: number | undefined) => kind === "channel" || (until ?? 0) > nowMs;
  if (memberCount <= listedMembersMax) {
    const page = await client.call("members", { conversation: id, limit: listedMembersMax });
    for (const each of page.members)
      members.set(each.user, {
        role: each.role,
        muted: muted(each.mutedUntil),
        status: "offline",
      });
  }
  entering.members = members;
  const watched = members.size > 0 && (await watchMembers(client, members));
  members.set(user, { role, muted: muted(mutedUntil), status: "online" });
  return { members, watched };
}

/** False if this client watches as many people as it may: then it is not told who comes and goes. */
async function watchMembers(client: Client, members: Map<string, Member>): Promise<boolean> {
  try {
    const { presences } = await client.call("watch", { users: [...members.keys()] });
    for (const { user, status } of presences) {
      const member = members.get(user);
      if (member !== undefined) member.status = status;
    }
    return true;
  } catch (error) {
    if (error instanceof StanzaError && error.wire?.name === "invalid_params") return false;
    throw error;
  }
}

/** XEP-0045 section 7.2.13: as much of what was said as the client asks for. */
async function historyFor(
  client: Client,
  conversation: string,
  stanza: Element,
): Promise<readonly Message[]> {
  const x = child(stanza, "x", ns.muc);
  const asked = x === undefined ? undefined : child(x, "history", ns.muc);
  const number = (name: string) => {
    const value = asked?.attrs[name];
    return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  };
  const nowMs = client.services.clock.now();
  const seconds = number("seconds");
  const since = Math.max(
    seconds === undefined ? 0 : nowMs - seconds * 1_000,
    Date.parse(asked?.attrs["since"] ?? "") || 0,
  );
  const limit = Math.min(number("maxstanzas") ?? historyDefault, historyMax);
  if (limit === 0 || number("maxchars") === 0) return [];
  const { messages } = await client.call("history", { conversation, limit });
  return messages.filter(({ time }) => time >= since);
}

function welcome(
  client: Client,
  room: Room,
  { nick }: Entrance,
  messages: readonly Message[],
): void {
  const { user } = client.address;
  const { jid } = room;
  for (const [each, member] of room.members)
    if (each !== user && member.status !== "offline")
      client.say(present(client, jid, each, member));
  const self = room.members.get(user);
  if (self !== undefined) {
    const chosen = nick === user ? [] : [codes.nickChosen];
    const told = [codes.realAddresses, codes.self, codes.logged, ...chosen];
    client.say(present(client, jid, user, self, told));
  }
  const head = client.head("message");
  for (const message of messages) {
    const shared = makeShared(message);
    if (shared.inside === "") continue;
    const { conversation, seq, sender } = message;
    const carried = sender === user ? undefined : { conversation, seq };
    client.say(roomStanza(client, jid, message, shared, { head, delayed: true }), carried);
  }
  client.say(subject(client, jid, room.title));
}
