/** Values that the cases share. */
import { limits } from "../limits.ts";
import type { Conversation, Message } from "../schemas.ts";

export const uuid = "3b241101-e2bb-4255-8caf-4136c566a962";
export const direct = "d:alice:bob";
export const group = "g:0:k3v9x2m4p8q1";
export const longestUser = `u${"x".repeat(limits.userIdLengthMax - 1)}`;
export const time = 1_763_600_000_000;
export const largest = Number.MAX_SAFE_INTEGER;

export const send = {
  type: "send",
  id: 7,
  conversation: direct,
  clientId: uuid,
  clientSeq: 1,
  kind: "text",
  content: { text: "hello" },
} as const;

export const message: Message = {
  conversation: direct,
  seq: 4,
  id: 90_071,
  sender: "alice",
  device: "phone-1",
  clientId: uuid,
  clientSeq: 3,
  time,
  kind: "text",
  content: { text: "hello" },
};
export const fullMessage: Message = {
  ...message,
  content: { text: "你好 🐦", more: { list: [null, 0.1] } },
  priority: "important",
  mentions: ["bob", "*"],
  replyTo: 2,
  expiresAt: time + 1,
};
export const conversation: Conversation = {
  id: direct,
  kind: "direct",
  role: "member",
  memberCount: 2,
  lastSeq: 4,
  delivered: 4,
  read: 0,
  unread: 4,
  mentions: 0,
  createdAt: time,
};
export const fullConversation: Conversation = {
  ...conversation,
  id: group,
  kind: "group",
  title: "Lunch",
  role: "owner",
  open: true,
  large: false,
  mutedAll: true,
  mutedUntil: time,
  dissolved: false,
  peerDelivered: 0,
  peerRead: largest,
  cursors: [{ user: "bob", delivered: largest, read: 0 }],
};

/** An object with objects in it, this many in all. */
export function nested(levels: number): Record<string, unknown> {
  return levels === 1 ? {} : { a: nested(levels - 1) };
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
