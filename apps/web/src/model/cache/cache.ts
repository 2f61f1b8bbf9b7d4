import type { ReceivedMessage } from "@godwit/client";
import type { ChatRecord } from "../store/chat-record.ts";
import type { Outgoing } from "../store/outgoing.ts";

/** What this browser alone knows of a conversation. */
export interface LocalNotes {
  readonly id: string;
  readonly draft?: string;
  readonly pinned?: boolean;
  readonly muted?: boolean;
}

export interface KeptProfile {
  readonly id: string;
  readonly name: string;
  /** When the server said so, in milliseconds since the epoch. */
  readonly at: number;
}

export interface Kept {
  readonly chats: readonly ChatRecord[];
  readonly profiles: readonly KeptProfile[];
  readonly notes: readonly LocalNotes[];
  /** Own messages that were refused, and wait for a decision. */
  readonly failed: readonly Outgoing[];
}

export interface CacheBatch {
  readonly chats: readonly ChatRecord[];
  readonly messages: readonly ReceivedMessage[];
  readonly profiles: readonly KeptProfile[];
}

/**
 * What the browser keeps so that the page shows something before, or without, a connection. All of it is a hint: it may be lost at any time, and the
 * server's answer is put over it. Every write may be repeated.
 */
export interface Cache {
  load(): Promise<Kept>;
  /** The newest messages with seq ≤ `to` that are kept without a gap from `to` (or from the newest) down, ascending, `limit` at most. */
  run(conversation: string, to: number | undefined, limit: number): Promise<ReceivedMessage[]>;
  /** Keeps a batch whole, within the bounds: the oldest messages go first. */
  put(batch: CacheBatch): Promise<void>;
  putNotes(notes: LocalNotes): Promise<void>;
  putFailed(outgoing: Outgoing): Promise<void>;
  dropFailed(keys: readonly string[]): Promise<void>;
  /** Ends it and forgets everything. */
  wipe(): Promise<void>;
  close(): void;
}

/** Where the browser keeps nothing. */
export const noCache: Cache = {
  load: () => Promise.resolve({ chats: [], profiles: [], notes: [], failed: [] }),
  run: () => Promise.resolve([]),
  put: () => Promise.resolve(),
  putNotes: () => Promise.resolve(),
  putFailed: () => Promise.resolve(),
  dropFailed: () => Promise.resolve(),
  wipe: () => Promise.resolve(),
  close() {},
};
