/**
 * The offline queue: per user, references to the messages that the user's absent devices have missed. A hint, never the truth: whatever it does not
 * know for sure it answers as incomplete, and the client synchronises from the store.
 *
 * What every engine guarantees (and `suite.ts` tests):
 * - `claim` answers `complete: true` only if the references are exactly what that device has missed since its session ended, in order and without
 *   repetition: what `park` handed over, followed by what `push` added since.
 * - All calls are synchronous and take effect in call order. An engine over a network keeps marks of its own node at hand and answers incomplete for others.
 * - Every call may fail to remember (a bound, a restart), and then says so with the next `claim`. None throws for want of room.
 * - Bounds: references per user, devices per user, references and marks over all users, and a time.
 *
 * What the caller owes: for every message of direct conversations and small groups and every one of their members (the sender too) exactly one of
 * `push` (no session of the user on this node) and `skip` (at least one), decided in the same turn of the event loop in which it is delivered; `park` in the
 * turn in which a session is given up, `claim` in the turn in which a new one begins. Messages of large groups leave no references: a device whose user
 * is in large groups synchronises those in any case.
 */
export interface OfflineQueue {
  /**
   * A session ended: remembers this place for its device. `refs` are the messages handed to the session that it has not acknowledged, oldest first.
   * For a device that has a mark already (it was parked and never claimed) the place is lost, and so is the mark.
   */
  park(user: string, device: string, refs: readonly MessageRef[]): void;
  /** A message for a user without any session. Kept only if a parked device will want it. */
  push(user: string, ref: MessageRef): void;
  /** The user got a message on some session: parked devices have missed it. O(1); allocates nothing for users without parked devices. */
  skip(user: string): void;
  /** What the device has missed; clears its mark and frees what no mark needs any more. Incomplete answers carry no references. */
  claim(user: string, device: string): Claim;
  /** Drops what is older than the queue keeps. Claims heed the age by themselves: this only gives memory back. */
  expire(): void;
  /** Everything that is remembered, for a graceful stop: versioned and checksummed, bounded in bytes (the longest-idle users are left out). */
  save(): Uint8Array;
  /** Takes in what `save` wrote. Only right for the newest save after a graceful stop (see `file.ts`), before anything else is called. */
  restore(data: Uint8Array): Restored;
  stats(): OfflineStats;
}

/** Only these two fields are read and kept. */
export interface MessageRef {
  readonly conversation: string;
  readonly seq: number;
}

export interface Claim {
  readonly refs: readonly MessageRef[];
  /** False if something may be missing (overflow, expiry, a hole, an unknown device): the client must synchronise. */
  readonly complete: boolean;
}

export type Restored =
  | { readonly ok: true; readonly users: number; readonly entries: number }
  | { readonly ok: false; readonly reason: "format" | "version" | "checksum" | "in_use" };

export interface OfflineStats {
  readonly users: number;
  /** References and marks held now. */
  readonly entries: number;
  /** Since the start: devices whose place was dropped, by reason. */
  readonly dropped: { readonly hole: number; readonly overflow: number; readonly expired: number };
}
