import type { Conversation, ReceivedMessage } from "@godwit/client";
import type { SystemContent } from "../types.ts";

/** The newest entry, as the list shows it. */
export interface LastEntry {
  readonly seq: number;
  readonly sender: string;
  readonly own: boolean;
  readonly kind: ReceivedMessage["kind"];
  readonly text: string;
  readonly time: number;
  readonly system?: SystemContent;
}

/** What is known of a conversation: the server's description, moved on by events. Plain data, kept in the cache. */
export interface ChatRecord {
  readonly id: string;
  readonly kind: Conversation["kind"];
  readonly title?: string;
  readonly role?: Conversation["role"];
  readonly memberCount: number;
  readonly lastSeq: number;
  readonly read: number;
  readonly unread: number;
  readonly mentions: number;
  readonly open: boolean;
  readonly large: boolean;
  readonly mutedAll: boolean;
  readonly mutedUntil?: number;
  readonly dissolved: boolean;
  readonly gone: boolean;
  /** How far at least one other member has come; in direct conversations exactly the other one. */
  readonly reached: { readonly delivered: number; readonly read: number };
  readonly last?: LastEntry;
  /** For the order of the list: the newest entry's time, or when the conversation began. */
  readonly lastTime: number;
}

/** The other user of a direct conversation: its id holds both. */
export function peerOf(id: string, self: string): string | undefined {
  const [kind, a = "", b = ""] = id.split(":");
  if (kind !== "d") return undefined;
  return a === self ? b : a;
}

/** A conversation of which nothing is known but its id. */
export function emptyRecord(id: string): ChatRecord {
  const kind = id.startsWith("d:") ? "direct" : id.startsWith("c:") ? "channel" : "group";
  return {
    id,
    kind,
    memberCount: kind === "direct" ? 2 : 0,
    lastSeq: 0,
    read: 0,
    unread: 0,
    mentions: 0,
    open: false,
    large: false,
    mutedAll: false,
    dissolved: false,
    gone: false,
    reached: { delivered: 0, read: 0 },
    lastTime: 0,
  };
}

/**
 * The server's description over what was known. Own cursors only move forward, except that a server restored from a backup knows best: one that is asked,
 * and answers with less than the `askedAtSeq` that was known of its log by then. Any other description may just have been overtaken by messages.
 */
export function described(
  before: ChatRecord | undefined,
  conversation: Conversation,
  askedAtSeq = 0,
): ChatRecord {
  const { id, kind, title, role, memberCount, mutedUntil } = conversation;
  const restored = conversation.lastSeq < askedAtSeq;
  const reached = {
    delivered: Math.max(before?.reached.delivered ?? 0, conversation.peerDelivered ?? 0),
    read: Math.max(before?.reached.read ?? 0, conversation.peerRead ?? 0),
  };
  const last = before?.last;
  // A description from before what came as an event, or was read here, does not turn the counts back.
  const behind =
    before !== undefined &&
    !restored &&
    (conversation.lastSeq < before.lastSeq || conversation.read < before.read);
  const counts = behind
    ? {
        lastSeq: before.lastSeq,
        read: before.read,
        unread: before.unread,
        mentions: before.mentions,
      }
    : {
        lastSeq: conversation.lastSeq,
        read: conversation.read,
        unread: conversation.unread,
        mentions: conversation.mentions,
      };
  return {
    id,
    kind,
    memberCount,
    role,
    ...counts,
    ...(title === undefined ? {} : { title }),
    ...(mutedUntil === undefined ? {} : { mutedUntil }),
    open: conversation.open ?? false,
    large: conversation.large ?? false,
    mutedAll: conversation.mutedAll ?? false,
    dissolved: conversation.dissolved ?? false,
    gone: false,
    reached,
    ...(last === undefined ? {} : { last }),
    lastTime: Math.max(last?.time ?? 0, before?.lastTime ?? 0, conversation.createdAt),
  };
}

/** A message came: the newest entry, and unless it is counted already, one more unread. */
export function withMessage(
  before: ChatRecord,
  message: ReceivedMessage,
  self: string,
): ChatRecord {
  const { seq, own, kind, time, mentions } = message;
  const counted = seq <= before.lastSeq || seq <= before.read || own || kind === "system";
  const mentioned = !counted && (mentions?.some((who) => who === self || who === "*") ?? false);
  const newer = seq >= (before.last?.seq ?? 0);
  return {
    ...before,
    lastSeq: Math.max(before.lastSeq, seq),
    unread: before.unread + (counted ? 0 : 1),
    mentions: before.mentions + (mentioned ? 1 : 0),
    ...(newer ? { last: lastEntry(message), lastTime: Math.max(before.lastTime, time) } : {}),
  };
}

function lastEntry(message: ReceivedMessage): LastEntry {
  const { seq, sender, own, kind, time } = message;
  return {
    seq,
    sender,
    own,
    kind,
    text: shownText(message),
    time,
    ...(kind === "system" ? { system: message.content as unknown as SystemContent } : {}),
  };
}

const previewLengthMax = 200;

/** A line about the message for the list: its text, or the name of what it carries. */
function shownText({ text, content }: ReceivedMessage): string {
  const named =
    text || [content["label"], content["name"]].find((value) => typeof value === "string");
  return typeof named === "string" ? named.slice(0, previewLengthMax) : "";
}

/** Another member has come so far. */
export function withReached(
  before: ChatRecord,
  { delivered, read }: { readonly delivered: number; readonly read: number },
): ChatRecord {
  const { reached } = before;
  if (Math.max(delivered, read) <= reached.delivered && read <= reached.read) return before;
  return {
    ...before,
    reached: {
      delivered: Math.max(reached.delivered, delivered, read),
      read: Math.max(reached.read, read),
    },
  };
}

/** This user has read up to `seq`. `unread` as the server counts it; without it only an end at the newest message is certain. */
export function withRead(before: ChatRecord, seq: number, unread?: number): ChatRecord {
  if (seq < before.read) return before;
  const all = seq >= before.lastSeq;
  const left = all ? 0 : (unread ?? before.unread);
  if (seq === before.read && left === before.unread) return before;
  return { ...before, read: seq, unread: left, mentions: left === 0 ? 0 : before.mentions };
}
