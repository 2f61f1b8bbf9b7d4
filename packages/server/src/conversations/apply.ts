import type { Role } from "@godwit/protocol";
import type { ConversationChange } from "../store/port.ts";
import {
  grow,
  isMember,
  nobodyMoved,
  standingOf,
  type Announced,
  type ConvState,
  type Standing,
} from "./conv.ts";

export interface ApplyLimits {
  /** Members above which a group is large. */
  readonly largeGroupMembers: number;
  /** Standings of single users kept per conversation. */
  readonly standingsMax: number;
}

export interface Applied extends Announced {
  /** False if the cache did not know whether a user was a member before: the count is then to be read from the store again. */
  readonly exact: boolean;
}

const applied: Applied = { ...nobodyMoved, exact: true };

/** Applies a committed change to the cached conversation. Costs O(users named in the change), whatever the size of the group. */
export function applyChange(
  state: ConvState,
  change: ConversationChange,
  limits: ApplyLimits,
): Applied {
  state.changes += 1;
  switch (change.type) {
    case "create":
      return applied;
    case "add":
      return add(state, change.users, limits);
    case "remove":
      return remove(state, change.users, change.ban, limits);
    case "role":
      setRole(state, change.user, change.role, limits);
      if (change.former !== undefined) setRole(state, change.former, "admin", limits);
      return applied;
    case "rename":
      state.title = change.title;
      return applied;
    case "mute":
      if (change.user === undefined) state.mutedAll = change.until !== 0;
      else setMute(state, change.user, change.until, limits);
      return applied;
    case "dissolve":
      state.dissolved = true;
      return applied;
  }
}

/**
 * All users of the change count as added: the plan named only strangers, while the members here may have been read from the store after the change
 * committed and before it is announced.
 */
function add(state: ConvState, users: readonly string[], limits: ApplyLimits): Applied {
  let exact = true;
  for (const user of users) {
    const before = state.standing(user);
    if (isMember(before)) continue;
    if (before === undefined && state.members === undefined) exact = false;
    put(state, user, standingOf("member", 0), limits);
    state.memberCount += 1;
  }
  grow(state, limits.largeGroupMembers);
  return { added: users, removed: nobodyMoved.removed, exact };
}

/** Users who were known not to be members are banned without being removed; of others the same holds as for `add`. */
function remove(
  state: ConvState,
  users: readonly string[],
  ban: boolean,
  limits: ApplyLimits,
): Applied {
  const removed: string[] = [];
  let exact = true;
  for (const user of users) {
    const before = state.standing(user);
    if (before === undefined && state.members === undefined) exact = false;
    if (before === undefined || isMember(before)) removed.push(user);
    if (isMember(before)) state.memberCount -= 1;
    state.members?.delete(user);
    // A plain removal does not lift a ban.
    if (ban) state.learn(user, standingOf("banned", 0), limits.standingsMax);
    else if (before?.role !== "banned") state.learn(user, null, limits.standingsMax);
  }
  return { added: nobodyMoved.added, removed, exact };
}

function setRole(state: ConvState, user: string, role: Role, limits: ApplyLimits): void {
  const before = state.standing(user);
  if (isMember(before)) put(state, user, standingOf(role, before.mutedUntil), limits);
}

function setMute(state: ConvState, user: string, until: number, limits: ApplyLimits): void {
  const before = state.standing(user);
  if (isMember(before)) put(state, user, standingOf(before.role, until), limits);
}

function put(state: ConvState, user: string, standing: Standing, limits: ApplyLimits): void {
  if (state.members === undefined) {
    state.learn(user, standing, limits.standingsMax);
  } else {
    state.members.set(user, standing);
    state.known.delete(user);
  }
}
