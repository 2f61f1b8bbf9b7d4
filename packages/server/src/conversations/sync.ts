import {
  limits,
  type Conversation,
  type Params,
  type Result,
  type SyncedConversation,
} from "@godwit/protocol";
import type { ConversationRow, ConversationView, Store, StoredMessage } from "../store/port.ts";
import { answerBytesMax, conversationBytes, fitting, toWire } from "./wire.ts";

const conversationsDefault = 50;
const messagesDefault = 20;
const rowsPerRead = 500;
/** Rows looked at for one answer: a user with more conversations that did not move gets an empty page that says that there are more. */
const rowsScannedMax = 5_000;
/** Quotes and comma of an id in a list. */
const idFixedBytes = 3;

/**
 * One page of what moved: conversations of the user with entries past the given cursor, and those without a cursor, by id after `after`; each with its newest
 * `messages` (20 by default) after the cursor. `partial` of a conversation: entries between the cursor and the first one here were left out. `partial` of
 * the page: there is more after `next`. A cursor past the end of the log belongs to another past (a store restored from a backup) and counts as none.
 */
export async function syncPage(
  store: Store,
  user: string,
  params: Params<"sync">,
  nowMs: number,
  toConversation: (view: ConversationView) => Promise<Conversation>,
): Promise<Result<"sync">> {
  const cursors = new Map(params.cursors?.map(({ conversation, seq }) => [conversation, seq]));
  const limit = Math.min(params.limit ?? conversationsDefault, limits.syncPageMax);
  const messagesMax = Math.min(params.messages ?? messagesDefault, limits.syncMessagesMax);
  const seen = new Set<string>();
  const moved = await findMoved(store, user, cursors, params.after, limit, seen);
  const answer = (
    conversations: SyncedConversation[],
    next: string | undefined,
  ): Result<"sync"> => {
    const gone = goneBetween(cursors, seen, params.after ?? "", next);
    return {
      conversations,
      partial: next !== undefined,
      ...(next === undefined ? {} : { next }),
      ...(gone.length === 0 ? {} : { gone }),
    };
  };
  const views = await store.conversations.views(
    user,
    moved.rows.map((row) => row.id),
  );

  const conversations: SyncedConversation[] = [];
  // Less room for what this page may name as gone; beside the most that can be, one message still fits.
  let bytesLeft =
    answerBytesMax - idsBytes(goneBetween(cursors, seen, params.after ?? "", moved.next));
  for (const view of [...views].sort(byId)) {
    const cursor = cursorOf(cursors, view.conversation);
    const found = await newest(store, view.conversation, cursor, messagesMax);
    const conversation = await toConversation(view);
    const first = conversations.length === 0;
    const room = bytesLeft - conversationBytes(conversation);
    const fits = fitting(found, "newest", room, first);
    // Rather than shorten this one because of those before it, leave it to the next page, where it has all the room.
    if (!first && (room < 0 || fits.messages.length < found.length)) {
      return answer(conversations, conversations.at(-1)?.conversation.id ?? "");
    }
    bytesLeft = room - fits.bytes;
    conversations.push({
      conversation,
      messages: fits.messages.map((message) => toWire(message, nowMs)),
      partial: (fits.messages[0]?.seq ?? view.conversation.lastSeq + 1) > cursor + 1,
    });
  }
  return answer(conversations, moved.next);
}

/** The cursors of conversations that the user has left, or was removed from: in the range of ids that this page covers, but not among those that were there. */
function goneBetween(
  cursors: ReadonlyMap<string, number>,
  seen: ReadonlySet<string>,
  after: string,
  next: string | undefined,
): string[] {
  return [...cursors.keys()].filter(
    (id) => id > after && (next === undefined || id <= next) && !seen.has(id),
  );
}

function idsBytes(ids: readonly string[]): number {
  return ids.reduce((bytes, id) => bytes + id.length + idFixedBytes, 0);
}

/** In the order of the pages: `next` must be past everything that was handed out. */
function byId(a: ConversationView, b: ConversationView): number {
  return a.conversation.id < b.conversation.id ? -1 : 1;
}

function cursorOf(cursors: ReadonlyMap<string, number>, row: ConversationRow): number {
  const cursor = cursors.get(row.id) ?? 0;
  return cursor > row.lastSeq ? 0 : cursor;
}

async function newest(
  store: Store,
  row: ConversationRow,
  cursor: number,
  messagesMax: number,
): Promise<readonly StoredMessage[]> {
  if (messagesMax === 0 || cursor >= row.lastSeq) return [];
  // Bounded by the row, so that the messages do not run ahead of the lastSeq beside them.
  return store.messages.range(row.id, cursor + 1, row.lastSeq, messagesMax, "newest");
}

/** Up to `limit` conversations that moved; `seen` gets every id that was looked at. `next` is the id to go on after, absent at the end. */
async function findMoved(
  store: Store,
  user: string,
  cursors: ReadonlyMap<string, number>,
  start: string | undefined,
  limit: number,
  seen: Set<string>,
): Promise<{ readonly rows: readonly ConversationRow[]; readonly next?: string | undefined }> {
  const rows: ConversationRow[] = [];
  let after = start;
  let scanned = 0;
  while (scanned < rowsScannedMax) {
    const page = await store.conversations.list(user, after, rowsPerRead);
    for (const row of page) {
      seen.add(row.id);
      // A direct conversation whose first message was never accepted has nothing to show.
      if ((cursors.get(row.id) ?? 0) === row.lastSeq) continue;
      if (rows.length === limit) return { rows, next: rows.at(-1)?.id };
      rows.push(row);
    }
    if (page.length < rowsPerRead) return { rows };
    scanned += page.length;
    after = page.at(-1)?.id;
  }
  return { rows, next: after };
}
