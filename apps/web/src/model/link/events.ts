import type {
  ClientState,
  Conversation,
  OutboxEntry,
  Presence,
  ReceivedMessage,
  Receipt,
  Sent,
  Typing,
} from "@godwit/client";
import type { PlainError } from "../errors.ts";

/** What the tab with the connection tells all tabs, itself included. Plain data: it crosses a BroadcastChannel. */
export type LinkEvent =
  | { readonly type: "state"; readonly state: ClientState; readonly error?: PlainError }
  | { readonly type: "message"; readonly message: ReceivedMessage }
  | { readonly type: "outbox"; readonly update: OutboxNews }
  | { readonly type: "receipt"; readonly receipt: Receipt }
  | {
      readonly type: "conversation";
      readonly change: "added" | "updated" | "removed" | "synced";
      readonly conversation: Conversation;
    }
  | { readonly type: "gone"; readonly conversation: string }
  | { readonly type: "presence"; readonly presence: Presence }
  | { readonly type: "typing"; readonly typing: Typing }
  /** This user has read up to `seq`, and the server has noted it. */
  | {
      readonly type: "read";
      readonly conversation: string;
      readonly seq: number;
      readonly unread: number;
    };

export type OutboxNews =
  | { readonly state: "queued" | "sent"; readonly entry: OutboxEntry }
  | { readonly state: "acknowledged"; readonly entry: OutboxEntry; readonly sent: Sent }
  | { readonly state: "failed"; readonly entry: OutboxEntry; readonly error: PlainError };

/** Where things stand, for a tab that comes later or has missed something. */
export interface Snapshot {
  readonly state: ClientState;
  readonly outbox: readonly OutboxEntry[];
  readonly typing: readonly Typing[];
  readonly presences: readonly Presence[];
}
