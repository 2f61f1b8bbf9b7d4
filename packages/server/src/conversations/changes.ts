import type { Params } from "@godwit/protocol";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { ConversationChange, MemberRow, NewMessage, Store } from "../store/port.ts";
import { outranks, type Action } from "./access.ts";
import { isMember, type Conv, type Standing } from "./conv.ts";
import type { Conversations } from "./conversations.ts";
import { changeEntry, createdId, type Actor, type SystemContent } from "./entry.ts";
import { enter, enterByLink, refuse, type Place, type Refused } from "./enter.ts";

export type { Actor } from "./entry.ts";
export type { Refused } from "./enter.ts";

/** A change that may go ahead. */
export interface Planned {
  readonly ok: true;
  readonly id: string;
  /** Absent while the change creates it. */
  readonly conversation: Conv | undefined;
  /** To be appended in this order. None if everything is so already: the command succeeds without a message. */
  readonly messages: readonly NewMessage[];
}

export type Plan<Extra = unknown> = (Planned & Extra) | Refused;

export interface ChangesDeps {
  readonly conversations: Conversations;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether all of these users exist. */
  readonly usersExist: (users: readonly string[]) => Promise<boolean>;
}

const membersPerRead = 500;

/**
 * Plans membership changes: judges who may, leaves out what is so already, and words the messages that carry them. It writes nothing. Every plan but `create`
 * is made, appended and committed inside one run of `conversations.exclusive`; all of them may be retried. Parameters have passed the schemas.
 */
export class Changes {
  readonly #conversations: Conversations;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #usersExist: (users: readonly string[]) => Promise<boolean>;

  constructor(deps: ChangesDeps) {
    this.#conversations = deps.conversations;
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#usersExist = deps.usersExist;
  }

