import type { Message } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { StanzaError } from "../errors.ts";
import { visible, type Archived, type ArchiveForm } from "./forms.ts";
import type { Page, Query } from "./page.ts";

/** Messages read at a time, and how often for one page: entries with nothing to show are passed over. */
const readMessages = 100;
const readsMax = 10;

/** A page of one conversation: by its dense numbers, so that paging costs the same however long it is. */
export async function readConversation(
  client: Client,
  conversation: string,
  query: Query,
  form: ArchiveForm,
): Promise<Page> {
  const reach = await lastSeq(client, conversation);
  const range = await rangeOf(client, conversation, query, form, reach);
  return query.backward
    ? readBackward(client, conversation, range, query.max)
    : readForward(client, conversation, range, query.max);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** 0 for a direct conversation in which nothing was ever said. */
async function lastSeq(client: Client, id: string): Promise<number> {
  try {
    return (await client.call("conversation", { conversation: id })).conversation.lastSeq;
  } catch (error) {
    const empty = id.startsWith("d:") && error instanceof StanzaError;
    if (empty && error.condition === "item-not-found") return 0;
    throw error;
  }
}

async function rangeOf(
  client: Client,
  conversation: string,
  { start, end, after, before }: Query,
  form: ArchiveForm,
  last: number,
): Promise<Range> {
  const seek = (passed: (message: Message) => boolean) =>
    firstSeq(client, conversation, last, passed);
  const seqOf = async (text: string) => {
    const named = form.read(text);
    if (named === undefined) throw new StanzaError("item-not-found", "There is no such message.");
    const { seq, id } = named;
    if (id === undefined) return { first: seq, next: seq + 1 };
    const [there] = await read(client, conversation, seq, seq, 1);
    if (there?.id === id) return { first: seq, next: seq + 1 };
    // The id of a message elsewhere: it stands between two of this conversation.
    const next = await seek((message) => message.id > id);
    return { first: next, next };
  };
  let [from, to] = [1, last];
  if (start !== undefined) from = Math.max(from, await seek(({ time }) => time >= start));
  if (end !== undefined) to = Math.min(to, (await seek(({ time }) => time > end)) - 1);
  if (after !== undefined) from = Math.max(from, (await seqOf(after)).next);
  if (before !== undefined) to = Math.min(to, (await seqOf(before)).first - 1);
  return { from, to };
}

/** The first place whose message has passed some point of an order that follows the log; one past the end if none has. By halving. */
async function firstSeq(
  client: Client,
  conversation: string,
  last: number,
  passed: (message: Message) => boolean,
): Promise<number> {
  let [low, high] = [1, last + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [message] = await read(client, conversation, middle, middle, 1);
    if (message === undefined || passed(message)) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function read(
  client: Client,
  conversation: string,
  from: number,
  to: number,
  limit: number,
): Promise<readonly Message[]> {
  return (await client.call("history", { conversation, from, to, limit })).messages;
}

async function readForward(
  client: Client,
  conversation: string,
  range: Range,
  max: number,
): Promise<Page> {
  const found: Archived[] = [];
  let { from } = range;
  for (let reads = 0; from <= range.to && found.length <= max; reads++) {
    if (reads === readsMax) return { messages: found.slice(0, max), complete: false };
    const to = Math.min(range.to, from + readMessages - 1);
    const { messages } = await client.call("history", { conversation, from, limit: readMessages });
    const within = messages.filter(({ seq }) => seq <= to);
    found.push(...visible(within));
    from = (within.at(-1)?.seq ?? to) + 1;
  }
  return { messages: found.slice(0, max), complete: found.length <= max };
}

async function readBackward(
  client: Client,
  conversation: string,
  range: Range,
  max: number,
): Promise<Page> {
  let found: Archived[] = [];
  let { to } = range;
  for (let reads = 0; to >= range.from && found.length <= max; reads++) {
    if (reads === readsMax) break;
    const messages = await read(client, conversation, range.from, to, readMessages);
    found = [...visible(messages), ...found];
    to = (messages[0]?.seq ?? range.from) - 1;
  }
  const complete = to < range.from && found.length <= max;
  return { messages: max === 0 ? [] : found.slice(-max), complete };
}
