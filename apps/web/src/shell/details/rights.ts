/** Who may do what to whom in a group, so that nothing is offered that the server would refuse (docs/authorisation.md). */
import type { Role } from "../../model/index.ts";

const rank: Readonly<Record<Role, number>> = { owner: 2, admin: 1, member: 0 };

export interface GroupRights {
  readonly rename: boolean;
  readonly add: boolean;
  readonly inviteByLink: boolean;
  readonly muteAll: boolean;
  readonly dissolve: boolean;
  readonly leave: boolean;
}

export function groupRights(
  role: Role | undefined,
  kind: "direct" | "group" | "channel",
  { gone, dissolved }: { readonly gone: boolean; readonly dissolved: boolean },
): GroupRights {
  const active = !gone && !dissolved && kind !== "direct" && role !== undefined;
  const manages = active && rank[role] >= rank.admin;
  // Plain members of groups may bring others; channels are their admins' to fill.
  const invites = active && (manages || kind === "group");
  return {
    rename: manages,
    add: invites,
    inviteByLink: invites,
    muteAll: manages && kind === "group",
    dissolve: active && role === "owner",
    // An owner hands over by leaving; a dissolved group may be left too.
    leave: kind !== "direct" && role !== undefined && !gone,
  };
}

export interface MemberRights {
  readonly promote: boolean;
  readonly demote: boolean;
  readonly handOver: boolean;
  readonly mute: boolean;
  readonly remove: boolean;
}

/** What one with role `mine` may do to another member with role `theirs`. */
export function memberRights(mine: Role | undefined, theirs: Role): MemberRights {
  const owner = mine === "owner";
  const above = mine !== undefined && mine !== "member" && rank[mine] > rank[theirs];
  return {
    promote: owner && theirs === "member",
    demote: owner && theirs === "admin",
    handOver: owner && theirs !== "owner",
    mute: above,
    remove: above,
  };
}
