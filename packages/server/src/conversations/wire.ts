import type { Content, Conversation, Member, MemberProgress, Message } from "@godwit/protocol";
import type { ConversationView, MemberRow, StoredMessage } from "../store/port.ts";

/**
 * A stored message as it travels, with its content parsed. One that has expired keeps its place in the log and nothing of what it said:
 * `kind: "system"`, `content: {event: "expired"}`.
 */
export function toWire(message: StoredMessage, nowMs: number): Message {
  const { conversation, seq, id, sender, device, clientId, clientSeq, time, expiresAt } = message;
  const place = { conversation, seq, id, sender, device, clientId, clientSeq, time };
  if (expiresAt !== undefined && expiresAt < nowMs) {
    return { ...place, kind: "system", content: { event: "expired" }, expiresAt };
  }
  return {
    ...place,
    kind: message.kind,
    content: JSON.parse(message.content) as Content,
    ...(message.priority === "important" ? { priority: message.priority } : {}),
    ...(message.mentions === undefined ? {} : { mentions: [...message.mentions] }),
    ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** A conversation as one of its members sees it. */
export function conversationToWire(view: ConversationView, large: boolean): Conversation {
  const { conversation: row, member } = view;
  if (member.role === "banned") throw new TypeError("A banned user has no view of a conversation.");
  return {
    id: row.id,
    kind: row.kind,
    ...(row.title === undefined ? {} : { title: row.title }),
    role: member.role,
    memberCount: row.memberCount,
    lastSeq: row.lastSeq,
    delivered: member.delivered,
    read: member.read,
    unread: view.unread,
    mentions: view.mentions,
    createdAt: row.createdAt,
    ...(row.open ? { open: true } : {}),
    ...(large ? { large: true } : {}),
    ...(row.mutedAll ? { mutedAll: true } : {}),
    ...(member.mutedUntil === 0 ? {} : { mutedUntil: member.mutedUntil }),
    ...(row.dissolved ? { dissolved: true } : {}),
    ...(view.peerDelivered === undefined ? {} : { peerDelivered: view.peerDelivered }),
    ...(view.peerRead === undefined ? {} : { peerRead: view.peerRead }),
  };
}

/** How far the others in a group have come, for one of its members to see. */
export function progressToWire(rows: readonly MemberRow[], self: string): MemberProgress[] {
  return rows
    .filter(({ user }) => user !== self)
    .map(({ user, delivered, read }) => ({ user, delivered, read }));
}

export function memberToWire(row: MemberRow): Member {
  if (row.role === "banned") throw new TypeError("A banned user is not a member.");
  const { user, role, joinedAt, mutedUntil } = row;
  return { user, role, joinedAt, ...(mutedUntil === 0 ? {} : { mutedUntil }) };
}

/** What an answer may carry: the wire allows frames of 262,144 bytes, and the rest is for what the estimate does not see. */
export const answerBytesMax = 200_000;

/** Names, numbers and punctuation of a message and of a conversation, at their longest. */
const messageFixedBytes = 360;
const conversationFixedBytes = 480;
const mentionFixedBytes = 3;
const progressFixedBytes = 75;

/** How many bytes a message takes in a JSON frame, never too few. Ids are of alphabets that need no escaping. */
export function messageBytes(message: StoredMessage): number {
  const { conversation, sender, device, content, mentions } = message;
  let bytes = messageFixedBytes + conversation.length + sender.length + device.length;
  for (const user of mentions ?? []) bytes += user.length + mentionFixedBytes;
  return bytes + Buffer.byteLength(content);
}

/** How many bytes a conversation takes in a JSON frame, never too few. */
export function conversationBytes({ id, title, cursors }: BoundedConversation): number {
  let bytes = conversationFixedBytes + id.length + Buffer.byteLength(JSON.stringify(title ?? ""));
  for (const { user } of cursors ?? []) bytes += progressFixedBytes + user.length;
  return bytes;
}

/** What makes one conversation larger than another. */
type BoundedConversation = Pick<Conversation, "id" | "title" | "cursors">;

/**
 * The part of ascending messages that fits into `bytesMax`, cut at the end that `keep` does not name. At least one message stays if `atLeastOne`: a single
 * one always fits into an empty answer.
 */
export function fitting(
  messages: readonly StoredMessage[],
  keep: "oldest" | "newest",
  bytesMax: number,
  atLeastOne: boolean,
): { readonly messages: readonly StoredMessage[]; readonly bytes: number } {
  let bytes = 0;
  let count = 0;
  while (count < messages.length) {
    const message = messages[keep === "oldest" ? count : messages.length - 1 - count];
    const more = message === undefined ? 0 : messageBytes(message);
    if (bytes + more > bytesMax && !(atLeastOne && count === 0)) break;
    bytes += more;
    count += 1;
  }
  const from = keep === "oldest" ? 0 : messages.length - count;
  return { messages: messages.slice(from, from + count), bytes };
}
