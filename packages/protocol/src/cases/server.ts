import type { ServerFrame } from "../frames.ts";
import { limits } from "../limits.ts";
import {
  conversation,
  direct,
  fullConversation,
  fullMessage,
  group,
  largest,
  longestUser,
  message,
  nested,
  time,
} from "./samples.ts";

export interface ServerCase {
  readonly name: string;
  readonly frame: ServerFrame;
}

/** Replies and events that every codec carries unchanged; at least one for each. */
export const serverCases: readonly ServerCase[] = [
  {
    name: "welcome",
    frame: {
      type: "hello",
      id: 1,
      session: "s-1",
      user: "alice",
      device: "phone-1",
      resumed: false,
      syncRequired: true,
      position: 0,
      time,
      tokenExpiresAt: time + 1,
      heartbeatMs: 30_000,
      limits: { frameBytesMax: 262_144, ratio: 0.5 },
      heartbeatMsMax: 600_000,
    },
  },
  { name: "refreshed", frame: { type: "refresh", id: 2, tokenExpiresAt: time } },
  { name: "refreshed without expiry", frame: { type: "refresh", id: 2 } },
  { name: "pong", frame: { type: "ping", id: 3, time, position: 0 } },
  { name: "received", frame: { type: "received", id: 3 } },
  { name: "bye", frame: { type: "bye", id: 4 } },
  {
    name: "devices",
    frame: {
      type: "devices",
      id: 5,
      devices: [
        { device: "phone-1", platform: "ios", online: true, lastSeen: time, current: true },
      ],
    },
  },
  { name: "signed out", frame: { type: "sign_out", id: 6, ended: 0 } },
  {
    name: "acknowledgement",
    frame: { type: "send", id: 0, conversation: direct, seq: 4, messageId: 90_071, time },
  },
  {
    name: "acknowledgement again",
    frame: {
      type: "send",
      id: 7,
      conversation: direct,
      seq: 4,
      messageId: largest,
      time,
      duplicate: true,
    },
  },
  { name: "empty history", frame: { type: "history", id: 8, messages: [], partial: false } },
  {
    name: "history",
    frame: { type: "history", id: 8, messages: [message, fullMessage], partial: true },
  },
  {
    name: "sync page",
    frame: {
      type: "sync",
      id: 9,
      conversations: [
        { conversation, messages: [message], partial: true },
        { conversation: fullConversation, messages: [], partial: false },
      ],
      partial: true,
      next: direct,
      gone: [conversation.id],
    },
  },
  {
    name: "sync page with the deepest content",
    frame: {
      type: "sync",
      id: 9,
      conversations: [
        {
          conversation,
          messages: [{ ...message, content: nested(limits.contentDepthMax) }],
          partial: true,
        },
      ],
      partial: false,
    },
  },
  { name: "conversation", frame: { type: "conversation", id: 10, conversation } },
  { name: "delivered", frame: { type: "delivered", id: 10, seq: 4 } },
  { name: "read", frame: { type: "read", id: 11, seq: 4, unread: 0 } },
  {
    name: "receipts",
    frame: {
      type: "receipts",
      id: 12,
      total: 1,
      members: [{ user: "bob", seq: 4, time }],
      partial: false,
    },
  },
  { name: "created", frame: { type: "create", id: 13, conversation: fullConversation } },
  { name: "invited", frame: { type: "invite", id: 14, added: ["bob"] } },
  { name: "joined", frame: { type: "join", id: 15, conversation: fullConversation } },
  { name: "left", frame: { type: "leave", id: 16 } },
  { name: "removed", frame: { type: "remove", id: 17, removed: [] } },
  { name: "role set", frame: { type: "role", id: 18 } },
  { name: "renamed", frame: { type: "rename", id: 19 } },
  { name: "muted", frame: { type: "mute", id: 20 } },
  {
    name: "members",
    frame: {
      type: "members",
      id: 21,
      members: [{ user: longestUser, role: "admin", joinedAt: time, mutedUntil: 0 }],
      partial: true,
      next: longestUser,
    },
  },
  { name: "dissolved", frame: { type: "dissolve", id: 22 } },
  { name: "presence set", frame: { type: "presence", id: 23 } },
  {
    name: "watched",
    frame: {
      type: "watch",
      id: 24,
      presences: [
        { user: "bob", status: "offline", lastSeen: time },
        { user: "carol", status: "online" },
      ],
    },
  },
  { name: "unwatched", frame: { type: "unwatch", id: 25 } },
  { name: "typing", frame: { type: "typing", id: 25 } },
  {
    name: "users",
    frame: { type: "users", id: 26, users: [{ user: "alice", name: "Алиса" }, { user: "bob" }] },
  },
  { name: "kicked", frame: { type: "kick", id: 27, ended: 2 } },
  {
    name: "invite link",
    frame: { type: "invite_link", id: 28, token: "i.n.v", expiresAt: time },
  },
  {
    name: "what an invite link leads to",
    frame: {
      type: "peek_invite",
      id: 29,
      conversation: group,
      kind: "group",
      title: "Lunch 🍜",
      memberCount: 3,
      inviter: longestUser,
      expiresAt: time,
    },
  },
  {
    name: "new name",
    frame: { type: "profile", id: 30, profile: { user: "alice", name: "爱丽丝 🦢" } },
  },
  {
    name: "error",
    frame: {
      type: "error",
      id: 7,
      code: 4291,
      name: "busy",
      message: "Busy.",
      retryable: true,
      retryAfterMs: 0,
    },
  },
  {
    name: "error without id",
    frame: { type: "error", code: 4000, name: "bad_request", message: "", retryable: false },
  },
  { name: "message event", frame: { type: "message", message } },
  { name: "message event with everything", frame: { type: "message", message: fullMessage } },
  {
    name: "system message event",
    frame: {
      type: "message",
      message: {
        ...message,
        conversation: group,
        kind: "system",
        content: { event: "invited", users: ["bob"] },
      },
    },
  },
  {
    name: "receipt event",
    frame: { type: "receipt", conversation: direct, user: "bob", delivered: 4, read: 0 },
  },
  {
    name: "conversation event",
    frame: { type: "conversation", change: "removed", conversation: fullConversation },
  },
  {
    name: "presence event",
    frame: { type: "presence", presence: { user: "bob", status: "away", lastSeen: time } },
  },
  { name: "typing event", frame: { type: "typing", conversation: direct, user: "bob", on: true } },
  { name: "token_expiring event", frame: { type: "token_expiring", expiresAt: time } },
  { name: "draining event", frame: { type: "draining", reconnectAfterMs: 0 } },
  { name: "sync_required event", frame: { type: "sync_required", reason: "overflow" } },
];
