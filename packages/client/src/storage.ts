import type { Content, ContentKind, Priority } from "@godwit/protocol";
import type { NetworkMemory } from "./transport.ts";

/** A message that waits for its acknowledgement. It keeps its `clientId` and `clientSeq` however often it is sent. */
export interface OutboxEntry {
  readonly clientId: string;
  readonly clientSeq: number;
  readonly conversation: string;
  readonly kind: Exclude<ContentKind, "system">;
  readonly content: Content;
  readonly priority?: Priority;
  readonly mentions?: string[];
  readonly replyTo?: number;
  readonly expiresAt?: number;
  /** Milliseconds since the epoch, by this client's clock. */
  readonly createdAt: number;
}

/** One step of what a client must remember. */
export type StorageChange =
  /** Who this storage belongs to; `clientSeq` only where a journal is written anew. */
  | {
      readonly type: "identity";
      readonly user?: string;
      readonly device: string;
      readonly clientSeq?: number;
    }
  /** The first sync of this device is complete. */
  | { readonly type: "synced" }
  /** A message waits to be sent. Its `clientSeq` is used up for good. */
  | { readonly type: "queued"; readonly entry: OutboxEntry }
  /** A message was acknowledged, failed or was withdrawn. */
  | { readonly type: "settled"; readonly clientId: string }
  /** The application has processed the conversation up to `seq`. */
  | { readonly type: "cursor"; readonly conversation: string; readonly seq: number }
  /** Something was learnt about a kind of network. Losing it costs time. */
  | { readonly type: "network"; readonly network: string; readonly memory: NetworkMemory };

/** What a client remembers. Plain data, for engines to keep in their own way. */
export interface StoredState {
  user?: string;
  device?: string;
  synced: boolean;
  /** The highest `clientSeq` ever used. */
  clientSeq: number;
  /** By `clientId`, in the order in which they were queued. */
  entries: Map<string, OutboxEntry>;
  /** Last processed seq by conversation. */
  cursors: Map<string, number>;
  /** By kind of network, such as `wifi`. */
  networks?: Map<string, NetworkMemory>;
}

/**
 * Where outbox and cursors live. One storage serves one client at a time, for one user on one device.
 *
 * The client calls `load` once, then `write` one batch at a time: the next only after the last one has settled. A batch must be
 * kept whole and in order, or not at all (`write` then rejects). An engine that keeps everything at once may return nothing instead of a promise.
 */
export interface ClientStorage {
  load(): StoredState | Promise<StoredState>;
  write(changes: readonly StorageChange[]): void | Promise<void>;
  close(): void | Promise<void>;
}

export function emptyState(): StoredState {
  return { synced: false, clientSeq: 0, entries: new Map(), cursors: new Map() };
}

/** Applies a change to a state, for engines that keep the state or a journal of changes. */
export function applyChange(state: StoredState, change: StorageChange): void {
  switch (change.type) {
    case "identity":
      state.device = change.device;
      if (change.user !== undefined) state.user = change.user;
      state.clientSeq = Math.max(state.clientSeq, change.clientSeq ?? 0);
      break;
    case "synced":
      state.synced = true;
      break;
    case "queued":
      state.entries.set(change.entry.clientId, change.entry);
      state.clientSeq = Math.max(state.clientSeq, change.entry.clientSeq);
      break;
    case "settled":
      state.entries.delete(change.clientId);
      break;
    case "cursor":
      state.cursors.set(change.conversation, change.seq);
      break;
    case "network":
      (state.networks ??= new Map()).set(change.network, change.memory);
  }
}

/** A state as the shortest list of changes that leads to it, for engines that write their journal anew. */
export function stateChanges(state: StoredState): StorageChange[] {
  const { user, device, clientSeq } = state;
  const changes: StorageChange[] = [];
  if (device !== undefined)
    changes.push({ type: "identity", device, clientSeq, ...(user === undefined ? {} : { user }) });
  if (state.synced) changes.push({ type: "synced" });
  for (const entry of state.entries.values()) changes.push({ type: "queued", entry });
  for (const [conversation, seq] of state.cursors)
    changes.push({ type: "cursor", conversation, seq });
  for (const [network, memory] of state.networks ?? [])
    changes.push({ type: "network", network, memory });
  return changes;
}

/**
 * Keeps everything in memory: lives as long as this object, and may be handed to the next client of the same user.
 *
 * @example
 * const storage = memoryStorage();
 * const client = connect({ url, token, storage });
 */
export function memoryStorage(): ClientStorage {
  const state = emptyState();
  return {
    load: () => ({ ...state, entries: new Map(state.entries), cursors: new Map(state.cursors) }),
    write(changes) {
      for (const change of changes) applyChange(state, change);
    },
    close() {},
  };
}
