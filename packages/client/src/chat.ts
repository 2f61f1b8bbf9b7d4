import {
  conversationKind,
  type Conversation,
  type Kind,
  limits,
  type Member,
  type MemberCursor,
  type Message,
  type Role,
} from "@godwit/protocol";
import type { Commands } from "./commands.ts";
import { receivedMessage, type ReceivedMessage } from "./delivery.ts";
import type { Draft, Sending } from "./outbox.ts";
import type { MessageState } from "./receipts.ts";

/** What a conversation handle uses of its client. */
export interface ChatPorts {
  readonly commands: Pick<Commands, "request">;
  send(conversation: string, draft: Draft): Sending;
  delivered(conversation: string, seq: number): void;
  read(conversation: string, seq: number): Promise<{ seq: number; unread: number }>;
  /** The newest seq that the application has got. */
  taken(conversation: string): number;
  typing(conversation: string, on: boolean): void;
  reached(conversation: string, seq: number): { delivered: number; read: number };
  user(): string;
  /** This user has become a member. */
  joined(conversation: Conversation): void;
}

export interface Receipts {
  /** Members whose cursor has reached the message; with `totalPartial`, among the first ones of a very large group. */
  readonly total: number;
  readonly totalPartial?: boolean;
  readonly members: MemberCursor[];
  readonly partial: boolean;
  readonly next?: string;
}

export interface HistoryOptions {
  /** Only messages before this seq; by default from the newest. */
  before?: number;
  /** Messages per page, 1 to 200. By default 50. */
  pageSize?: number;
}

/**
 * A handle on one conversation. Cheap, without state of its own: make as many as you like.
 *
 * @example
 * const chat = client.direct("bob");
 * const { seq } = await chat.send({ text: "hi" });
 */
export class Chat {
  readonly id: string;
  /** @internal */
  protected readonly ports: ChatPorts;

  /** Made by `client.direct`, `client.conversation` and the like. */
  constructor(id: string, ports: ChatPorts) {
    this.id = id;
    this.ports = ports;
  }

  get kind(): Kind {
    return conversationKind(this.id);
  }

  /**
   * Sends a message. It is queued if there is no connection; the promise settles when the server has committed it, or refused it for good.
   * May be left alone: failures are `outbox` events, too.
   *
   * @example
   * await chat.send("hi");
   * await chat.send({ text: "@bob look", mentions: ["bob"], replyTo: 7 });
   * await chat.send({ kind: "location", content: { lat: 31.2, lon: 121.5 } });
   * @throws GodwitError `content_too_large`, `outbox_full`, `not_member`, `muted`, `conflict`, …
   */
  send(draft: Draft): Sending {
    return this.ports.send(this.id, draft);
  }

  /**
   * Says that the user has seen everything up to `seq` (by default: all that this client has handed over).
   *
   * @example
   * const { unread } = await chat.read();
   */
  read(seq: number = this.ports.taken(this.id)): Promise<{ seq: number; unread: number }> {
    return quiet(this.ports.read(this.id, seq));
  }

  /** With `receipts: "manual"`: says that everything up to `seq` has arrived here. */
  delivered(seq: number = this.ports.taken(this.id)): void {
    this.ports.delivered(this.id, seq);
  }

  /** Tells the others that the user is typing. Call it at every keystroke: it is sent every few seconds at most, and never stored. */
  typing(on = true): void {
    this.ports.typing(this.id, on);
  }

  /**
   * Pages of older messages, the newest page first, each in ascending order.
   *
   * @example
   * for await (const page of chat.history({ pageSize: 20 })) {
   *   for (const message of page) console.log(message.seq, message.content);
   * }
   */
  async *history({ before, pageSize = 50 }: HistoryOptions = {}): AsyncGenerator<
    ReceivedMessage[],
    void,
    undefined
  > {
    let to = before === undefined ? undefined : before - 1;
    while (to === undefined || to >= 1) {
      const page = await this.ports.commands.request("history", {
        conversation: this.id,
        limit: pageSize,
        ...(to === undefined ? {} : { to }),
      });
      const oldest = page.messages[0]?.seq;
      if (oldest === undefined) return;
      yield this.#received(page.messages);
      if (!page.partial) return;
      to = oldest - 1;
    }
  }

