import type { Presence, ReceivedMessage } from "@godwit/client";
import type { KeptProfile, LocalNotes } from "./cache/cache.ts";
import type { CallName, CallParam, CallResult } from "./link/calls.ts";
import type { ChatRecord } from "./store/chat-record.ts";
import type { Outgoing } from "./store/outgoing.ts";

/** What tabs tell each other of what only this browser keeps. */
export type TabNote =
  | { readonly type: "notes"; readonly notes: LocalNotes }
  | { readonly type: "forgotten"; readonly key: string };

/** What the model needs of the connection and of what the browser keeps; there while somebody is signed in. */
export interface Backend {
  call<C extends CallName>(
    name: C,
    ...param: CallParam<C> extends undefined ? [] : [CallParam<C>]
  ): Promise<CallResult<C>>;
  /** Watches exactly these users for this tab. */
  watch(users: string[]): Promise<readonly Presence[]>;
  note(note: TabNote): void;
  /** Makes sure that another tab that leads lives. */
  wakeTabs(): void;
  readonly leads: boolean;

  run(
    conversation: string,
    to: number | undefined,
    limit: number,
  ): Promise<readonly ReceivedMessage[]>;
  keepMessages(messages: readonly ReceivedMessage[]): void;
  keepChats(records: readonly ChatRecord[]): void;
  keepProfiles(profiles: readonly KeptProfile[]): void;
  keepNotes(notes: LocalNotes): void;
  keepFailed(outgoing: Outgoing): void;
  dropFailed(key: string): void;
}
