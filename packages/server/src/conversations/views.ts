import {
  limits,
  type Conversation,
  type Message,
  type Params,
  type Result,
} from "@godwit/protocol";
import type { Clock } from "../lib/clock.ts";
import type { ConversationView, MemberRow, Store, StoredMessage } from "../store/port.ts";
import type { Conversations } from "./conversations.ts";
import { historyPage } from "./history.ts";
import { syncPage } from "./sync.ts";
import { conversationToWire, memberToWire, progressToWire, toWire } from "./wire.ts";

export interface ViewsDeps {
  readonly conversations: Conversations;
  readonly store: Store;
  readonly clock: Clock;
}

const membersDefault = 100;
/** Members, or where there are more of them users of the server, looked at for one page of a search among the members. */
const namedMax = 1_000;

/**
 * What clients read: conversations as one member sees them, and pages of messages, members and receipts. Every answer is bounded in entries and in
 * bytes, and says so when it is partial. The caller has authorised `read`.
 */
export class Views {
  readonly #conversations: Conversations;
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(deps: ViewsDeps) {
    this.#conversations = deps.conversations;
    this.#store = deps.store;
    this.#clock = deps.clock;
  }

  /** In the order of `ids`; those of which the user is not a member are left out. */
  async view(user: string, ids: readonly string[]): Promise<Conversation[]> {
    const views = await this.#store.conversations.views(user, ids);
    return Promise.all(views.map((view) => this.#conversationToWire(view)));
  }

  toWire(message: StoredMessage): Message {
    return toWire(message, this.#clock.now());
  }

  /** A page of the log; see `historyPage`. */
  history(params: Params<"history">): Promise<Result<"history">> {
    return historyPage(this.#store.messages, params, this.#clock.now());
  }

  /**
   * Members by user id after `after`, 100 at a time by default; with a prefix, those whose id or name begins with it. Then a page may be short, or empty,
   * before the last one, because no more are looked at for it.
   */
  async members(params: Params<"members">): Promise<Result<"members">> {
    const limit = Math.min(params.limit ?? membersDefault, limits.memberPageMax);
    const { conversation, after, prefix } = params;
    const { found, lookedTo } =
      prefix === undefined
        ? { found: await this.#store.conversations.members(conversation, after, limit + 1) }
        : await this.#membersNamed(conversation, prefix, after);
    const next = found.length > limit ? found[limit - 1]?.user : lookedTo;
    return {
      members: found.slice(0, limit).map(memberToWire),
      partial: next !== undefined,
      ...(next === undefined ? {} : { next }),
    };
  }

  /** All that are called so up to the user `lookedTo`, or to the end if there is none. */
  async #membersNamed(
    conversation: string,
    prefix: string,
    after: string | undefined,
  ): Promise<{ found: readonly MemberRow[]; lookedTo?: string | undefined }> {
    const { accounts, conversations } = this.#store;
    const rows = await conversations.members(conversation, after, namedMax + 1);
    if (rows.length <= namedMax) return { found: await this.#called(prefix, rows) };
    const named = await accounts.list(prefix, after, namedMax);
    if (named.cut) {
      // So many users are called so that not all were looked at: the members are gone through one by one instead.
      const first = rows.slice(0, namedMax);
      return { found: await this.#called(prefix, first), lookedTo: first.at(-1)?.user };
    }
    const users = named.accounts.map(({ user }) => user);
    const among = users.length === 0 ? [] : await conversations.member(conversation, users);
    return {
      found: among.filter(({ role }) => role !== "banned"),
      lookedTo: users.length < namedMax ? undefined : users.at(-1),
    };
  }

  async #called(prefix: string, rows: readonly MemberRow[]): Promise<readonly MemberRow[]> {
    const folded = prefix.toLowerCase();
    const accounts = await this.#store.accounts.get(rows.map(({ user }) => user));
    const names = new Map(accounts.map(({ user, name }) => [user, name?.toLowerCase()]));
    return rows.filter(
      ({ user }) =>
        user.toLowerCase().startsWith(folded) || names.get(user)?.startsWith(folded) === true,
    );
  }

  /** Who has received or read a message, by user id after `after`, 100 at a time by default. `total` counts all of them, up to a bound. */
  async receipts(params: Params<"receipts">): Promise<Result<"receipts">> {
    const limit = Math.min(params.limit ?? membersDefault, limits.memberPageMax);
    const { conversation, seq, cursor, after } = params;
    const found = await this.#store.messages.receipts(conversation, seq, cursor, after, limit + 1);
    const members = found.members.slice(0, limit).map((member) => ({ ...member }));
    const next = found.members.length > limit ? members.at(-1)?.user : found.next;
    return {
      total: found.total,
      ...(found.totalPartial ? { totalPartial: true } : {}),
      members,
      partial: next !== undefined,
      ...(next === undefined ? {} : { next }),
    };
  }

  /** The conversations that moved past the caller's cursors, with their newest messages; see `syncPage`. */
  sync(user: string, params: Params<"sync">): Promise<Result<"sync">> {
    const toConversation = (view: ConversationView) => this.#conversationToWire(view);
    return syncPage(this.#store, user, params, this.#clock.now(), toConversation);
  }

  /** In a group of few, with the cursors of the others: who was away has missed the receipts that told of them. */
  async #conversationToWire(view: ConversationView): Promise<Conversation> {
    const { id, kind, memberCount } = view.conversation;
    const { largeGroupMembers } = this.#conversations.config;
    const held = this.#conversations.peek(id)?.large;
    const large = held ?? (kind !== "direct" && memberCount > largeGroupMembers);
    const conversation = conversationToWire(view, large);
    if (kind === "direct" || memberCount < 2 || memberCount > limits.memberCursorsMax)
      return conversation;
    const rows = await this.#store.conversations.members(id, undefined, limits.memberCursorsMax);
    return { ...conversation, cursors: progressToWire(rows, view.member.user) };
  }
}
