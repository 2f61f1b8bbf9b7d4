import type { Message } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { readArchiveId } from "../client/ids.ts";
import { StanzaError } from "../errors.ts";
import { visible } from "./forms.ts";
import type { Page, Query } from "./page.ts";

/** Calls for one page. What lies further back than they reach is asked for conversation by conversation. */
const callsMax = 64;
const conversationsPerPage = 100;
const newestPerConversation = 50;
const olderPerCall = 200;

/**
 * A page of all direct conversations together, in commit order. Clients ask so for what is new since they left; it is read from the newest end of each
 * conversation, as far as the question reaches.
 */
export async function readEverywhere(client: Client, query: Query): Promise<Page> {
  const { start, end } = query;
  const after = idOf(query.after) ?? 0;
  const before = idOf(query.before) ?? Number.MAX_SAFE_INTEGER;
  const within = ({ id, time }: Message) =>
    id > after && id < before && time >= (start ?? 0) && time <= (end ?? Number.MAX_SAFE_INTEGER);
  const reaches = ({ id, time }: Message) => id > after && time >= (start ?? 0);
  const found = visible((await collect(client, reaches)).filter(within));
  found.sort((a, b) => a.message.id - b.message.id);
  const complete = found.length <= query.max;
  if (!query.backward) return { messages: found.slice(0, query.max), complete };
  return { messages: query.max === 0 ? [] : found.slice(-query.max), complete };
}

function idOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const read = readArchiveId(text);
  if (read === undefined) throw new StanzaError("item-not-found", "There is no such message.");
  return read.id;
}

/** The messages of every direct conversation back to the first that does not reach far enough. */
async function collect(client: Client, reaches: (message: Message) => boolean): Promise<Message[]> {
  const all: Message[] = [];
  const older: { readonly conversation: string; to: number }[] = [];
  let calls = 0;
  let next: string | undefined;
  do {
    const page = await client.call("sync", {
      limit: conversationsPerPage,
      messages: newestPerConversation,
      ...(next === undefined ? {} : { after: next }),
    });
    calls++;
    for (const { conversation, messages, partial } of page.conversations) {
      if (conversation.kind !== "direct") continue;
      all.push(...messages);
      const [oldest] = messages;
      if (partial && oldest !== undefined && reaches(oldest))
        older.push({ conversation: conversation.id, to: oldest.seq - 1 });
    }
    next = page.next;
  } while (next !== undefined && calls < callsMax);
  for (const { conversation, to } of older) {
    let end = to;
    while (end > 0 && calls < callsMax) {
      calls++;
      const { messages } = await client.call("history", {
        conversation,
        to: end,
        limit: olderPerCall,
      });
      all.push(...messages);
      const [oldest] = messages;
      if (oldest === undefined || !reaches(oldest)) break;
      end = oldest.seq - 1;
    }
  }
  return all;
}
