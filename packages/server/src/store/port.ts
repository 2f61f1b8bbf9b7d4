/**
 * The store port: durable truth. Three stores that share one engine, because a membership change and its event in the log commit together.
 *
 * What every engine guarantees (and `suite.ts` tests):
 * - A resolved promise means committed and synced. A rejected one (`StoreError`) means nothing of that call was stored, except where said.
 * - Calls made in order on one store are applied in order. Everything may be retried: appends are deduplicated, cursors only move forward,
 *   creations and changes are idempotent.
 * - Per conversation, `seq` is dense from 1 in commit order; `id` increases in commit order over all conversations.
 * - The store reads no clock: times come with the calls.
 * - Every answer is bounded by the caller's `limit`.
 */
import type {
  ContentKind,
  ConversationKind,
  MemberCursor,
  Platform,
  Priority,
  Role,
} from "@godwit/protocol";

export type StoreErrorReason =
  | "full"
  | "unavailable"
  | "read_only"
  | "newer_schema"
  | "corrupt"
  | "closed";

/** `full`, `unavailable` and `read_only` may pass: the same call may succeed later. Only a failed sync needs a restart; its message says so. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly reason: StoreErrorReason;

  constructor(reason: StoreErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A message before it has a place in its conversation. `content` is JSON text, never parsed by the store. */
export interface NewMessage {
  readonly conversation: string;
  readonly sender: string;
  readonly device: string;
  /** UUID version 4, lower case. */
  readonly clientId: string;
  readonly clientSeq: number;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly time: number;
  readonly kind: ContentKind;
  readonly content: string;
  /** Of the content as the client sent it (`digestOf`), if `content` is another: a retry is compared by it. */
  readonly sentDigest?: string | undefined;
  readonly priority: Priority;
  readonly mentions?: readonly string[] | undefined;
  readonly replyTo?: number | undefined;
  readonly expiresAt?: number | undefined;
  /** A change of the conversation that commits with this message (whose kind is then `system`). */
  readonly change?: ConversationChange | undefined;
}

export interface StoredMessage extends Omit<NewMessage, "change" | "sentDigest"> {
  readonly seq: number;
  /** Position in the commit order of the whole store. */
  readonly id: number;
}

/**
 * The payload is what the client sent: of a content that was changed before it was stored, what counts is the digest.
 *
 * - `stored`: committed now.
 * - `duplicate`: this (sender, clientId) was committed before with the same conversation, clientSeq and payload; seq, id and time are of then.
 * - `conflict`: it was committed before with another conversation, clientSeq or payload. Nothing stored.
 * - `unknown`: the conversation does not exist (and the change is not `create`). Nothing stored.
 * - `not_member`: the sender is no member at this point of the log, and the message is not a `system` one. Nothing stored. Only the store knows what committed before.
 *
 * A `create` of a conversation that exists is a `conflict`, unless it is the retry of the message that created it.
 */
export type Appended =
  | {
      readonly status: "stored" | "duplicate";
      readonly seq: number;
      readonly id: number;
      readonly time: number;
    }
  | { readonly status: "conflict" | "unknown" | "not_member" };

/**
 * How a message changes its conversation. Applied once, atomically with the message; a member row is inserted, replaced or removed whole.
 * Joining members start with both cursors at the change's own seq, so that nothing earlier counts as unread.
 *
 * What is so already stays so: adding a member leaves the row as it is (adding a banned user makes a fresh member), removing leaves a banned
 * row unless it bans, and `role` and `mute` of a user who is not a member do nothing. The other rules of who may do what are not the store's.
 */
export type ConversationChange =
  | {
      readonly type: "create";
      readonly kind: ConversationKind;
      readonly title?: string | undefined;
      readonly open?: boolean | undefined;
      readonly members: readonly { readonly user: string; readonly role: Role }[];
    }
  | { readonly type: "add"; readonly users: readonly string[] }
  | { readonly type: "remove"; readonly users: readonly string[]; readonly ban: boolean }
  | {
      readonly type: "role";
      readonly user: string;
      readonly role: Role;
      /** The owner who becomes admin when ownership is handed over. */ readonly former?:
        | string
        | undefined;
    }
  | { readonly type: "rename"; readonly title: string }
  /** Until 0 unmutes. Without a user: the whole conversation (until is then 0 or not). */
  | { readonly type: "mute"; readonly user?: string | undefined; readonly until: number }
  | { readonly type: "dissolve" };

