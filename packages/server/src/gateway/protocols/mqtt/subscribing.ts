import type { Message, Params, Result } from "@godwit/protocol";
import { limits } from "@godwit/protocol";
import { namespaceOf, namespaceParams, readWanted, type Wanted } from "./address.ts";
import { passingOf } from "./passing.ts";
import { reasonOfSubscription } from "./refusals.ts";
import { asKept, nameOf } from "./own-topic.ts";
import { conversationTopic, shareKey } from "./routing.ts";
import { CommandRefused, type Link } from "./link.ts";
import type { Subscribed } from "./subscriptions.ts";
import { sayPresence } from "./telling.ts";
import { saying } from "./terms.ts";
import { levelsOf, matches, readFilter, type Filter } from "./topics.ts";
import { protocolError, reasons, type Reason } from "./wire/codes.ts";
import type { Subscribe, Subscription, Unsubscribe } from "./wire/packets.ts";
import { suback, unsuback } from "./wire/writer.ts";

/** Newest messages sent as retained ones for one subscription with wildcards. */
const retainedMax = 1_000;

/** What a granted subscription begins with. */
type Retained = readonly Message[];

/** Why a subscription is not granted. */
interface Refused {
  readonly reason: Reason;
  readonly why: string;
}

/** One that was granted and has something to begin with. */
interface Granted {
  readonly subscribed: Subscribed;
  readonly wanted: Wanted;
  readonly retained: boolean;
}

/** Grants and ends subscriptions, and sends what is retained. */
export class Subscribing {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  /**
   * Judges each filter by itself; the answer goes out once all that was granted is durable. Resolves to what sends the messages that are retained, which waits for the
   * client; undefined if nothing was granted that begins with any.
   */
  async subscribe(packet: Subscribe): Promise<(() => Promise<void>) | undefined> {
    const { shared, session, terms } = this.#link;
    const codes: number[] = [];
    const beginning: Granted[] = [];
    let why: string | undefined;
    for (const asked of packet.subscriptions) {
      const judged = this.#judge(asked);
      const refused = "reason" in judged ? judged : await this.#refused(judged.wanted);
      if ("reason" in judged || refused !== undefined) {
        codes.push(terms.version === 5 ? (refused as Refused).reason : reasons.unspecifiedError);
        why ??= refused?.why;
        continue;
      }
      const { filter, wanted } = judged;
      const one = shared.pool.of(filter, asked, packet.subscriptionId ?? 0);
      const isNew = !session.subscriptions.has(filter.filter);
      session.subscriptions = session.subscriptions.with(one);
      if (filter.share !== undefined) shared.shares.join(shareKey(session, filter.filter), session);
      const retained =
        filter.share === undefined &&
        (asked.retainHandling === 0 || (asked.retainHandling === 1 && isNew));
      if (wanted.of === "presence" || (retained && wanted.of !== "inbox"))
        for (const subscribed of one.all()) beginning.push({ subscribed, wanted, retained });
      codes.push(asked.qos);
    }
    // Left meanwhile: its record says so, and must not be written over.
    if (this.#link.over) return undefined;
    if (session.persistent && codes.some((code) => code < reasons.unspecifiedError))
      await shared.registry.save(session);
    const { version } = terms;
    this.#link.send(saying(terms, why, (said) => suback(version, packet.packetId, codes, said)));
    if (beginning.length === 0) return undefined;
    return async () => {
      for (const granted of beginning) await this.#begin(granted);
    };
  }

  async unsubscribe({ packetId, filters }: Unsubscribe): Promise<void> {
    const { shared, session, terms } = this.#link;
    const before = this.#watched();
    const codes = filters.map((filter) => {
      const known = session.subscriptions
        .all()
        .find((each) => nameOf(each, session.user) === filter);
      if (known === undefined) return reasons.noSubscriptionExisted;
      session.subscriptions = session.subscriptions.without(known.filter);
      shared.shares.leave(shareKey(session, known.filter), session);
      return reasons.success;
    });
    const still = this.#watched();
    const users = [...before].filter((user) => !still.has(user));
    if (users.length > 0) await this.#link.command("unwatch", { users });
    if (session.persistent) await shared.registry.save(session);
    this.#link.send(unsuback(terms.version, packetId, codes));
  }

  /** Takes the watches up that subscriptions of an earlier connection ask for. */
  async renew(): Promise<void> {
    const users = [...this.#watched()];
    for (let at = 0; at < users.length; at += limits.usersPerCommandMax)
      await this.#watch(users.slice(at, at + limits.usersPerCommandMax));
  }

  /** The users whose presence the subscriptions of now ask for. */
  #watched(): ReadonlySet<string> {
    const { subscriptions, user } = this.#link.session;
    const wanted = subscriptions.all().map((each) => readWanted(levelsOf(each), user));
    return new Set(wanted.flatMap((each) => (each.of === "presence" ? [each.user] : [])));
  }

  #judge(asked: Subscription): { filter: Filter; wanted: Wanted } | Refused {
    const { session, shared } = this.#link;
    const read = readFilter(asked.filter, shared.config);
    if (typeof read === "string") return { reason: reasons.topicFilterInvalid, why: read };
    const filter = asKept(read, session.user);
    if (filter.share !== undefined && asked.noLocal)
      throw protocolError("A shared subscription must not have No Local.");
    const { subscriptions } = session;
    const max = shared.config.subscriptionsMax;
    if (subscriptions.count >= max && !subscriptions.has(filter.filter))
      return { reason: reasons.quotaExceeded, why: `A session may have ${max} subscriptions.` };
    const wanted = readWanted(levelsOf(read), session.user);
    if (wanted.of === "nothing") return { reason: reasons.topicFilterInvalid, why: wanted.why };
    return { filter, wanted };
  }

