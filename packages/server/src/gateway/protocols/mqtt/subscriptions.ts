import { Lru } from "../../../lib/lru.ts";
import type { Qos } from "./wire/packets.ts";
import { matches, type Filter } from "./topics.ts";

/** What the subscriptions that match one topic amount to: of one alone, itself. */
export interface Match {
  /** The highest of them. */
  readonly qos: Qos;
  /** True only if all that match say so. */
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** Of MQTT 5.0, returned with every message. */
  readonly subscriptionIds: readonly number[] | undefined;
}

/** One granted subscription of a session. */
export interface Subscribed extends Filter, Match {}

type SubscribedOptions = Pick<Subscribed, "qos" | "noLocal" | "retainAsPublished">;

/** Past this many, those without wildcards are found by a look-up. */
const listedMax = 8;

/** What is known of many subscriptions, so that they need not be looked through. */
interface Index {
  /** Those without wildcards by their topic. */
  readonly exact: ReadonlyMap<string, readonly Subscribed[]>;
  readonly wild: readonly Subscribed[];
  readonly ofConversations: boolean;
}

const nothing: readonly Subscribed[] = Object.freeze([]);

/**
 * The subscriptions of one session: a list, because most sessions have one or two; those with wildcards are tried one by one in any case. Never changed, so that sessions
 * with the same ones can share them.
 */
export class Subscriptions {
  static readonly none = new Subscriptions(nothing);

  readonly #list: readonly Subscribed[];
  readonly #index: Index | undefined;

  private constructor(list: readonly Subscribed[]) {
    this.#list = list;
    this.#index = list.length <= listedMax ? undefined : indexOf(list);
  }

  /** Of one alone. */
  static of(
    { filter, text, share, levels }: Filter,
    { qos, noLocal, retainAsPublished }: SubscribedOptions,
    subscriptionId: number,
  ): Subscriptions {
    const subscriptionIds = subscriptionId === 0 ? undefined : [subscriptionId];
    const named = { filter, text, share, levels };
    return new Subscriptions([{ ...named, qos, noLocal, retainAsPublished, subscriptionIds }]);
  }

  get count(): number {
    return this.#list.length;
  }

  /** Whether any may match the topic of a conversation: most clients have only topics of other kinds, and their messages need no look-up then. */
  get ofConversations(): boolean {
    return this.#index?.ofConversations ?? this.#list.some(mayBeConversation);
  }

  /** Whether any is shared with other sessions. */
  get hasShared(): boolean {
    return this.#list.some(isShared);
  }

  all(): readonly Subscribed[] {
    return this.#list;
  }

  has(filter: string): boolean {
    return this.#list.some((each) => each.filter === filter);
  }

  /** With these too, each in the place of the one with the same filter if there is one. */
  with(others: Subscriptions): Subscriptions {
    const kept = this.#list.filter(({ filter }) => !others.has(filter));
    return kept.length === 0 ? others : new Subscriptions([...kept, ...others.#list]);
  }

  /** Without the one with this filter, if there is one. */
  without(filter: string): Subscriptions {
    const kept = this.#list.filter((each) => each.filter !== filter);
    return kept.length === 0 ? Subscriptions.none : new Subscriptions(kept);
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
    if (exactOnly) return match;
    let levels: readonly string[] | undefined;
    for (const each of this.#index?.wild ?? this.#list) {
      if (each.levels === undefined) continue;
      levels ??= topic.split("/");
      if (matches(each.levels, levels) && isTaken(each, takes)) match = joined(match, each);
    }
    return match;
  }

  #candidates(topic: string): readonly Subscribed[] {
    return this.#index === undefined ? this.#list : (this.#index.exact.get(topic) ?? nothing);
  }
}

/** Single subscriptions of which one object is enough, whoever has them: many clients of one kind subscribe to the same. */
const sharedMax = 1_024;

/** Makes single subscriptions; equal ones that are not long apart are one object. */
export class SubscriptionPool {
  readonly #newest = new Lru<Subscriptions>(sharedMax);

  of(filter: Filter, options: SubscribedOptions, subscriptionId: number): Subscriptions {
    const { qos, noLocal, retainAsPublished } = options;
    const key = `${qos} ${noLocal} ${retainAsPublished} ${subscriptionId} ${filter.filter}`;
    let one = this.#newest.get(key);
    if (one === undefined) {
      one = Subscriptions.of(filter, options, subscriptionId);
      this.#newest.set(key, one);
    }
    return one;
  }
}

function indexOf(list: readonly Subscribed[]): Index {
  const plain = list.filter(({ levels }) => levels === undefined);
  return {
    exact: Map.groupBy(plain, ({ text }) => text),
    wild: list.filter(({ levels }) => levels !== undefined),
    ofConversations: list.some(mayBeConversation),
  };
}

function mayBeConversation({ levels, text }: Subscribed): boolean {
  return levels !== undefined || text.startsWith("g/c/");
}

function isExactly({ levels, text }: Subscribed, topic: string): boolean {
  return levels === undefined && text === topic;
}

function isShared({ share }: Subscribed): boolean {
  return share !== undefined;
}

function isTaken(subscribed: Subscribed, takes: (subscribed: Subscribed) => boolean): boolean {
  return !isShared(subscribed) || takes(subscribed);
}

function joined(match: Match | undefined, subscribed: Subscribed): Match {
  if (match === undefined) return subscribed;
  const { qos, noLocal, retainAsPublished, subscriptionIds } = subscribed;
  return {
    qos: Math.max(match.qos, qos) as Qos,
    noLocal: match.noLocal && noLocal,
    retainAsPublished: match.retainAsPublished || retainAsPublished,
    subscriptionIds:
      match.subscriptionIds === undefined || subscriptionIds === undefined
        ? (match.subscriptionIds ?? subscriptionIds)
        : [...match.subscriptionIds, ...subscriptionIds],
  };
}