export interface ConversationRow {
  readonly id: string;
  readonly kind: ConversationKind;
  readonly title?: string | undefined;
  readonly open: boolean;
  readonly mutedAll: boolean;
  readonly dissolved: boolean;
  readonly createdAt: number;
  readonly memberCount: number;
  /** Newest committed seq, and how many messages up to it count as unread (all but `system`). */
  readonly lastSeq: number;
  readonly visible: number;
}

export interface MemberRow {
  readonly user: string;
  /** `banned` rows are kept so that the user cannot come back; they are not members and not counted. */
  readonly role: Role | "banned";
  readonly joinedAt: number;
  readonly mutedUntil: number;
  readonly delivered: number;
  readonly read: number;
}

/** Counting mentions stops here, so that a view stays cheap however long nobody has read. */
export const mentionsCountMax = 1_000;

/** A conversation as one member sees it. */
export interface ConversationView {
  readonly conversation: ConversationRow;
  readonly member: MemberRow;
  /** Messages of others after the read cursor, `system` ones not counted. */
  readonly unread: number;
  /** Those of them that mention the member or everyone, counted up to `mentionsCountMax`. */
  readonly mentions: number;
  /** Direct only: the other member's cursors. */
  readonly peerDelivered?: number | undefined;
  readonly peerRead?: number | undefined;
}

export interface CursorMove {
  readonly conversation: string;
  readonly user: string;
  /** Either may be absent. Moving `read` moves `delivered` at least as far. Values past the end are cut to lastSeq. */
  readonly delivered?: number | undefined;
  readonly read?: number | undefined;
  /** Milliseconds since the epoch, kept as the time of the move. */
  readonly time: number;
}

/** The cursors after a move, and whether the move changed anything. */
export interface MovedCursor {
  readonly conversation: string;
  readonly user: string;
  readonly delivered: number;
  readonly read: number;
  readonly unread: number;
  readonly moved: boolean;
}

export interface Ref {
  readonly conversation: string;
  readonly seq: number;
}

export interface MessageStore {
  /**
   * Appends in the given order, all in one commit; outcomes are by message and in the same order. A conflict, an unknown conversation or a sender who is no member
   * fails that message alone. Duplicates inside one batch are found too.
   */
  append(batch: readonly NewMessage[]): Promise<readonly Appended[]>;
  /**
   * What `append` would answer for a message whose (sender, clientId) was committed before: `duplicate` or `conflict`. Undefined if it was not. Stores
   * nothing.
   */
  find(message: NewMessage): Promise<Appended | undefined>;
  /** Messages with from ≤ seq ≤ to, ascending; at most `limit`, cut at the end that `keep` does not name. Empty if there are none. */
  range(
    conversation: string,
    from: number,
    to: number,
    limit: number,
    keep: "oldest" | "newest",
  ): Promise<readonly StoredMessage[]>;
  /** The messages behind references, in their order; undefined where there is none. */
  pick(refs: readonly Ref[]): Promise<readonly (StoredMessage | undefined)[]>;
  /** Moves cursors forward. Moves for a user who is not a member, or for an unknown conversation, are left out of the answer. */
  advance(moves: readonly CursorMove[]): Promise<readonly MovedCursor[]>;
  /**
   * Members whose cursor has reached `seq`, by user id after `after`; without the one who sent that message and those who joined after it (or with it).
   * `total` counts all of them.
   * `time` of each is when the cursor last moved. In a group too large to be looked at as a whole an engine may stop, and says so.
   */
  receipts(
    conversation: string,
    seq: number,
    cursor: "delivered" | "read",
    after: string | undefined,
    limit: number,
  ): Promise<ReceiptsPage>;
}

export interface ReceiptsPage {
  readonly total: number;
  /** True if `total` counts only among as many members as one call looks at. */
  readonly totalPartial: boolean;
  readonly members: readonly MemberCursor[];
  /** Where the page ended before it was full, although there may be more: the user to go on after. */
  readonly next?: string | undefined;
}

