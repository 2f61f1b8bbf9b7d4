import type { Message, SyncedConversation } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { readArchiveId } from "../client/ids.ts";
import { StanzaError } from "../errors.ts";
import { readConversation } from "./conversation.ts";
import { directForm, visible, type Archived } from "./forms.ts";
import type { Page, Query } from "./page.ts";

/** Of conversations that are looked at for one page, and of those in which has to be searched. What lies beyond is asked for conversation by conversation. */
const pagesMax = 20;
const conversationsPerPage = 100;
const searchesMax = 20;
/** Enough, mostly: clients ask for what is new since they left. */
const newestPerConversation = 50;

/**
 * A page of all direct conversations together, in commit order. It is taken from the newest messages of each; only where they do not reach as far as the question the
 * conversation is searched. The page ends where something may be missing, and says then that it is not complete.
 */
export async function readEverywhere(client: Client, query: Query): Promise<Page> {
  const reading = new Reading(client, query);
  let next: string | undefined;
  for (let pages = 0; pages < pagesMax; pages++) {
    const page = await client.call("sync", {
      limit: conversationsPerPage,
      messages: newestPerConversation,
      ...(next === undefined ? {} : { after: next }),
    });
    for (const each of page.conversations)
      if (each.conversation.kind === "direct") await reading.look(each);
    next = page.next;
    if (next === undefined) return reading.page(true);
  }
  return reading.page(false);
}

/** One page while it is put together: no more is kept at a time than it can hold and one conversation has. */
class Reading {
  readonly #client: Client;
  readonly #query: Query;
  readonly #after: number;
  readonly #before: number;
  #found: Archived[] = [];
  #searches = 0;
  /** Between these ids, both included, nothing is missing. */
  #from = 0;
  #to = Number.MAX_SAFE_INTEGER;
  #more = false;

  constructor(client: Client, query: Query) {
    this.#client = client;
    this.#query = query;
    this.#after = idOf(query.after) ?? 0;
    this.#before = idOf(query.before) ?? Number.MAX_SAFE_INTEGER;
  }

  async look({ conversation, messages, partial }: SyncedConversation): Promise<void> {
    const { backward, max } = this.#query;
    const [oldest] = messages;
    const within = visible(messages.filter((message) => this.#isWithin(message)));
    const reachesFurther = partial && oldest !== undefined && this.#reaches(oldest);
    const isEnough = !reachesFurther || (backward && within.length > max);
    if (!isEnough && ++this.#searches <= searchesMax) {
      const form = directForm(this.#client);
      const page = await readConversation(this.#client, conversation.id, this.#query, form);
      this.#take(page.messages, page.complete);
    } else if (isEnough || backward) this.#take(within, !reachesFurther);
    // Something older is missing, with which the page would have to begin.
    else this.#take([], false);
  }

  /** `isWhole`: there are no more in the direction that was asked for. */
  #take(found: readonly Archived[], isWhole: boolean): void {
    const { backward, max } = this.#query;
    if (!isWhole) {
      this.#more = true;
      const last = (backward ? found[0] : found.at(-1))?.message.id;
      if (backward) this.#from = Math.max(this.#from, last ?? this.#before);
      else this.#to = Math.min(this.#to, last ?? this.#after);
    }
    this.#found.push(...found);
    this.#found.sort((a, b) => a.message.id - b.message.id);
    if (this.#found.length <= max) return;
    this.#more = true;
    if (backward) this.#found.splice(0, this.#found.length - max);
    else this.#found.length = max;
  }

  page(isEverything: boolean): Page {
    const messages = this.#found.filter(
      ({ message: { id } }) => id >= this.#from && id <= this.#to,
    );
    return { messages, complete: isEverything && !this.#more };
  }

  #isWithin(message: Message): boolean {
    const { id, time } = message;
    const { end } = this.#query;
    return this.#reaches(message) && id < this.#before && (end === undefined || time <= end);
  }

  #reaches({ id, time }: Message): boolean {
    const { start } = this.#query;
    return id > this.#after && (start === undefined || time >= start);
  }
}

function idOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const read = readArchiveId(text);
  if (read === undefined) throw new StanzaError("item-not-found", "There is no such message.");
  return read.id;
}
