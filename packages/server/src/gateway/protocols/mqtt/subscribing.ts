import { namespaceOf, namespaceParams, readWanted, type Wanted } from "./address.ts";
import { unwatch, watched, type Granted } from "./beginning.ts";
import { reasonOfSubscription } from "./refusals.ts";
import { asKept, nameOf } from "./own-topic.ts";
import { shareKey } from "./routing.ts";
import { CommandRefused, type Link } from "./link.ts";
import { saying } from "./terms.ts";
import { levelsOf, readFilter, type Filter } from "./topics.ts";
import { protocolError, reasons, type Reason } from "./wire/codes.ts";
import type { Subscribe, Subscription, Unsubscribe } from "./wire/packets.ts";
import { suback, unsuback } from "./wire/writer.ts";

/** Why a subscription is not granted. */
interface Refused {
  readonly reason: Reason;
  readonly why: string;
}

/** Grants and ends subscriptions. */
export class Subscribing {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Judges each filter by itself; the answer goes out once all that was granted is durable. Resolves to what has something to begin with. */
  async subscribe(packet: Subscribe): Promise<readonly Granted[]> {
    const { shared, session, terms } = this.#link;
    const codes: number[] = [];
    const beginning: Granted[] = [];
    let why: string | undefined;
    for (const asked of packet.subscriptions) {
      const judged = this.#judge(asked);
      const refused = "reason" in judged ? judged : await this.#refused(judged.wanted);
      // Left meanwhile: nothing of its session is this connection's to change, and its record says so and must not be written over.
      if (this.#link.over) return [];
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
    if (session.persistent && codes.some((code) => code < reasons.unspecifiedError))
      await shared.registry.save(session);
    const { version } = terms;
    this.#link.send(saying(terms, why, (said) => suback(version, packet.packetId, codes, said)));
    return beginning;
  }

  async unsubscribe({ packetId, filters }: Unsubscribe): Promise<void> {
    const { shared, session, terms } = this.#link;
    const before = watched(this.#link);
    const codes = filters.map((filter) => {
      const known = session.subscriptions
        .all()
        .find((each) => nameOf(each, session.user) === filter);
      if (known === undefined) return reasons.noSubscriptionExisted;
      session.subscriptions = session.subscriptions.without(known.filter);
      shared.shares.leave(shareKey(session, known.filter), session);
      return reasons.success;
    });
    const still = watched(this.#link);
    await unwatch(
      this.#link,
      [...before].filter((user) => !still.has(user)),
    );
    if (this.#link.over) return;
    if (session.persistent) await shared.registry.save(session);
    this.#link.send(unsuback(terms.version, packetId, codes));
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
}
