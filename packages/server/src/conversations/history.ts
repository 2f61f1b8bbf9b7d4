import { limits, type Params, type Result } from "@godwit/protocol";
import type { MessageStore, StoredMessage } from "../store/port.ts";
import { answerBytesMax, fitting, messageBytes, toWire } from "./wire.ts";

const limitDefault = 50;
/** Messages asked of the store at once. Contents can be large: a long page is read in pieces, and no further than it fits into the answer. */
const messagesPerRead = 64;

/**
 * Messages with `from` ≤ seq ≤ `to`, ascending; without bounds the newest. What exceeds `limit` (50 by default) or the bytes of an answer is cut at the old
 * end, or at the new end if `from` alone is given. `partial`: there are more in the range than came.
 */
export async function historyPage(
  store: MessageStore,
  params: Params<"history">,
  nowMs: number,
): Promise<Result<"history">> {
  const limit = Math.min(params.limit ?? limitDefault, limits.historyPageMax);
  const keep = params.from !== undefined && params.to === undefined ? "oldest" : "newest";
  const from = Math.max(1, params.from ?? 1);
  const to = params.to ?? Number.MAX_SAFE_INTEGER;
  // One more than asked for says whether there are more.
  const found = await read(store, params.conversation, { from, to }, limit + 1, keep);
  const page = keep === "oldest" ? found.slice(0, limit) : found.slice(-limit);
  const { messages } = fitting(page, keep, answerBytesMax, true);
  return {
    messages: messages.map((message) => toWire(message, nowMs)),
    partial: messages.length < found.length,
  };
}

/** Up to `count` messages from the end that `keep` names, or fewer once they are more than an answer holds. */
async function read(
  store: MessageStore,
  conversation: string,
  range: { readonly from: number; readonly to: number },
  count: number,
  keep: "oldest" | "newest",
): Promise<readonly StoredMessage[]> {
  let { from, to } = range;
  let found: readonly StoredMessage[] = [];
  let bytes = 0;
  while (found.length < count && bytes <= answerBytesMax && from <= to) {
    const wanted = Math.min(messagesPerRead, count - found.length);
    const piece = await store.range(conversation, from, to, wanted, keep);
    found = keep === "oldest" ? [...found, ...piece] : [...piece, ...found];
    if (piece.length < wanted) break;
    for (const message of piece) bytes += messageBytes(message);
    if (keep === "oldest") from = (piece.at(-1)?.seq ?? to) + 1;
    else to = (piece[0]?.seq ?? from) - 1;
  }
  return found;
}
