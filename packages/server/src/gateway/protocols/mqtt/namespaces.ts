import type { CommandName, Conversation, Message, Params, Result } from "@godwit/protocol";
import { Turns } from "../../../accounts/turns.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Log } from "../../../lib/log.ts";
import { Lru } from "../../../lib/lru.ts";
import { namespaceOf } from "./address.ts";
import { appTopic } from "./content.ts";
import type { Records } from "./records.ts";
import { matches } from "./topics.ts";

export interface RetainedLimits {
  /** Of one namespace; past either, the topic that was published to longest ago loses what it retains. */
  readonly retainedTopicsMax: number;
  readonly retainedBytesMax: number;
}

/** Somebody who may read in a namespace: a connected client. */
export interface NamespaceReader {
  command<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>>;
}

/** What one namespace retains, as far as its log was read. */
interface Table {
  /** Every message up to this seq is in. */
  upTo: number;
  /** By topic, the one published to longest ago first. */
  readonly topics: Map<string, Message>;
  bytes: number;
  /** Seq at the last time it was written. */
  savedUpTo: number;
}

/** Tables held in memory; of more, the one not used for longest is read anew when it is needed. */
const tablesMax = 256;
const ownersMax = 10_000;
/** Messages behind which a written table may be: that many are read again after a crash. */
const savedEvery = 256;
/** Messages read to bring a table up to date; of a namespace in which so many came unnoticed, older ones are not looked at. */
const readMax = 10_000;
const readPage = 200;

/**
 * Application topics: `app/<owner>/…` is a channel of the owner's, and a retained message is the newest one of its topic in the channel's log. The table of them is a
 * hint that follows the log: it is written now and then, and what came since is read again.
 */
export class Namespaces {
  readonly #records: Records;
  readonly #limits: RetainedLimits;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #tables = new Lru<Table>(tablesMax);
  readonly #conversations = new Lru<string>(ownersMax);
  readonly #turns = new Turns();

  constructor(deps: { records: Records; limits: RetainedLimits; clock: Clock; log: Log }) {
    this.#records = deps.records;
    this.#limits = deps.limits;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** Whether an application topic is one of the owner's of this channel: anybody can write a topic into their own messages. */
  owns(topic: string, conversation: string): boolean {
    const end = topic.indexOf("/", "app/".length);
    return end > 0 && this.#conversationOf(topic.slice("app/".length, end)) === conversation;
  }

  /** The owner of a channel that is a namespace. */
  ownerOf({ id, kind, title }: Conversation): string | undefined {
    if (kind !== "channel" || title?.startsWith("app/") !== true) return undefined;
    const owner = title.slice("app/".length);
    return this.#conversationOf(owner) === id ? owner : undefined;
  }

  /** Takes note of a message that a client of ours has published. `reader` may read what was missed meanwhile. */
  noted(reader: NamespaceReader, message: Message): void {
    const topic = appTopic(message);
    if (topic === undefined || !this.owns(topic, message.conversation)) return;
    const table = this.#tables.get(message.conversation);
    if (table?.upTo === message.seq - 1) {
      this.#apply(table, message);
      if (table.upTo - table.savedUpTo >= savedEvery) this.#save(message.conversation, table);
    } else if (message.content["retain"] === true || table !== undefined)
      this.#bringUpToDate(reader, message.conversation).catch((error: unknown) =>
        this.#log.warn({ error }, "retained messages not brought up to date"),
      );
  }

  /** What the owner's topics that match retain. Rejects with `CommandRefused` if the reader may not read there. */
  async retained(
    reader: NamespaceReader,
    owner: string,
    levels: readonly string[],
  ): Promise<readonly Message[]> {
    const table = await this.#bringUpToDate(reader, this.#conversationOf(owner));
    const nowMs = this.#clock.now();
    return [...table.topics]
      .filter(([topic, { expiresAt }]) => {
        if (expiresAt !== undefined && expiresAt <= nowMs) return false;
        return matches(levels, topic.split("/"));
      })
      .map(([, message]) => message);
  }

  #conversationOf(owner: string): string {
    let conversation = this.#conversations.get(owner);
    if (conversation === undefined) {
      conversation = namespaceOf(owner);
      this.#conversations.set(owner, conversation);
    }
    return conversation;
  }

  #bringUpToDate(reader: NamespaceReader, conversation: string): Promise<Table> {
    return this.#turns.run(conversation, async () => {
      const table = this.#tables.get(conversation) ?? (await this.#load(conversation));
      const { conversation: now } = await reader.command("conversation", { conversation });
      // A log that ends before what the table was written from is of another past: a store restored from a backup.
      if (now.lastSeq < table.upTo) Object.assign(table, emptyTable());
      table.upTo = Math.max(table.upTo, now.lastSeq - readMax);
      for (;;) {
        const from = table.upTo + 1;
        const { messages } = await reader.command("history", {
          conversation,
          from,
          limit: readPage,
        });
        for (const message of messages) if (message.seq > table.upTo) this.#apply(table, message);
        if (messages.length === 0 || table.upTo >= now.lastSeq) break;
      }
      this.#tables.set(conversation, table);
      if (table.upTo - table.savedUpTo >= savedEvery) this.#save(conversation, table);
      return table;
    });
  }

  async #load(conversation: string): Promise<Table> {
    const value = await this.#records.setting(keyOf(conversation));
    if (value === undefined) return emptyTable();
    const { upTo, messages } = JSON.parse(value) as { upTo: number; messages: Message[] };
    const table = emptyTable();
    for (const message of messages) this.#apply(table, message);
    table.upTo = upTo;
    table.savedUpTo = upTo;
    return table;
  }

  #save(conversation: string, table: Table): void {
    table.savedUpTo = table.upTo;
    const value = JSON.stringify({ upTo: table.upTo, messages: [...table.topics.values()] });
    this.#records.putSetting(keyOf(conversation), value).catch((error: unknown) => {
      this.#log.warn({ error }, "retained messages not written; they are read again");
    });
  }

  #apply(table: Table, message: Message): void {
    table.upTo = Math.max(table.upTo, message.seq);
    const topic = appTopic(message);
    if (topic === undefined || message.content["retain"] !== true) return;
    if (!this.owns(topic, message.conversation)) return;
    const before = table.topics.get(topic);
    if (before !== undefined) table.bytes -= sizeOf(before);
    table.topics.delete(topic);
    // MQTT 5.0 section 3.3.1.3: an empty one takes away what was retained.
    if (message.content["text"] === "") return;
    table.topics.set(topic, message);
    table.bytes += sizeOf(message);
    const { retainedTopicsMax, retainedBytesMax } = this.#limits;
    while (table.topics.size > retainedTopicsMax || table.bytes > retainedBytesMax) {
      const [oldest] = table.topics;
      if (oldest === undefined) break;
      table.topics.delete(oldest[0]);
      table.bytes -= sizeOf(oldest[1]);
    }
  }
}

function emptyTable(): Table {
  return { upTo: 0, topics: new Map(), bytes: 0, savedUpTo: 0 };
}

/** Characters, nearly: enough for a bound. */
function sizeOf({ content }: Message): number {
  const { topic, text, base64, mqtt } = content;
  const kept = mqtt === undefined ? 0 : JSON.stringify(mqtt).length;
  const lengths = [topic, text, base64].map((part) => (typeof part === "string" ? part.length : 0));
  return lengths.reduce((sum, length) => sum + length, 256 + kept);
}

function keyOf(conversation: string): string {
  return `mqtt.retained.${conversation}`;
}
