import {
  limits,
  type Conversation,
  type Message,
  type Params,
  type Result,
} from "@godwit/protocol";
import type { Clock } from "../lib/clock.ts";
import type { ConversationView, Store, StoredMessage } from "../store/port.ts";
import type { Conversations } from "./conversations.ts";
import { syncPage } from "./sync.ts";
import { answerBytesMax, conversationToWire, fitting, memberToWire, toWire } from "./wire.ts";

export interface ViewsDeps {
  readonly conversations: Conversations;
  readonly store: Store;
  readonly clock: Clock;
}

const historyDefault = 50;
const membersDefault = 100;

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
    return views.map((view) => this.#conversationToWire(view));
  }

  toWire(message: StoredMessage): Message {
    return toWire(message, this.#clock.now());
  }

  /**
   * Messages with `from` ≤ seq ≤ `to`, ascending; without bounds the newest. What exceeds `limit` (50 by default) or the bytes of an answer is cut at the old
   * end, or at the new end if `from` alone is given. `partial`: there are more in the range than came.
   */
  async history(params: Params<"history">): Promise<Result<"history">> {
    const { conversation, from = 1, to = Number.MAX_SAFE_INTEGER } = params;
    const limit = Math.min(params.limit ?? historyDefault, limits.historyPageMax);
    const keep = params.from !== undefined && params.to === undefined ? "oldest" : "newest";
    const found = await this.#store.messages.range(
      conversation,
      Math.max(1, from),
      to,
      limit + 1,
      keep,
    );
    const page = keep === "oldest" ? found.slice(0, limit) : found.slice(-limit);
    const { messages } = fitting(page, keep, answerBytesMax, true);
    const now = this.#clock.now();
    return {
      messages: messages.map((message) => toWire(message, now)),
      partial: messages.length < found.length,
    };
  }

  /** Members by user id after `after`, 100 at a time by default. `partial`: there are more after these. */
  async members(params: Params<"members">): Promise<Result<"members">> {
    const limit = Math.min(params.limit ?? membersDefault, limits.memberPageMax);
    const { conversation, after } = params;
    const rows = await this.#store.conversations.members(conversation, after, limit + 1);
    return { members: rows.slice(0, limit).map(memberToWire), partial: rows.length > limit };
  }

  /** Who has received or read a message, by user id after `after`, 100 at a time by default. `total` counts all of them. */
  async receipts(params: Params<"receipts">): Promise<Result<"receipts">> {
    const limit = Math.min(params.limit ?? membersDefault, limits.memberPageMax);
    const { conversation, seq, cursor, after } = params;
    const found = await this.#store.messages.receipts(conversation, seq, cursor, after, limit + 1);
    return {
      total: found.total,
      members: found.members.slice(0, limit).map((member) => ({ ...member })),
      partial: found.members.length > limit,
    };
  }

  /** The conversations that moved past the caller's cursors, with their newest messages; see `syncPage`. */
  sync(user: string, params: Params<"sync">): Promise<Result<"sync">> {
    const toConversation = (view: ConversationView) => this.#conversationToWire(view);
    return syncPage(this.#store, user, params, this.#clock.now(), toConversation);
  }

  #conversationToWire(view: ConversationView): Conversation {
    const { id, kind, memberCount } = view.conversation;
    const { largeGroupMembers } = this.#conversations.config;
    const held = this.#conversations.peek(id)?.large;
    return conversationToWire(view, held ?? (kind !== "direct" && memberCount > largeGroupMembers));
  }
}
