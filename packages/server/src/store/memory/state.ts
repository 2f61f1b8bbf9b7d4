import type { ConversationKind, Role } from "@godwit/protocol";
import type { ConversationRow, MemberRow, StoredMessage } from "../port.ts";

/** A member, with where the row began and when its cursors last moved. */
export interface MemberState {
  readonly user: string;
  role: Role | "banned";
  joinedAt: number;
  joinedSeq: number;
  mutedUntil: number;
  delivered: number;
  deliveredAt: number;
  read: number;
  readAt: number;
}

export interface ConversationState {
  readonly id: string;
  readonly kind: ConversationKind;
  title: string | undefined;
  open: boolean;
  mutedAll: boolean;
  dissolved: boolean;
  readonly createdAt: number;
  readonly members: Map<string, MemberState>;
  memberCount: number;
  /** Entry `seq` is at index `seq - 1`. */
  readonly log: StoredMessage[];
  /** How many visible messages there are up to each entry, by the same index. */
  readonly visible: number[];
}

export interface State {
  readonly conversations: Map<string, ConversationState>;
  /** Conversations by member. */
  readonly memberships: Map<string, Set<string>>;
  /** Messages by sender and client id, with the digests of what was sent where that is something else. */
  readonly sent: Map<string, { readonly message: StoredMessage; readonly digest?: string }>;
  lastId: number;
}

export function newState(): State {
  return { conversations: new Map(), memberships: new Map(), sent: new Map(), lastId: 0 };
}

export function newConversation(
  id: string,
  kind: ConversationKind,
  createdAt: number,
): ConversationState {
  return {
    id,
    kind,
    title: undefined,
    open: false,
    mutedAll: false,
    dissolved: false,
    createdAt,
    members: new Map(),
    memberCount: 0,
    log: [],
    visible: [],
  };
}

/** Puts a fresh member row in place of whatever was there. */
export function join(
  state: State,
  conversation: ConversationState,
  user: string,
  role: Role,
  time: number,
): void {
  const old = conversation.members.get(user);
  if (old === undefined || old.role === "banned") conversation.memberCount += 1;
  const seq = conversation.log.length;
  conversation.members.set(user, {
    user,
    role,
    joinedAt: time,
    joinedSeq: seq,
    mutedUntil: 0,
    delivered: seq,
    deliveredAt: time,
    read: seq,
    readAt: time,
  });
  const list = state.memberships.get(user);
  if (list === undefined) state.memberships.set(user, new Set([conversation.id]));
  else list.add(conversation.id);
}

/** Takes a member out; a ban leaves a row behind that says so, for strangers too. */
export function leave(
  state: State,
  conversation: ConversationState,
  user: string,
  ban: boolean,
  time: number,
): void {
  const old = conversation.members.get(user);
  if (old !== undefined && old.role !== "banned") {
    conversation.memberCount -= 1;
    conversation.members.delete(user);
    state.memberships.get(user)?.delete(conversation.id);
  }
  if (!ban || old?.role === "banned") return;
  join(state, conversation, user, "member", time);
  const row = conversation.members.get(user);
  if (row !== undefined) row.role = "banned";
  conversation.memberCount -= 1;
  state.memberships.get(user)?.delete(conversation.id);
}

/** The row of a member, banned ones excluded. */
export function memberOf(conversation: ConversationState, user: string): MemberState | undefined {
  const row = conversation.members.get(user);
  return row === undefined || row.role === "banned" ? undefined : row;
}

/** Messages of others after the read cursor, without `system` ones. */
export function unreadOf(conversation: ConversationState, member: MemberState): number {
  let count = 0;
  for (let index = member.read; index < conversation.log.length; index += 1) {
    const message = conversation.log[index];
    if (message !== undefined && message.kind !== "system" && message.sender !== member.user)
      count += 1;
  }
  return count;
}

export function conversationRow(conversation: ConversationState): ConversationRow {
  return {
    id: conversation.id,
    kind: conversation.kind,
    ...(conversation.title === undefined ? {} : { title: conversation.title }),
    open: conversation.open,
    mutedAll: conversation.mutedAll,
    dissolved: conversation.dissolved,
    createdAt: conversation.createdAt,
    memberCount: conversation.memberCount,
    lastSeq: conversation.log.length,
    visible: conversation.visible.at(-1) ?? 0,
  };
}

export function memberRow(member: MemberState): MemberRow {
  const { user, role, joinedAt, mutedUntil, delivered, read } = member;
  return { user, role, joinedAt, mutedUntil, delivered, read };
}

/** Orders by code units, which for ids is the byte order that SQL engines use. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
