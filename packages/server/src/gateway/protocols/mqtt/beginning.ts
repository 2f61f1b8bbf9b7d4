import type { Message } from "@godwit/protocol";
import { limits } from "@godwit/protocol";
import { readWanted, type Wanted } from "./address.ts";
import { appTopic, qosMaxOf } from "./content.ts";
import { CommandRefused, type Link } from "./link.ts";
import { pagesOfNewest } from "./pages.ts";
import { passingOf } from "./passing.ts";
import type { Route } from "./route.ts";
import { conversationTopic } from "./routing.ts";
import type { Subscribed } from "./subscriptions.ts";
import { sayPresence } from "./telling.ts";
import { levelsOf, matches } from "./topics.ts";

/** Newest messages sent as retained ones for one subscription with wildcards. */
const retainedMax = 1_000;

type Retained = readonly Message[];

/** A subscription that was granted and has something to begin with. */
export interface Granted {
  readonly subscribed: Subscribed;
  readonly wanted: Wanted;
  readonly retained: boolean;
}

/**
 * What subscriptions begin with: what is retained, and the state of those that are watched. One after the other, because each holds what it has read until the client takes
 * it. At most as many wait as a session may have: of those to the same filter the newest counts.
 */
export class Beginning {
  readonly #link: Link;
  readonly #waiting = new Map<string, Granted>();
  #isRunning = false;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Resolves when the client has been sent all that there is, also of those that come meanwhile; at once if that is being done. */
  async add(granted: readonly Granted[]): Promise<void> {
    const { subscriptions } = this.#link.session;
    for (const filter of this.#waiting.keys())
      if (!subscriptions.has(filter)) this.#waiting.delete(filter);
    for (const each of granted) this.#waiting.set(each.subscribed.filter, each);
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (const [filter, each] of this.#waiting) {
        this.#waiting.delete(filter);
        if (this.#link.over) return;
        if (this.#link.session.subscriptions.has(filter)) await this.#begin(each);
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #begin({ subscribed, wanted, retained }: Granted): Promise<void> {
    if (wanted.of === "presence") await watch(this.#link, [wanted.user]);
    if (!retained) return;
    for (const message of await this.#retained(subscribed, wanted)) {
      await this.#link.delivery.room();
      // MQTT 5.0 section 3.10.4: nothing new for a subscription that has ended.
      if (this.#link.over || !this.#link.session.subscriptions.has(subscribed.filter)) return;
      const way = this.#wayOf(message, subscribed, wanted);
      this.#link.delivery.extra(passingOf(message), { as: way, retain: true });
    }
  }

  /** As what it would come now; but what was asked for as a conversation's comes as that. */
  #wayOf(message: Message, match: Subscribed, { of }: Wanted): Route {
    const { namespaces } = this.#link.shared;
    const topic = of === "conversation" ? undefined : appTopic(message);
    if (topic !== undefined && namespaces.owns(topic, message.conversation))
      return { topic, form: "message", match, qosMax: qosMaxOf(message), retained: true };
    const ofConversation = conversationTopic(message.conversation);
    return { topic: ofConversation, form: "message", match, qosMax: 2, retained: true };
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
    for await (const page of pagesOfNewest((params) => this.#link.command("sync", params))) {
      for (const { conversation, messages } of page) {
        const owner = this.#link.shared.namespaces.ownerOf(conversation);
        if (owner !== undefined)
          found.push(...(await this.#link.shared.namespaces.retained(this.#link, owner, levels)));
        else if (matches(levels, conversationTopic(conversation.id).split("/")))
          found.push(...messages);
      }
      if (found.length >= retainedMax || this.#link.over) break;
    }
    return found.slice(0, retainedMax);
  }
}

/** The users whose presence the subscriptions of a session ask for. */
export function watched({ session }: Pick<Link, "session">): ReadonlySet<string> {
  const wanted = session.subscriptions
    .all()
    .map((each) => readWanted(levelsOf(each), session.user));
  return new Set(wanted.flatMap((each) => (each.of === "presence" ? [each.user] : [])));
}

/** Takes the watches up that subscriptions of an earlier connection ask for. */
export async function watchAgain(link: Link): Promise<void> {
  const users = [...watched(link)];
  for (let at = 0; at < users.length; at += limits.usersPerCommandMax)
    await watch(link, users.slice(at, at + limits.usersPerCommandMax));
}

/** Refused or not: what is told of users whom no subscription asks for is not passed on. */
export async function unwatch(link: Link, users: readonly string[]): Promise<void> {
  try {
    if (users.length > 0) await link.command("unwatch", { users: [...users] });
  } catch (error) {
    if (!(error instanceof CommandRefused)) throw error;
  }
}

async function watch(link: Link, users: readonly string[]): Promise<void> {
  const { presences } = await link.command("watch", { users: [...users] });
  for (const { user, status } of presences) sayPresence(link, user, status, true);
}