  /** Asks whether this user may get what the filter names. */
  async #refused(wanted: Wanted): Promise<Refused | undefined> {
    try {
      if (wanted.of === "conversation") await this.#ask(wanted.conversation);
      if (wanted.of === "app") await this.#enter(wanted.owner);
      if (wanted.of === "presence") await this.#link.command("watch", { users: [wanted.user] });
      return undefined;
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error;
      const reason = reasonOfSubscription(error.frame.name);
      return { reason, why: error.message };
    }
  }

  /** A direct conversation without messages is none yet: its two users may wait for the first one. */
  async #ask(conversation: string): Promise<void> {
    try {
      await this.#link.command("conversation", { conversation });
    } catch (error) {
      const isUnknown =
        error instanceof CommandRefused && error.frame.name === "conversation_unknown";
      if (!isUnknown || !conversation.startsWith("d:")) throw error;
    }
  }

  /** Into a namespace come its members; the own one is made if it is not there. */
  async #enter(owner: string): Promise<void> {
    if (owner === this.#link.session.user)
      await this.#link.command("create", namespaceParams(owner));
    else await this.#link.command("conversation", { conversation: namespaceOf(owner) });
  }

  /** What a new subscription gets at once: what is retained, and the state of those that are watched. */
  async #begin({ subscribed, wanted, retained }: Granted): Promise<void> {
    if (wanted.of === "presence") await this.#watch([wanted.user]);
    if (!retained) return;
    for (const message of await this.#retained(subscribed, wanted)) {
      await this.#link.delivery.room();
      if (this.#link.over) return;
      const app = wanted.of === "app" || message.content["topic"] !== undefined;
      const topic = app
        ? String(message.content["topic"])
        : conversationTopic(message.conversation);
      const way = {
        topic,
        form: "message" as const,
        match: subscribed,
        qosMax: 2 as const,
        retained: true,
      };
      this.#link.delivery.extra(passingOf(message), { as: way, retain: true });
    }
  }

  async #retained(subscribed: Subscribed, wanted: Wanted): Promise<Retained> {
    const { namespaces } = this.#link.shared;
    switch (wanted.of) {
      case "conversation":
        return wanted.messages ? this.#newest(wanted.conversation) : [];
      case "app":
        return namespaces.retained(this.#link, wanted.owner, levelsOf(subscribed));
      case "everything":
        return this.#newestOfAll(levelsOf(subscribed));
      default:
        return [];
    }
  }

  async #newest(conversation: string): Promise<Retained> {
    try {
      return (await this.#link.command("history", { conversation, limit: 1 })).messages;
    } catch (error) {
      // A direct conversation that has not begun.
      if (error instanceof CommandRefused) return [];
      throw error;
    }
  }

  /** The newest message of each conversation whose topic matches, and what is retained in the namespaces that this user is in. */
  async #newestOfAll(levels: readonly string[]): Promise<Retained> {
    const found: Message[] = [];
    let after: string | undefined;
    do {
      const params: Params<"sync"> = {
        messages: 1,
        limit: limits.syncPageMax,
        ...(after === undefined ? {} : { after }),
      };
      const page: Result<"sync"> = await this.#link.command("sync", params);
      for (const { conversation, messages } of page.conversations) {
        const owner = this.#link.shared.namespaces.ownerOf(conversation);
        if (owner !== undefined)
          found.push(...(await this.#link.shared.namespaces.retained(this.#link, owner, levels)));
        else if (matches(levels, conversationTopic(conversation.id).split("/")))
          found.push(...messages);
      }
      after = page.next;
    } while (after !== undefined && found.length < retainedMax && !this.#link.over);
    return found.slice(0, retainedMax);
  }

  async #watch(users: readonly string[]): Promise<void> {
    const { presences } = await this.#link.command("watch", { users: [...users] });
    for (const { user, status } of presences) sayPresence(this.#link, user, status, true);
  }
}