  /** A retry with the same client id plans the same group; the store tells retry from conflict. Errors: user_unknown, group_full. */
  async create(actor: Actor, params: Params<"create">): Promise<Plan> {
    const id = createdId(params.kind, actor.user, params.clientId);
    const users = unique(params.members ?? []).filter((user) => user !== actor.user);
    if ((await this.#conversations.load(id)) === undefined) {
      if (users.length + 1 > this.#conversations.config.groupMembersMax) return this.#full();
      if (users.length > 0 && !(await this.#usersExist(users))) return unknownUsers(users);
    }
    const { title } = params;
    const open = params.open === true;
    const content: SystemContent = {
      event: "created",
      title,
      users: [actor.user, ...users],
      ...(open ? { open } : {}),
    };
    const members = [
      { user: actor.user, role: "owner" as const },
      ...users.map((user) => ({ user, role: "member" as const })),
    ];
    const change: ConversationChange = { type: "create", kind: params.kind, title, open, members };
    const time = this.#clock.now();
    const message = changeEntry(id, actor, params.clientId, time, content, change);
    return { ok: true, id, conversation: undefined, messages: [message] };
  }

  /** Users who are in already are left out. Errors: those of `authorize`, forbidden (a banned user, by a plain member), user_unknown, group_full. */
  async invite(
    actor: Actor,
    params: Params<"invite">,
  ): Promise<Plan<{ added: readonly string[] }>> {
    const place = await this.#enter("invite", actor, params.conversation);
    if (!place.ok) return place;
    const { conversation } = place;
    const standings = await this.#conversations.loadStandings(conversation, unique(params.users));
    const added = [...standings]
      .filter(([, standing]) => !isMember(standing))
      .map(([user]) => user);
    if (added.length === 0) return { ...unchanged(conversation), added };
    const banned = added.find((user) => standings.get(user)?.role === "banned");
    if (banned !== undefined && place.standing?.role === "member") {
      return refuse("forbidden", `${banned} is banned; only owner and admins may invite them.`);
    }
    if (!(await this.#usersExist(added))) return unknownUsers(added);
    if (this.#overfills(conversation, added.length)) return this.#full();
    const content: SystemContent = { event: "invited", users: added };
    return { ...this.#plan(conversation, actor, content, { type: "add", users: added }), added };
  }

  /** With `inviter`, who made the link that the actor holds: see `enterByLink`. Errors: those of `authorize`, token_invalid, group_full. */
  async join(actor: Actor, params: Params<"join">, inviter?: string): Promise<Plan> {
    const place =
      inviter === undefined
        ? await this.#enter("join", actor, params.conversation)
        : await enterByLink(
            this.#conversations,
            actor.user,
            params.conversation,
            inviter,
            this.#clock.now(),
          );
    if (!place.ok) return place;
    const { conversation } = place;
    if (isMember(place.standing)) return unchanged(conversation);
    if (this.#overfills(conversation, 1)) return this.#full();
    const users = [actor.user];
    return this.#plan(conversation, actor, { event: "joined", users }, { type: "add", users });
  }

  /**
   * Of someone who is not in: nothing to do. An owner hands over first (see `#heir`); the last one to leave dissolves the conversation. Errors: those of
   * `authorize`, forbidden (an owner without a successor).
   */
  async leave(actor: Actor, params: Params<"leave">): Promise<Plan> {
    const place = await this.#enter("leave", actor, params.conversation);
    if (!place.ok) return place;
    const { conversation, standing } = place;
    if (!isMember(standing)) return unchanged(conversation);
    const users = [actor.user];
    const left = this.#plan(
      conversation,
      actor,
      { event: "left", users },
      { type: "remove", users, ban: false },
    );
    if (standing.role !== "owner" || conversation.dissolved) return left;
    const last = conversation.memberCount === 1;
    const before = last
      ? this.#plan(conversation, actor, { event: "dissolved" }, { type: "dissolve" })
      : await this.#handOver(conversation, actor);
    return before.ok ? { ...left, messages: [...before.messages, ...left.messages] } : before;
  }

  /**
   * Takes users out, and with `ban` keeps them out; strangers can be banned too. `removed` are those who were in. Errors: those of `authorize`, forbidden (oneself, or
   * a member of the same or a higher rank: then nobody is removed), user_unknown (banning).
   */
  async remove(
    actor: Actor,
    params: Params<"remove">,
  ): Promise<Plan<{ removed: readonly string[] }>> {
    const place = await this.#enter("remove", actor, params.conversation);
    if (!place.ok) return place;
    const { conversation } = place;
    const ban = params.ban === true;
    const standings = await this.#conversations.loadStandings(conversation, unique(params.users));
    if (standings.has(actor.user)) return refuse("forbidden", "To go yourself, leave.");
    const removed: string[] = [];
    const strangers: string[] = [];
    for (const [user, standing] of standings) {
      if (standing === null) strangers.push(user);
      else if (standing.role !== "banned") {
        if (!mayTouch(place, standing)) return outranked(user);
        removed.push(user);
      }
    }
    if (ban && strangers.length > 0 && !(await this.#usersExist(strangers))) {
      return unknownUsers(strangers);
    }
    const users = ban ? [...removed, ...strangers] : removed;
    if (users.length === 0) return { ...unchanged(conversation), removed };
    const content: SystemContent = { event: ban ? "banned" : "removed", users };
    const change: ConversationChange = { type: "remove", users, ban };
    return { ...this.#plan(conversation, actor, content, change), removed };
  }

  /** Errors: those of `authorize`, not_member (the user named), forbidden (an owner's own role). */
  async role(actor: Actor, params: Params<"role">): Promise<Plan> {
    const place = await this.#enter("role", actor, params.conversation);
    if (!place.ok) return place;
    const { conversation } = place;
    const { user, role } = params;
    const standing = await this.#conversations.loadStanding(conversation, user);
    if (!isMember(standing)) return absent(user);
    if (standing.role === role) return unchanged(conversation);
    if (user === actor.user) {
      return refuse("forbidden", "An owner steps down by naming another owner.");
    }
    return role === "owner"
      ? this.#handOverTo(conversation, actor, user)
      : this.#plan(
          conversation,
          actor,
          { event: "role", users: [user], role },
          { type: "role", user, role },
        );
  }

  async rename(actor: Actor, params: Params<"rename">): Promise<Plan> {
    const place = await this.#enter("rename", actor, params.conversation);
    if (!place.ok) return place;
    const { title } = params;
    if (place.conversation.title === title) return unchanged(place.conversation);
    return this.#plan(
      place.conversation,
      actor,
      { event: "renamed", title },
      { type: "rename", title },
    );
  }

  /**
   * A time that has passed unmutes. The whole conversation is muted until it is unmuted. Errors: those of `authorize`, not_member (the user named), forbidden (oneself, or a
   * member of the same or a higher rank).
   */
  async mute(actor: Actor, params: Params<"mute">): Promise<Plan> {
    const place = await this.#enter("mute", actor, params.conversation);
    if (!place.ok) return place;
    const { conversation } = place;
    const { user } = params;
    const until = params.until > this.#clock.now() ? params.until : 0;
    const event = until === 0 ? "unmuted" : "muted";
    if (user === undefined) {
      if (conversation.mutedAll === (until !== 0)) return unchanged(conversation);
      return this.#plan(conversation, actor, { event }, { type: "mute", until });
    }
    const standing = await this.#conversations.loadStanding(conversation, user);
    if (!isMember(standing)) return absent(user);
    if (!mayTouch(place, standing)) return outranked(user);
    if (standing.mutedUntil === until) return unchanged(conversation);
    const content: SystemContent = { event, users: [user], ...(until === 0 ? {} : { until }) };
    return this.#plan(conversation, actor, content, { type: "mute", user, until });
  }

  async dissolve(actor: Actor, params: Params<"dissolve">): Promise<Plan> {
    const place = await this.#enter("dissolve", actor, params.conversation);
    if (!place.ok) return place;
    if (place.conversation.dissolved) return unchanged(place.conversation);
    return this.#plan(place.conversation, actor, { event: "dissolved" }, { type: "dissolve" });
  }

  #enter(action: Action, actor: Actor, id: string): Promise<Place | Refused> {
    return enter(this.#conversations, action, actor.user, id, this.#clock.now());
  }

  #plan(
    conversation: Conv,
    actor: Actor,
    content: SystemContent,
    change: ConversationChange,
  ): Planned {
    const { id } = conversation;
    const time = this.#clock.now();
    const message = changeEntry(id, actor, this.#random.uuid(), time, content, change);
    return { ok: true, id, conversation, messages: [message] };
  }

  #handOverTo(conversation: Conv, actor: Actor, heir: string): Planned {
    return this.#plan(
      conversation,
      actor,
      { event: "role", users: [heir], role: "owner" },
      { type: "role", user: heir, role: "owner", former: actor.user },
    );
  }

  async #handOver(conversation: Conv, actor: Actor): Promise<Planned | Refused> {
    const heir = await this.#heir(conversation, actor.user);
    if (heir !== undefined) return this.#handOverTo(conversation, actor, heir);
    return refuse("forbidden", "Name another owner or dissolve the conversation before you leave.");
  }

  /**
   * Who becomes owner when the owner leaves: the admin who joined first, else in groups the member who did. In large groups nobody, for that would mean
   * reading all members; in channels no plain member, for subscribers did not ask for it.
   */
  async #heir(conversation: Conv, owner: string): Promise<string | undefined> {
    if (conversation.large) return undefined;
    let heir: MemberRow | undefined;
    let after: string | undefined;
    for (;;) {
      const rows = await this.#store.conversations.members(conversation.id, after, membersPerRead);
      for (const row of rows) {
        const eligible = row.role === "admin" || conversation.kind === "group";
        if (row.user !== owner && eligible && (heir === undefined || precedes(row, heir)))
          heir = row;
      }
      if (rows.length < membersPerRead) return heir?.user;
      after = rows.at(-1)?.user;
    }
  }

  #overfills(conversation: Conv, more: number): boolean {
    return conversation.memberCount + more > this.#conversations.config.groupMembersMax;
  }

  #full(): Refused {
    const { groupMembersMax } = this.#conversations.config;
    return refuse("group_full", `A group has at most ${groupMembersMax} members.`);
  }
}

function precedes(a: MemberRow, b: MemberRow): boolean {
  if (a.role !== b.role) return a.role === "admin";
  return a.joinedAt === b.joinedAt ? a.user < b.user : a.joinedAt < b.joinedAt;
}

function mayTouch(place: Place, target: Standing): boolean {
  return place.standing !== null && outranks(place.standing.role, target.role);
}

function unchanged(conversation: Conv): Planned {
  return { ok: true, id: conversation.id, conversation, messages: [] };
}

function absent(user: string): Refused {
  return refuse("not_member", `${user} is not a member of this conversation.`);
}

function outranked(user: string): Refused {
  return refuse("forbidden", `Your role does not let you act upon ${user}.`);
}

function unknownUsers(users: readonly string[]): Refused {
  return refuse(
    "user_unknown",
    users.length === 1 ? `There is no user ${users[0]}.` : "One of the users does not exist.",
  );
}

function unique(users: readonly string[]): string[] {
  return [...new Set(users)];
}
