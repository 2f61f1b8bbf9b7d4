import type { Qos } from "./wire/packets.ts";
import { matches, type Filter } from "./topics.ts";

/** One granted subscription of a session. */
export interface Subscribed {
  /** As the client named it, with the share. */
  readonly filter: string;
  readonly parsed: Filter;
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** Of MQTT 5.0, returned with every message; 0: none. */
  readonly subscriptionId: number;
}

/** What the subscriptions that match one topic amount to. */
export interface Match {
  /** The highest of them. */
  qos: Qos;
  /** True only if all that match say so. */
  noLocal: boolean;
  retainAsPublished: boolean;
  subscriptionIds: number[] | undefined;
}

/** The subscriptions of one session. Exact ones are found by a look-up; those with wildcards are tried one by one: a session has few. */
export class Subscriptions {
  #exact: Map<string, Subscribed[]> | undefined;
  #wild: Subscribed[] | undefined;
  #count = 0;
  /** Of those without wildcards, how many name a conversation. */
  #conversations = 0;

  get count(): number {
    return this.#count;
  }

  /** Whether any may match the topic of a conversation: most clients have only topics of other kinds, and their messages need no look-up then. */
  get ofConversations(): boolean {
    return this.#conversations > 0 || this.#wild !== undefined;
  }

  *all(): Generator<Subscribed> {
    for (const list of this.#exact?.values() ?? []) yield* list;
    yield* this.#wild ?? [];
  }

  has(filter: string): boolean {
    for (const subscribed of this.all()) if (subscribed.filter === filter) return true;
    return false;
  }

  /** Adds a subscription, or replaces the one with the same filter; true if it is new. */
  add(subscribed: Subscribed): boolean {
    const isNew = !this.remove(subscribed.filter);
    const { parsed } = subscribed;
    if (parsed.wild) (this.#wild ??= []).push(subscribed);
    else {
      const exact = (this.#exact ??= new Map<string, Subscribed[]>());
      exact.set(parsed.text, [...(exact.get(parsed.text) ?? []), subscribed]);
      if (isConversation(subscribed)) this.#conversations++;
    }
    this.#count++;
    return isNew;
  }

  /** False if there was none with this filter. */
  remove(filter: string): boolean {
    const before = this.#count;
    this.#wild = this.#kept(this.#wild, filter);
    for (const [text, list] of this.#exact ?? []) {
      if (!list.some((each) => each.filter === filter)) continue;
      const kept = this.#kept(list, filter);
      if (kept === undefined) this.#exact?.delete(text);
      else this.#exact?.set(text, kept);
    }
    return this.#count < before;
  }

  /** A subscription that asks for this very name; wildcards do not count. */
  exact(topic: string): readonly Subscribed[] | undefined {
    return this.#exact?.get(topic);
  }

  /**
   * What matches this name; undefined if nothing does. `takes` is asked of each shared subscription that does: whether the message is this session's to
   * handle. `exactOnly`: wildcards do not count.
   */
  match(
    topic: string,
    takes: (subscribed: Subscribed) => boolean,
    exactOnly = false,
  ): Match | undefined {
    let match: Match | undefined;
    for (const subscribed of this.#exact?.get(topic) ?? []) {
      if (subscribed.parsed.share === undefined || takes(subscribed))
        match = joined(match, subscribed);
    }
    if (this.#wild === undefined || exactOnly) return match;
    const levels = topic.split("/");
    for (const subscribed of this.#wild) {
      if (!matches(subscribed.parsed.levels, levels)) continue;
      if (subscribed.parsed.share === undefined || takes(subscribed))
        match = joined(match, subscribed);
    }
    return match;
  }

  #kept(list: Subscribed[] | undefined, filter: string): Subscribed[] | undefined {
    const kept = list?.filter((each) => each.filter !== filter);
    for (const each of list ?? []) {
      if (each.filter !== filter) continue;
      this.#count--;
      if (isConversation(each)) this.#conversations--;
    }
    return kept?.length === 0 ? undefined : kept;
  }
}

function isConversation({ parsed }: Subscribed): boolean {
  return !parsed.wild && parsed.text.startsWith("g/c/");
}

function joined(match: Match | undefined, subscribed: Subscribed): Match {
  const { qos, noLocal, retainAsPublished, subscriptionId } = subscribed;
  const own = subscriptionId === 0 ? undefined : [subscriptionId];
  if (match === undefined) return { qos, noLocal, retainAsPublished, subscriptionIds: own };
  match.qos = Math.max(match.qos, qos) as Qos;
  match.noLocal &&= noLocal;
  match.retainAsPublished ||= retainAsPublished;
  if (own !== undefined) match.subscriptionIds = [...(match.subscriptionIds ?? []), ...own];
  return match;
}
