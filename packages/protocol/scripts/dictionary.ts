/**
 * Makes `src/tcp/dictionary.ts` from frames such as travel most: `bun packages/protocol/scripts/dictionary.ts`.
 *
 * A dictionary is part of the wire: both ends must have the same bytes. So this file is for making the next version, never for changing one that was released; a
 * test holds each version to its hash.
 */
import { writeFileSync } from "node:fs";
import { binaryCodec } from "../src/binary.ts";
import type { Codec } from "../src/codec.ts";
import type { CommandFrame, ServerFrame } from "../src/frames.ts";
import { jsonCodec } from "../src/json.ts";

const version = 1;
const conversation = "d:alice:bob";
const group = "g:0:";
const clientId = "-4000-8000-0000";
const time = 1_763_600_000_000;
const message = (kind: string, content: object) =>
  ({
    type: "message",
    message: {
      conversation: group,
      seq: 1,
      id: 1,
      sender: "alice",
      device: "phone-1",
      clientId,
      clientSeq: 1,
      time,
      kind,
      content,
    },
  }) as ServerFrame;

/** From the rarest to the most frequent: what is near the end is referred to in fewest bits. */
const server: readonly ServerFrame[] = [
  message("system", { event: "created", users: ["bob"], title: "", role: "member", until: time }),
  message("location", { lat: 0.1, lon: 0.1, label: "" }),
  message("video", {
    url: "https://www.",
    name: ".mp4",
    size: 1,
    mime: "video/mp4",
    durationMs: 1,
  }),
  message("audio", { url: "https://", name: ".m4a", size: 1, mime: "audio/mp4", durationMs: 1 }),
  message("file", { url: "https://", name: ".pdf", size: 1, mime: "application/pdf" }),
  message("image", {
    url: "https://",
    name: ".jpg",
    size: 1,
    mime: "image/jpeg",
    width: 1,
    height: 1,
    thumbnail: "https://",
  }),
  {
    type: "conversation",
    conversation: {
      id: group,
      kind: "group",
      title: "",
      role: "member",
      memberCount: 2,
      lastSeq: 1,
      delivered: 1,
      read: 1,
      unread: 1,
      mentions: 0,
      createdAt: time,
      peerDelivered: 1,
      peerRead: 1,
    },
  } as ServerFrame,
  { type: "presence", presence: { user: "bob", status: "offline", lastSeen: time } },
  { type: "presence", presence: { user: "bob", status: "online" } },
  { type: "typing", conversation, user: "bob", on: true },
  { type: "ping", id: 1, time, position: 1 },
  { type: "read", id: 1, seq: 1, unread: 0 },
  { type: "delivered", id: 1, seq: 1 },
  { type: "receipt", conversation, user: "bob", delivered: 1, read: 1 },
  { type: "send", id: 1, conversation, seq: 1, messageId: 1, time },
  {
    ...message("text", { text: "" }),
    message: {
      ...(message("text", { text: "" }) as unknown as { message: object }).message,
      conversation,
      mentions: ["*"],
      replyTo: 1,
      priority: "important",
    },
  } as unknown as ServerFrame,
  message("text", { text: "https://www." }),
];

const client: readonly CommandFrame[] = [
  { type: "typing", conversation, on: true },
  { type: "read", id: 1, conversation, seq: 1 },
  { type: "delivered", id: 1, conversation, seq: 1 },
  { type: "ping", id: 1, position: 1 },
  { type: "received", position: 1 },
  {
    type: "send",
    id: 1,
    conversation,
    clientId,
    clientSeq: 1,
    kind: "text",
    content: { text: "" },
    replyTo: 1,
  },
];

function dictionary(codec: Codec): string {
  const frames = [
    ...client.map((frame) => codec.encodeCommand(frame)),
    ...server.map((frame) => codec.encodeServer(frame)),
  ];
  return Buffer.concat(frames.map((frame) => Buffer.from(frame as Uint8Array))).toString("base64");
}

const line = (name: string, codec: Codec) => `  ${name}: ${JSON.stringify(dictionary(codec))},\n`;
writeFileSync(
  new URL("../src/tcp/dictionary.ts", import.meta.url),
  `/** Made by scripts/dictionary.ts and never changed: both ends must have the same bytes. Base64, by codec. */
export const dictionaryVersion = ${version};
export const dictionaryTexts = {
${line("json", jsonCodec)}${line("binary", binaryCodec)}} as const;
`,
);
