import type { Conversation, Presence } from "@godwit/protocol";
import type { Chat } from "./chat.ts";
import type { ReceivedMessage } from "./delivery.ts";
import type { GodwitError } from "./errors.ts";
import type { OutboxUpdate } from "./outbox.ts";
import type { ClientState } from "./session.ts";

/** A member's cursors moved: another one's, or (`own`) this user's on another device. */
export interface Receipt {
  readonly conversation: string;
  readonly user: string;
  readonly delivered: number;
  readonly read: number;
  readonly own: boolean;
}

/** `synced`: it moved while this client was away. The others are as the server says them. */
export interface ConversationUpdate {
  readonly change: "added" | "updated" | "removed" | "synced";
  readonly conversation: Conversation;
}

export interface Typing {
  readonly conversation: string;
  readonly user: string;
  readonly on: boolean;
}

/** Every event with the arguments that its listeners get. */
export interface ClientEvents {
  /** The connection's state; `error` says why, where there is more to say than that the network failed. */
  state: [state: ClientState, error?: GodwitError];
  /** Every message of every conversation, own ones too, once each and in order per conversation. */
  message: [message: ReceivedMessage, chat: Chat];
  /** An own message was queued, sent, acknowledged or has failed. */
  outbox: [update: OutboxUpdate];
  receipt: [receipt: Receipt];
  conversation: [update: ConversationUpdate];
  /** The user left this conversation or was removed from it while this client was away. Comes again with every sync that finds it so. */
  gone: [conversation: string];
  presence: [presence: Presence];
  typing: [typing: Typing];
  /** Everything missed up to now has been asked for. */
  synced: [];
  /** What went wrong outside of any call: a listener that threw, a storage that failed, the reason for closing. */
  error: [error: GodwitError];
}
