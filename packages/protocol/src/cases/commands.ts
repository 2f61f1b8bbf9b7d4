import type { CommandFrame } from "../frames.ts";
import { limits } from "../limits.ts";
import { direct, group, largest, longestUser, nested, send, time, uuid } from "./samples.ts";

export interface CommandCase {
  readonly name: string;
  readonly frame: CommandFrame;
}

/** Commands that every codec carries unchanged and every check accepts; at least one for each. */
export const commandCases: readonly CommandCase[] = [
  { name: "hello", frame: { type: "hello", id: 1, token: "t.o.k", device: "phone-1" } },
  {
    name: "hello with everything",
    frame: {
      type: "hello",
      id: 0,
      token: "t".repeat(limits.tokenLengthMax),
      device: "d".repeat(limits.deviceIdLengthMax),
      platform: "bot",
      client: "godwit-test/1.0 (日本)",
      resume: { session: "s-1", position: largest },
      status: "invisible",
      heartbeatMs: 240_000,
    },
  },
  { name: "refresh", frame: { type: "refresh", id: 2, token: "new" } },
  { name: "ping", frame: { type: "ping" } },
  { name: "ping with position 0", frame: { type: "ping", id: 3, position: 0 } },
  {
    name: "ping with everything",
    frame: { type: "ping", id: 3, position: largest, heartbeatMs: 45_000 },
  },
  { name: "received", frame: { type: "received", position: 128 } },
  { name: "bye", frame: { type: "bye", id: 4 } },
  { name: "devices", frame: { type: "devices", id: 5 } },
  { name: "sign_out of all others", frame: { type: "sign_out", id: 6 } },
  { name: "sign_out of one device", frame: { type: "sign_out", id: 6, device: "tablet" } },
  { name: "send", frame: send },
  { name: "send with id 0", frame: { ...send, id: 0 } },
  {
    name: "send with everything",
    frame: {
      ...send,
      id: largest,
      conversation: group,
      clientSeq: largest,
      content: { text: "@bob 你好 🐦 \u0000 \u2028", extra: [1, -1.5, true, null, { deep: "er" }] },
      priority: "important",
      mentions: ["bob", "*", longestUser],
      replyTo: 41,
      expiresAt: time,
    },
  },
  {
    name: "send of an image",
    frame: {
      ...send,
      kind: "image",
      content: { url: "https://example.org/a.png", width: 640, height: 480 },
    },
  },
  {
    name: "send of a file",
    frame: { ...send, kind: "file", content: { url: "/files/1", name: "a.pdf", size: 1 } },
  },
  {
    name: "send of audio",
    frame: { ...send, kind: "audio", content: { url: "/files/2", durationMs: 900 } },
  },
  {
    name: "send of a video",
    frame: { ...send, kind: "video", content: { url: "/files/3", thumbnail: "/files/4" } },
  },
  {
    name: "send of a location",
    frame: { ...send, kind: "location", content: { lat: -90, lon: 179.5, label: "there" } },
  },
  { name: "send of custom content", frame: { ...send, kind: "custom", content: {} } },
  {
    name: "send of the deepest content",
    frame: { ...send, kind: "custom", content: nested(limits.contentDepthMax) },
  },
  { name: "history", frame: { type: "history", id: 8, conversation: direct } },
  {
    name: "history of a range",
    frame: {
      type: "history",
      id: 8,
      conversation: direct,
      from: 0,
      to: 10,
      limit: limits.historyPageMax,
    },
  },
  { name: "sync", frame: { type: "sync", id: 9 } },
  {
    name: "sync with cursors",
    frame: {
      type: "sync",
      id: 9,
      cursors: [
        { conversation: direct, seq: 0 },
        { conversation: group, seq: 9 },
      ],
      after: direct,
      limit: 1,
      messages: 0,
    },
  },
  { name: "conversation", frame: { type: "conversation", id: 10, conversation: group } },
  { name: "delivered", frame: { type: "delivered", conversation: direct, seq: 4 } },
  { name: "read", frame: { type: "read", id: 11, conversation: direct, seq: 0 } },
  {
    name: "receipts",
    frame: {
      type: "receipts",
      id: 12,
      conversation: group,
      seq: 1,
      cursor: "read",
      after: "bob",
      limit: 500,
    },
  },
  {
    name: "create",
    frame: {
      type: "create",
      id: 13,
      clientId: uuid,
      kind: "group",
      title: "Lunch 🍜",
      members: ["bob"],
      open: false,
    },
  },
  {
    name: "create of a channel",
    frame: { type: "create", id: 13, clientId: uuid, kind: "channel", title: "News" },
  },
  {
    name: "invite",
    frame: { type: "invite", id: 14, conversation: group, users: ["bob", "carol"] },
  },
  { name: "join", frame: { type: "join", id: 15, conversation: group } },
  {
    name: "join by a link",
    frame: {
      type: "join",
      id: 15,
      conversation: group,
      token: "i".repeat(limits.inviteTokenLengthMax),
    },
  },
  { name: "leave", frame: { type: "leave", id: 16, conversation: group } },
  {
    name: "remove",
    frame: { type: "remove", id: 17, conversation: group, users: ["bob"], ban: true },
  },
  {
    name: "role",
    frame: { type: "role", id: 18, conversation: group, user: "bob", role: "owner" },
  },
  { name: "rename", frame: { type: "rename", id: 19, conversation: group, title: "新名字" } },
  { name: "mute", frame: { type: "mute", id: 20, conversation: group, user: "bob", until: time } },
  { name: "unmute of all", frame: { type: "mute", id: 20, conversation: group, until: 0 } },
  {
    name: "members",
    frame: { type: "members", id: 21, conversation: group, after: "bob", limit: 1 },
  },
  {
    name: "members by prefix",
    frame: { type: "members", id: 21, conversation: group, prefix: "爱" },
  },
  { name: "dissolve", frame: { type: "dissolve", id: 22, conversation: group } },
  { name: "presence", frame: { type: "presence", id: 23, status: "away" } },
  { name: "watch", frame: { type: "watch", id: 24, users: ["bob"] } },
  { name: "unwatch", frame: { type: "unwatch", id: 25, users: ["bob"] } },
  { name: "typing", frame: { type: "typing", conversation: direct, on: false } },
  { name: "users by prefix", frame: { type: "users", id: 26, prefix: "al" } },
  { name: "users by id", frame: { type: "users", id: 26, ids: ["alice", "bob"], limit: 2 } },
  { name: "kick", frame: { type: "kick", id: 27, user: "bob", device: "phone-1", reason: "spam" } },
  { name: "invite_link", frame: { type: "invite_link", id: 28, conversation: group } },
  {
    name: "invite_link for as long as can be",
    frame: { type: "invite_link", id: 28, conversation: group, hours: limits.inviteHoursMax },
  },
  { name: "peek_invite", frame: { type: "peek_invite", id: 29, token: "i.n.v" } },
  { name: "profile", frame: { type: "profile", id: 30, name: "爱丽丝 🦢" } },
];
