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

/** Past this many, those without wildcards are found by a look-up. */
const listedMax = 8;

/** The subscriptions of one session: a list, because most sessions have one or two; those with wildcards are tried one by one in any case. */
export class Subscriptions {
  #list: Subscribed[] | undefined;
  /** Those without wildcards by their topic, once they are many. */
  #exact: Map<string, Subscribed[]> | undefined;
  #wildcards = 0;
  /** Of those without wildcards, how many name a conversation. */
  #conversations = 0;

  get count(): number {
    return this.#list?.length ?? 0;
  }

  /** Whether any may match the topic of a conversation: most clients have only topics of other kinds, and their messages need no look-up then. */
  get ofConversations(): boolean {
    return this.#conversations > 0 || this.#wildcards > 0;
  }

  all(): readonly Subscribed[] {
    return this.#list ?? nothing;
  }

  has(filter: string): boolean {
    return this.all().some((each) => each.filter === filter);
  }

  /** Adds a subscription, or replaces the one with the same filter; true if it is new. */
  add(subscribed: Subscribed): boolean {
    const isNew = !this.remove(subscribed.filter);
    this.#list = [...this.all(), subscribed];
    this.#count(subscribed, 1);
    this.#index();
    return isNew;
  }

  /** False if there was none with this filter. */
  remove(filter: string): boolean {
    const found = this.all().find((each) => each.filter === filter);
    if (found === undefined) return false;
    this.#list = this.all().filter((each) => each !== found);
    this.#count(found, -1);
    this.#index();
    return true;
  }

  /** Whether a subscription asks for this very name. */
  hasExact(topic: string): boolean {
    return this.#candidates(topic).some((each) => isExactly(each, topic));
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
    for (const each of this.#candidates(topic))
      if (isExactly(each, topic) && isTaken(each, takes)) match = joined(match, each);
    if (this.#wildcards === 0 || exactOnly) return match;
    const levels = topic.split("/");
    for (const each of this.all()) {
      const own = each.parsed.levels;
      if (own !== undefined && matches(own, levels) && isTaken(each, takes))
        match = joined(match, each);
    }
    return match;
  }

  #candidates(topic: string): readonly Subscribed[] {
    return this.#exact === undefined ? this.all() : (this.#exact.get(topic) ?? nothing);
  }

  #count({ parsed }: Subscribed, step: 1 | -1): void {
    if (parsed.levels !== undefined) this.#wildcards += step;
    else if (parsed.text.startsWith("g/c/")) this.#conversations += step;
  }

  #index(): void {
    if (this.count <= listedMax) this.#exact = undefined;
    else
      this.#exact = Map.groupBy(
        this.all().filter(({ parsed }) => parsed.levels === undefined),
        ({ parsed }) => parsed.text,
      );
  }
}

const nothing: readonly Subscribed[] = Object.freeze([]);

function isExactly({ parsed }: Subscribed, topic: string): boolean {
  return parsed.levels === undefined && parsed.text === topic;
}

function isTaken(subscribed: Subscribed, takes: (subscribed: Subscribed) => boolean): boolean {
  return subscribed.parsed.share === undefined || takes(subscribed);
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