export interface ConversationStore {
  /** Makes the direct conversation of two users if it is not there (an empty one, seq 0, both as members). Throws a TypeError if `id` is not a direct one. */
  openDirect(id: string, time: number): Promise<ConversationRow>;
  get(id: string): Promise<ConversationRow | undefined>;
  /** Member rows (with banned ones) of these users; absent users are left out. */
  member(id: string, users: readonly string[]): Promise<readonly MemberRow[]>;
  /** Members (without banned ones) by user id after `after`. */
  members(id: string, after: string | undefined, limit: number): Promise<readonly MemberRow[]>;
  /** What one user sees of these conversations; those of which they are not a member are left out. */
  views(user: string, ids: readonly string[]): Promise<readonly ConversationView[]>;
  /** The conversations of a user by id after `after`. */
  list(user: string, after: string | undefined, limit: number): Promise<readonly ConversationRow[]>;
}

export interface AccountRow {
  readonly user: string;
  readonly name?: string | undefined;
  /** PHC string (argon2id); absent for users of a host application. */
  readonly passwordHash?: string | undefined;
  /** What SCRAM needs of the same password, as text of the accounts; absent where none was derived yet. */
  readonly scram?: string | undefined;
  readonly admin: boolean;
  readonly disabled: boolean;
  /** Tokens issued before this time (milliseconds) are refused. */
  readonly tokensValidFrom: number;
  readonly createdAt: number;
}

export interface AccountPage {
  readonly accounts: readonly AccountRow[];
  /** True if not everything that begins with the prefix was looked at: ask with a longer one. */
  readonly cut: boolean;
}

export interface DeviceRow {
  readonly device: string;
  readonly platform: Platform;
  readonly lastSeen: number;
  /** Tokens of this device issued before this time (milliseconds) are refused. */
  readonly tokensValidFrom: number;
}

/** Whether user ids are the same only letter by letter, or also where they differ in nothing but case. */
export const sameButCaseMax = 16;
export type UserMatch = "exact" | "any_case";

export interface AccountStore {
  /** False if the user exists (by default exactly); nothing is changed then. */
  create(account: AccountRow, match?: UserMatch): Promise<boolean>;
  /** Accounts of these users; unknown ones are left out. In any case, of each at most `sameButCaseMax`, the one with exactly this id first. */
  get(users: readonly string[], match?: UserMatch): Promise<readonly AccountRow[]>;
  /**
   * By user id (in code-unit order, as everywhere here) after `after`; with a prefix (compared without case), only those whose id or name begins with it. Where more
   * begin so than one call looks at, an engine may leave out some, and says so.
   */
  list(prefix: string | undefined, after: string | undefined, limit: number): Promise<AccountPage>;
  /** Changes the named fields; false if there is no such user. */
  update(user: string, patch: Partial<Omit<AccountRow, "user" | "createdAt">>): Promise<boolean>;
  putDevice(user: string, device: DeviceRow): Promise<void>;
  devices(user: string): Promise<readonly DeviceRow[]>;
  removeDevice(user: string, device: string): Promise<void>;
  /** Small settings of the server itself, such as signing keys. */
  setting(key: string): Promise<string | undefined>;
  /** Writes a setting only if there is none yet and returns the one that holds. */
  initSetting(key: string, value: string): Promise<string>;
  /** Writes a setting over what there was; undefined removes it. The last of several calls holds. */
  putSetting(key: string, value: string | undefined): Promise<void>;
}

export interface StoreHealth {
  readonly writable: boolean;
  readonly reason?: StoreErrorReason | undefined;
  readonly detail?: string | undefined;
}

export interface Store {
  readonly messages: MessageStore;
  readonly conversations: ConversationStore;
  readonly accounts: AccountStore;
  /** What differs between engines, as data. */
  readonly caps: { readonly durability: "fsync" | "memory"; readonly engine: string };
  /** Whether writes are accepted now; cheap enough for a readiness probe. */
  health(): StoreHealth;
  /** Finishes what was accepted, then closes. Later calls reject with `closed`. */
  close(): Promise<void>;
}
