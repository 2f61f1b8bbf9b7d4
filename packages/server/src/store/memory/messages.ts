import { samePayload } from "../payload.ts";
import type {
  Appended,
  ConversationChange,
  CursorMove,
  MessageStore,
  MovedCursor,
  NewMessage,
  StoredMessage,
} from "../port.ts";
import {
  byText,
  join,
  leave,
  memberOf,
  newConversation,
  unreadOf,
  type ConversationState,
  type State,
} from "./state.ts";

/** The message log in memory. Quadratic corners (counting unread, sorting members) are fine at the sizes of tests. */
export function memoryMessages(state: State, guard: () => void): MessageStore {
  return {
    async append(batch) {
      guard();
      return batch.map((message) => appendOne(state, message));
    },
    async find(message) {
      guard();
      return findSent(state, message);
    },
    async range(conversation, from, to, limit, keep) {
      guard();
      const log = state.conversations.get(conversation)?.log ?? [];
      const found = log.slice(Math.max(0, from - 1), Math.max(0, Math.min(to, log.length)));
      if (found.length <= limit) return found;
      return keep === "oldest" ? found.slice(0, limit) : found.slice(found.length - limit);
    },
    async pick(refs) {
      guard();
      return refs.map((ref) => state.conversations.get(ref.conversation)?.log[ref.seq - 1]);
    },
    async advance(moves) {
      guard();
      return moves.map((move) => advanceOne(state, move)).filter((moved) => moved !== undefined);
    },
    async receipts(id, seq, cursor, after, limit) {
      guard();
      const conversation = state.conversations.get(id);
      if (conversation === undefined) return { total: 0, totalPartial: false, members: [] };
      const sender = conversation.log[seq - 1]?.sender;
      const reached = [...conversation.members.values()]
        .filter(
          (row) =>
            row.role !== "banned" &&
            row[cursor] >= seq &&
            row.joinedSeq < seq &&
            row.user !== sender,
        )
        .sort((a, b) => byText(a.user, b.user));
      const page = reached.filter((row) => after === undefined || row.user > after).slice(0, limit);
      return {
        total: reached.length,
        totalPartial: false,
        members: page.map((row) => ({
          user: row.user,
          seq: row[cursor],
          time: cursor === "read" ? row.readAt : row.deliveredAt,
        })),
      };
    },
  };
}

function sentKey(message: NewMessage): string {
  return `${message.sender} ${message.clientId}`;
}

function findSent(state: State, message: NewMessage): Appended | undefined {
  const before = state.sent.get(sentKey(message));
  if (before === undefined) return undefined;
  if (!samePayload(before.message, before.digest, message)) return { status: "conflict" };
  const { seq, id, time } = before.message;
  return { status: "duplicate", seq, id, time };
}

function appendOne(state: State, message: NewMessage): Appended {
  const before = findSent(state, message);
  if (before !== undefined) return before;
  let conversation = state.conversations.get(message.conversation);
  if (message.change?.type === "create") {
    if (conversation !== undefined) return { status: "conflict" };
    conversation = newConversation(message.conversation, message.change.kind, message.time);
    state.conversations.set(message.conversation, conversation);
  }
  if (conversation === undefined) return { status: "unknown" };
  if (message.kind !== "system" && memberOf(conversation, message.sender) === undefined)
    return { status: "not_member" };
  state.lastId += 1;
  const { change, sentDigest: digest, ...rest } = message;
  const stored: StoredMessage = { ...rest, seq: conversation.log.length + 1, id: state.lastId };
  conversation.visible.push(
    (conversation.visible.at(-1) ?? 0) + (message.kind === "system" ? 0 : 1),
  );
  conversation.log.push(stored);
  state.sent.set(sentKey(message), {
    message: stored,
    ...(digest === undefined ? {} : { digest }),
  });
  if (change !== undefined) applyChange(state, conversation, change, message.time);
  return { status: "stored", seq: stored.seq, id: stored.id, time: stored.time };
}

function applyChange(
  state: State,
  conversation: ConversationState,
  change: ConversationChange,
  time: number,
): void {
  switch (change.type) {
    case "create":
      conversation.title = change.title;
      conversation.open = change.open ?? false;
      for (const { user, role } of change.members) join(state, conversation, user, role, time);
      return;
    case "add":
      for (const user of change.users) {
        if (memberOf(conversation, user) === undefined)
          join(state, conversation, user, "member", time);
      }
      return;
    case "remove":
      for (const user of change.users) leave(state, conversation, user, change.ban, time);
      return;
    case "role": {
      const member = memberOf(conversation, change.user);
      if (member !== undefined) member.role = change.role;
      const former =
        change.former === undefined ? undefined : memberOf(conversation, change.former);
      if (former !== undefined) former.role = "admin";
      return;
    }
    case "rename":
      conversation.title = change.title;
      return;
    case "mute": {
      if (change.user === undefined) {
        conversation.mutedAll = change.until !== 0;
        return;
      }
      const member = memberOf(conversation, change.user);
      if (member !== undefined) member.mutedUntil = change.until;
      return;
    }
    case "dissolve":
      conversation.dissolved = true;
  }
}

function advanceOne(state: State, move: CursorMove): MovedCursor | undefined {
  const conversation = state.conversations.get(move.conversation);
  const member = conversation === undefined ? undefined : memberOf(conversation, move.user);
  if (conversation === undefined || member === undefined) return undefined;
  const end = conversation.log.length;
  const read = Math.max(member.read, Math.min(move.read ?? 0, end));
  const delivered = Math.max(member.delivered, Math.min(move.delivered ?? 0, end), read);
  const moved = read > member.read || delivered > member.delivered;
  if (read > member.read) member.readAt = move.time;
  if (delivered > member.delivered) member.deliveredAt = move.time;
  member.read = read;
  member.delivered = delivered;
  return {
    conversation: move.conversation,
    user: move.user,
    delivered,
    read,
    unread: unreadOf(conversation, member),
    moved,
  };
}
