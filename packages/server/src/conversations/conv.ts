import { directMembers, type ConversationKind, type Role } from "@godwit/protocol";
import type { ConversationChange, ConversationRow, MemberRow } from "../store/port.ts";

/** What one user is in a conversation. `mutedUntil` is in milliseconds since the epoch, 0 if not muted. */
export interface Standing {
  readonly role: Role | "banned";
  readonly mutedUntil: number;
}

/**
 * A conversation as this node knows it now. It changes under its holder as messages commit, and is dropped from the cache when room is needed:
 * use it within one turn of the event loop and `peek` again after an await.
 */
export interface Conv {
  readonly id: string;
  readonly kind: ConversationKind;
  readonly title: string | undefined;
  /** Anyone who knows the id may join. */
  readonly open: boolean;
  readonly mutedAll: boolean;
  readonly dissolved: boolean;
  readonly memberCount: number;
  /** Newest committed seq, and how many messages up to it count as unread. */
  readonly lastSeq: number;
  readonly visible: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Read-diffused: members are not held here. */
  readonly large: boolean;
  /** All members (banned users are not) of direct conversations and small groups; undefined if large. */
  readonly members: ReadonlyMap<string, Standing> | undefined;
  /** Standings of single users beyond `members`: strangers (null), banned users and, in large groups, members. Bounded; the oldest is dropped first. */
  readonly known: ReadonlyMap<string, Standing | null>;
}

/** Whom a committed message brought in or took out. */
export interface Announced {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export const nobodyMoved: Announced = Object.freeze({
  added: Object.freeze([]),
  removed: Object.freeze([]),
});

/** One object for every standing without a mute, so that a cached member costs a map slot and nothing else. */
const plain = {
  owner: Object.freeze({ role: "owner", mutedUntil: 0 }),
  admin: Object.freeze({ role: "admin", mutedUntil: 0 }),
  member: Object.freeze({ role: "member", mutedUntil: 0 }),
  banned: Object.freeze({ role: "banned", mutedUntil: 0 }),
} as const satisfies Record<Role | "banned", Standing>;

export function standingOf(role: Role | "banned", mutedUntil: number): Standing {
  return mutedUntil === 0 ? plain[role] : { role, mutedUntil };
}

/** True for members, false for strangers, banned users and users of whom nothing is known. */
export function isMember(standing: Standing | null | undefined): standing is Standing {
  return standing !== null && standing !== undefined && standing.role !== "banned";
}

/** What a user is in a conversation, as far as it is in memory: null for a known stranger, undefined if the store must be asked. Without allocation. */
export function standingIn(
  conversation: Pick<Conv, "kind" | "members" | "known">,
  user: string,
): Standing | null | undefined {
  const member = conversation.members?.get(user);
  if (member !== undefined) return member;
  return conversation.kind === "direct" ? null : conversation.known.get(user);
}

/** The mutable form behind `Conv`; only `Conversations` holds it as such. */
export class ConvState implements Conv {
  readonly id: string;
  readonly kind: ConversationKind;
  readonly createdAt: number;
  title: string | undefined;
  open: boolean;
  mutedAll: boolean;
  dissolved: boolean;
  memberCount: number;
  lastSeq: number;
  visible: number;
  large: boolean;
  members: Map<string, Standing> | undefined;
  known = new Map<string, Standing | null>();
  /** Counts applied changes, so that a read of the store that raced with one is not cached. */
  changes = 0;
  /** The newest seq that `Conversations.committed` was called with; 0 before the first. */
  announced = 0;
  /** Set by use, cleared by the cache in search of room. */
  touched = false;

  constructor(row: ConversationRow, members: Map<string, Standing> | undefined) {
    this.id = row.id;
    this.kind = row.kind;
    this.createdAt = row.createdAt;
    this.title = row.title;
    this.open = row.open;
    this.mutedAll = row.mutedAll;
    this.dissolved = row.dissolved;
    this.memberCount = members?.size ?? row.memberCount;
    this.lastSeq = row.lastSeq;
    this.visible = row.visible;
    this.large = members === undefined;
    this.members = members;
  }

  /** Entries that this conversation holds in memory, for the bound on all of them. */
  get weight(): number {
    return 1 + (this.members?.size ?? 0) + this.known.size;
  }

  /** The standing if it is known: null for a stranger, undefined if the store must be asked. */
  standing(user: string): Standing | null | undefined {
    return standingIn(this, user);
  }

  /** Keeps the standing of a user outside `members`; drops the oldest ones past `max`. */
  learn(user: string, standing: Standing | null, max: number): void {
    this.known.set(user, standing);
    if (this.known.size <= max) return;
    for (const oldest of this.known.keys()) {
      this.known.delete(oldest);
      if (this.known.size <= max) return;
    }
  }
}

/** Members of a direct conversation follow from its id; both are plain members. */
export function directStandings(id: string): Map<string, Standing> {
  return new Map(directMembers(id)?.map((user) => [user, plain.member]));
}

export function memberStandings(rows: readonly MemberRow[]): Map<string, Standing> {
  return new Map(rows.map((row) => [row.user, standingOf(row.role, row.mutedUntil)]));
}

/** A conversation as its `create` message made it. */
export function createdConv(
  id: string,
  change: Extract<ConversationChange, { type: "create" }>,
  createdAt: number,
  largeGroupMembers: number,
): ConvState {
  const members = new Map(change.members.map(({ user, role }) => [user, standingOf(role, 0)]));
  const state = new ConvState(
    {
      id,
      kind: change.kind,
      title: change.title,
      open: change.open ?? false,
      mutedAll: false,
      dissolved: false,
      createdAt,
      memberCount: members.size,
      lastSeq: 1,
      visible: 0,
    },
    members,
  );
  grow(state, largeGroupMembers);
  return state;
}

/** Past the bound a group becomes large: what was known of its members stays known, and nothing is copied. */
export function grow(state: ConvState, largeGroupMembers: number): void {
  if (state.members === undefined || state.kind === "direct") return;
  if (state.memberCount <= largeGroupMembers) return;
  const strangers = state.known;
  state.known = state.members;
  for (const [user, standing] of strangers) state.known.set(user, standing);
  state.members = undefined;
  state.large = true;
}
