/** Finds conversations by what the visitor typed. */
import { fold } from "../../i18n/fold.ts";
import type { ChatSummary } from "../../model/index.ts";

/** Those whose title or peer contains every word of the query; beginnings of words come first, then the order of the list. */
export function matchChats(chats: readonly ChatSummary[], query: string): ChatSummary[] {
  const words = fold(query)
    .split(/\s+/u)
    .filter((word) => word !== "");
  if (words.length === 0) return [];
  const begins: ChatSummary[] = [];
  const contains: ChatSummary[] = [];
  for (const chat of chats) {
    const text = ` ${fold(chat.title)} ${fold(chat.peer ?? "")}`;
    if (words.every((word) => text.includes(` ${word}`))) begins.push(chat);
    else if (words.every((word) => text.includes(word))) contains.push(chat);
  }
  return [...begins, ...contains];
}
