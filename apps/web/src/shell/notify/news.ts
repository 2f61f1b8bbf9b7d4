/** Finds what is new between two states of the list: pure, so that the rules of announcing can be tested. */
import type { ChatSummary } from "../../model/index.ts";

export interface News {
  readonly chat: ChatSummary;
  /** The visitor was mentioned. */
  readonly mention: boolean;
}

/** The part of a conversation by which news are known. */
interface Seen {
  readonly lastSeq: number;
  readonly unread: number;
  readonly mentions: number;
}

export type SeenChats = ReadonlyMap<string, Seen>;

export function seenOf(chats: readonly ChatSummary[]): SeenChats {
  return new Map(
    chats.map(({ id, lastSeq, unread, mentions }) => [id, { lastSeq, unread, mentions }]),
  );
}

/**
 * Conversations with a message that came since: newer, unread, and of somebody else. Muted ones only for a mention. A conversation that was not known
 * before counts if it has something unread; `before` undefined (the page has just begun) means that nothing is new.
 */
export function newsIn(
  before: SeenChats | undefined,
  chats: readonly ChatSummary[],
  me: string | undefined,
): News[] {
  if (before === undefined) return [];
  return chats.flatMap((chat) => {
    const seen = before.get(chat.id) ?? { lastSeq: 0, unread: 0, mentions: 0 };
    const fresh = chat.lastSeq > seen.lastSeq && chat.unread > seen.unread;
    const mention = chat.mentions > seen.mentions;
    if (!fresh || chat.last?.sender === me || (chat.muted && !mention)) return [];
    return [{ chat, mention }];
  });
}
