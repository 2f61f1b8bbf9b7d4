import type { ReceivedMessage } from "@godwit/client";
import type { ChatMessage, ReplyPreview, SystemContent } from "../../types.ts";
import type { ChatRecord } from "../chat-record.ts";
import { sendState } from "../chats.ts";
import type { Outgoing } from "../outgoing.ts";

/** A row that has its place. */
export type StoredRow = ChatMessage & { readonly seq: number };

export function storedRow(
  message: ReceivedMessage,
  reached: ChatRecord["reached"],
  preview: (seq: number) => ReplyPreview,
): StoredRow {
  const { conversation, seq, clientId, sender, own, time, kind, content, mentions, replyTo } =
    message;
  const system = kind === "system";
  return {
    // Ids of others are theirs to choose, and two may choose the same.
    key: own && !system ? clientId : `s${seq}`,
    conversation,
    seq,
    sender,
    mine: own,
    time,
    kind,
    text: rowText(message.text, content),
    content,
    ...(mentions === undefined || mentions.length === 0 ? {} : { mentions }),
    ...(replyTo === undefined ? {} : { replyTo: preview(replyTo) }),
    ...(own && !system ? { state: sendState(seq, reached) } : {}),
    ...(system ? { system: content as unknown as SystemContent } : {}),
  };
}

export function outgoingRow(
  outgoing: Outgoing,
  self: string,
  preview: (seq: number) => ReplyPreview,
): ChatMessage {
  const { key, conversation, seq, time, kind, content, mentions, replyTo, failure } = outgoing;
  const { text } = content;
  return {
    key,
    conversation,
    ...(seq === undefined ? {} : { seq }),
    sender: self,
    mine: true,
    time,
    kind,
    text: rowText(typeof text === "string" ? text : "", content),
    content,
    ...(mentions === undefined ? {} : { mentions }),
    ...(replyTo === undefined ? {} : { replyTo: preview(replyTo) }),
    state: failure ? "failed" : seq === undefined ? "queued" : "sent",
    ...(failure === undefined ? {} : { failure }),
  };
}

function rowText(text: string, content: Readonly<Record<string, unknown>>): string {
  if (text !== "") return text;
  const named = content["label"] ?? content["name"];
  return typeof named === "string" ? named : "";
}

/** The row with the state that the cursors give it now; the same object if that is what it has. */
export function restated(row: StoredRow, reached: ChatRecord["reached"]): StoredRow {
  if (row.state === undefined) return row;
  const state = sendState(row.seq, reached);
  return state === row.state ? row : { ...row, state };
}