  /**
   * One page of messages with `from` ≤ seq ≤ `to`, ascending; without bounds the newest. More than `limit` (1 to 200) are cut at the old end, or,
   * if `from` alone is given, at the new end; `partial` says so.
   *
   * @example
   * const { messages: [first] } = await chat.page({ from: 1, limit: 1 });
   */
  async page(
    range: { from?: number; to?: number; limit?: number } = {},
  ): Promise<{ messages: ReceivedMessage[]; partial: boolean }> {
    const { messages, partial } = await this.ports.commands.request("history", {
      conversation: this.id,
      ...range,
    });
    return { messages: this.#received(messages), partial };
  }

  /** Messages with `from` ≤ seq ≤ `to`, ascending, 200 at most; `partial` if there are more from `from` on. */
  async range(
    from: number,
    to: number,
  ): Promise<{ messages: ReceivedMessage[]; partial: boolean }> {
    const limit = Math.max(1, Math.min(to - from + 1, limits.historyPageMax));
    const page = await this.page({ from, limit });
    const messages = page.messages.filter(({ seq }) => seq <= to);
    return {
      messages,
      partial: page.partial && (page.messages.at(-1)?.seq ?? to) < to,
    };
  }

  /** The conversation as this user sees it: title, role, cursors, unread messages. */
  async info(): Promise<Conversation> {
    return (await this.ports.commands.request("conversation", { conversation: this.id }))
      .conversation;
  }

  /** How many other members are known to have received and read an own message. In large groups nothing is announced: ask `receipts`. */
  reached(seq: number): { delivered: number; read: number } {
    return this.ports.reached(this.id, seq);
  }

  /** The state of an own message: `read` once anybody else has read it, `delivered` once it reached anybody else. */
  state(seq: number): MessageState {
    const { delivered, read } = this.reached(seq);
    return read > 0 ? "read" : delivered > 0 ? "delivered" : "acknowledged";
  }

  /** Who has received or read a message: a total and one page of members, by user id after `after`. If `partial`, there are more after `next`. */
  async receipts(
    seq: number,
    cursor: "delivered" | "read" = "read",
    page: { after?: string; limit?: number } = {},
  ): Promise<Receipts> {
    const answer = await this.ports.commands.request("receipts", {
      conversation: this.id,
      seq,
      cursor,
      ...page,
    });
    const { total, members, partial, next, totalPartial } = answer;
    return {
      total,
      members,
      partial,
      ...(next !== undefined && { next }),
      ...(totalPartial && { totalPartial }),
    };
  }

  /**
   * The members, by user id, fetched page by page; those after the user `after` if it is given, and with a prefix those whose id or name begins with it.
   *
   * @example
   * for await (const { user, role } of group.members()) console.log(user, role);
   */
  async *members(
    options: { after?: string; prefix?: string; pageSize?: number } = {},
  ): AsyncGenerator<Member, void, undefined> {
    const { pageSize: limit = limits.memberPageMax, ...query } = options;
    for (;;) {
      const { members, next } = await this.membersPage({ limit, ...query });
      yield* members;
      if (next === undefined) return;
      query.after = next;
    }
  }

  /**
   * One page of `members`; `next` is the `after` of the one that follows, and absent of the last. With a prefix a page may be short, or empty, before the
   * last one: in a group of many the server looks at no more than 1,000 for it.
   */
  async membersPage(
    query: { after?: string; prefix?: string; limit?: number } = {},
  ): Promise<{ members: Member[]; next?: string }> {
    const { members, next } = await this.ports.commands.request("members", {
      conversation: this.id,
      ...query,
    });
    return { members, ...(next !== undefined && { next }) };
  }

  #received(messages: readonly Message[]): ReceivedMessage[] {
    return messages.map((message) => receivedMessage(message, this.ports.user()));
  }
}

/**
 * A group or a channel. What the user's role does not allow is refused with `forbidden`.
 *
 * @example
 * const group = await client.createGroup({ title: "Lunch", members: ["bob", "carol"] });
 * await group.invite(["dave"]);
 */
export class Group extends Chat {
  /** Adds users; resolves to those who were not members before. */
  async invite(users: string[]): Promise<string[]> {
    return (await this.ports.commands.request("invite", { conversation: this.id, users })).added;
  }

  /**
   * Makes a token with which anyone who is not banned may join, for so many hours (1 to 720; a week if absent). It is good as long as this user
   * may invite. `expiresAt` is in milliseconds since the epoch.
   *
   * @example
   * const { token } = await group.inviteLink({ hours: 24 });
   * console.log(`https://chat.example.org/i/${token}`);
   */
  async inviteLink({ hours }: { hours?: number } = {}): Promise<{
    token: string;
    expiresAt: number;
  }> {
    const { token, expiresAt } = await this.ports.commands.request("invite_link", {
      conversation: this.id,
      ...(hours === undefined ? {} : { hours }),
    });
    return { token, expiresAt };
  }

  /** Joins an open group, or with the token of an invite link one that is not open; see also `Client.joinByInvite`. */
  async join({ token }: { token?: string } = {}): Promise<Conversation> {
    const { conversation } = await this.ports.commands.request("join", {
      conversation: this.id,
      ...(token === undefined ? {} : { token }),
    });
    this.ports.joined(conversation);
    return conversation;
  }

  async leave(): Promise<void> {
    await this.ports.commands.request("leave", { conversation: this.id });
  }

  /** Removes members; with `ban` they cannot come back until an admin invites them. Resolves to those who were removed. */
  async remove(users: string[], { ban = false }: { ban?: boolean } = {}): Promise<string[]> {
    return (
      await this.ports.commands.request("remove", {
        conversation: this.id,
        users,
        ...(ban && { ban }),
      })
    ).removed;
  }

  /** Gives a member another role; naming another owner hands ownership over. */
  async role(user: string, role: Role): Promise<void> {
    await this.ports.commands.request("role", { conversation: this.id, user, role });
  }

  async rename(title: string): Promise<void> {
    await this.ports.commands.request("rename", { conversation: this.id, title });
  }

  /** Mutes a member until a time in milliseconds since the epoch, or, without a user, everyone but owner and admins. */
  async mute({
    user,
    until = Number.MAX_SAFE_INTEGER,
  }: { user?: string; until?: number } = {}): Promise<void> {
    await this.ports.commands.request("mute", {
      conversation: this.id,
      until,
      ...(user === undefined ? {} : { user }),
    });
  }

  async unmute(user?: string): Promise<void> {
    await this.ports.commands.request("mute", {
      conversation: this.id,
      until: 0,
      ...(user === undefined ? {} : { user }),
    });
  }

  /** Ends the group for everyone. Its history stays readable. */
  async dissolve(): Promise<void> {
    await this.ports.commands.request("dissolve", { conversation: this.id });
  }
}

/** The handle that fits a conversation's kind. */
export function openChat(id: string, ports: ChatPorts): Chat {
  return conversationKind(id) === "direct" ? new Chat(id, ports) : new Group(id, ports);
}

/** The same promise, whose failure may be ignored. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
