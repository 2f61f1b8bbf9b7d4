import { directMembers, type CommandName, type ErrorName, type Role } from "@godwit/protocol";
import type { Conv, Standing } from "./conv.ts";

export type Action =
  | "send"
  | "mention_all"
  | "typing"
  | "read"
  | "invite"
  | "join"
  | "leave"
  | "remove"
  | "role"
  | "rename"
  | "mute"
  | "dissolve";

/**
 * The least that someone must be to act.
 * `anyone`: strangers too. `open`: members, and strangers if the conversation is open. `nobody`: not in this kind of conversation.
 */
export type Least = Role | "anyone" | "open" | "nobody";

export interface Rule {
  readonly commands: readonly CommandName[];
  readonly direct: Least;
  readonly group: Least;
  readonly channel: Least;
  /** Refused while the member is muted; while the whole conversation is muted, refused to plain members. */
  readonly whileMuted: boolean;
  /** Allowed after the conversation was dissolved. */
  readonly whenDissolved: boolean;
  readonly note?: string;
}

/** Who may do what on which conversation. The only place that says so; docs/authorisation.md is written from it. */
export const access: { readonly [A in Action]: Rule } = {
  send: {
    commands: ["send"],
    direct: "member",
    group: "member",
    channel: "admin",
    whileMuted: false,
    whenDissolved: false,
  },
  mention_all: {
    commands: ["send"],
    direct: "member",
    group: "admin",
    channel: "admin",
    whileMuted: false,
    whenDissolved: false,
    note: "`*` among the mentions of a message.",
  },
  typing: {
    commands: ["typing"],
    direct: "member",
    group: "member",
    channel: "admin",
    whileMuted: false,
    whenDissolved: false,
  },
  read: {
    commands: ["history", "conversation", "delivered", "read", "receipts", "members"],
    direct: "member",
    group: "member",
    channel: "member",
    whileMuted: true,
    whenDissolved: true,
    note: "Members read the whole log, also what was sent before they joined.",
  },
  invite: {
    commands: ["invite", "invite_link"],
    direct: "nobody",
    group: "member",
    channel: "admin",
    whileMuted: true,
    whenDissolved: false,
    note:
      "An invitation by owner or admin lifts a ban; a plain member cannot invite a banned user. A link lifts none, and it is void as soon as whoever made it may not " +
      "invite any more.",
  },
  join: {
    commands: ["join", "peek_invite"],
    direct: "nobody",
    group: "open",
    channel: "open",
    whileMuted: true,
    whenDissolved: false,
    note: "To whoever holds a good invite link, the conversation counts as open.",
  },
  leave: {
    commands: ["leave"],
    direct: "nobody",
    group: "anyone",
    channel: "anyone",
    whileMuted: true,
    whenDissolved: true,
    note:
      "Of strangers it is a repeated `leave` and changes nothing. An owner who leaves hands over to the admin who joined first; without admins, in a group to the member who " +
      "did. In a large group, and in a channel without admins, the owner must name a successor first. The last one to leave dissolves the conversation.",
  },
  remove: {
    commands: ["remove"],
    direct: "nobody",
    group: "admin",
    channel: "admin",
    whileMuted: true,
    whenDissolved: false,
    note: "Only of members of a lower rank.",
  },
  role: {
    commands: ["role"],
    direct: "nobody",
    group: "owner",
    channel: "owner",
    whileMuted: true,
    whenDissolved: false,
    note: "Naming another owner makes the former one an admin.",
  },
  rename: {
    commands: ["rename"],
    direct: "nobody",
    group: "admin",
    channel: "admin",
    whileMuted: true,
    whenDissolved: false,
  },
  mute: {
    commands: ["mute"],
    direct: "nobody",
    group: "admin",
    channel: "admin",
    whileMuted: true,
    whenDissolved: false,
    note: "Of one member: only of a lower rank.",
  },
  dissolve: {
    commands: ["dissolve"],
    direct: "nobody",
    group: "owner",
    channel: "owner",
    whileMuted: true,
    whenDissolved: true,
    note: "Once dissolved, a repeated `dissolve` changes nothing.",
  },
};

export const actions = Object.keys(access) as readonly Action[];

const rank: { readonly [R in Role]: number } = { owner: 3, admin: 2, member: 1 };

/** Whether `actor` may act upon a member with the role `target`: owners upon admins and members, admins upon members. */
export function outranks(actor: Role | "banned", target: Role | "banned"): boolean {
  if (actor === "banned" || actor === "member") return false;
  return target === "banned" || rank[actor] > rank[target];
}

/**
 * Undefined if the user may do it, otherwise why not. `standing` is null for strangers. `nowMs` is the server's time, for mutes that ended.
 * Synchronous and without allocation. Who someone is is judged before what the conversation is, so that strangers learn nothing of it.
 */
export function authorize(
  action: Action,
  conversation: Pick<Conv, "kind" | "open" | "mutedAll" | "dissolved">,
  standing: Standing | null,
  nowMs: number,
): ErrorName | undefined {
  const rule = access[action];
  const least = rule[conversation.kind];
  if (standing === null) return stranger(least, rule, conversation);
  const { role } = standing;
  if (role === "banned") return "banned";
  if (least === "nobody") return "forbidden";
  if (conversation.dissolved && !rule.whenDissolved) return "conversation_dissolved";
  if (least !== "anyone" && least !== "open" && rank[role] < rank[least]) return "forbidden";
  if (rule.whileMuted) return undefined;
  if (standing.mutedUntil > nowMs) return "muted";
  return conversation.mutedAll && role === "member" ? "muted" : undefined;
}

function stranger(
  least: Least,
  rule: Rule,
  conversation: Pick<Conv, "open" | "dissolved">,
): ErrorName | undefined {
  if (least === "anyone") return undefined;
  if (least !== "open" || !conversation.open) return "not_member";
  return conversation.dissolved && !rule.whenDissolved ? "conversation_dissolved" : undefined;
}

/**
 * What a conversation id alone says, to be asked before anything is loaded: of a direct conversation of others nobody learns whether it exists.
 * Undefined if the user may go on.
 */
export function refusedById(conversation: string, user: string): ErrorName | undefined {
  if (!conversation.startsWith("d:")) return undefined;
  const members = directMembers(conversation);
  if (members === undefined) return "conversation_unknown";
  return members[0] === user || members[1] === user ? undefined : "not_member";
}
