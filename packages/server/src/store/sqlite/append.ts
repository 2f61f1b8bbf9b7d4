import { samePayload } from "../payload.ts";
import type { Appended, NewMessage } from "../port.ts";
import {
  BatchReader,
  conflict,
  duplicate,
  notMember,
  Outcomes,
  stored,
  unknown,
  type BatchBytes,
  type Texts,
} from "./batch.ts";
import type { Changes } from "./changes.ts";
import type { Head, HeadCache, OwnState } from "./heads.ts";
import {
  formatUuid,
  hashKey,
  hashText,
  parseUuid,
  textWords,
  type KeyHash,
  type Salt,
} from "./keys.ts";
import type { Log } from "./log.ts";
import type { Members } from "./members.ts";
import type { SentIndex } from "./sent.ts";
import type { Tail } from "./tail.ts";

/** A text of the dictionary, with what it stands for once that is known. */
export interface Entry {
  readonly text: string;
  head: Head | undefined;
  hashed: boolean;
  high: number;
  low: number;
}

/** The parts that appending works on. */
export interface AppendParts {
  readonly salt: Salt;
  readonly tail: Tail;
  readonly heads: HeadCache;
  readonly log: Log;
  readonly members: Members;
  readonly changes: Changes;
  readonly sent: SentIndex;
  /** The conversation id of a row number, for comparing a retry with what is stored. */
  readonly conversationOf: (num: number) => string | undefined;
}

/** What is stored under a client id, and whether a retry has the same payload. */
interface Sent {
  readonly same: boolean;
  readonly seq: number;
  readonly id: number;
  readonly time: number;
}

const decoder = new TextDecoder();
const systemKind = "system";

/** Appends encoded batches to the log, inside a transaction that the caller opens and commits. */
export class Appender {
  private readonly parts: AppendParts;
  private newest: Entry[] = [];
  /** Of the batch that is being appended. */
  private entries: readonly Entry[] = [];
  private readonly key: KeyHash = { high: 0, low: 0 };

  constructor(parts: AppendParts) {
    this.parts = parts;
  }

  /** Takes in the texts that a batch brings, in order of arrival. */
  learn({ added, reset }: Texts): void {
    // A new one: batches that wait are still to be read with the one before.
    if (reset) this.newest = [];
    for (const text of added)
      this.newest.push({ text, head: undefined, hashed: false, high: 0, low: 0 });
  }

  /** With which a batch is to be read that has just arrived. */
  get dictionary(): readonly Entry[] {
    return this.newest;
  }

  /** Appends the messages and returns their outcomes, as `decodeOutcomes` reads them. */
  append(batch: BatchBytes, dictionary: readonly Entry[]): Float64Array {
    this.entries = dictionary;
    const outcomes = new Outcomes(batch.count);
    const message = new BatchReader(batch);
    while (message.next()) this.appendOne(message, outcomes);
    this.parts.log.flush();
    return outcomes.doubles;
  }

  /** What became of a message that was committed before; undefined if none was. To be called between transactions, or in one that only reads. */
  find(message: NewMessage): Appended | undefined {
    const { a, b } = this.parts.salt;
    const words = new Uint32Array(4);
    if (!parseUuid(message.clientId, words, 0)) textWords(message.clientId, words, 0);
    hashKey(hashText(message.sender, a), hashText(message.sender, b), words, 0, this.key);
    const ids = this.candidates();
    const before = ids === undefined ? undefined : this.sentAmong(ids, message);
    if (before === undefined) return undefined;
    const { same, seq, id, time } = before;
    return same ? { status: "duplicate", seq, id, time } : { status: "conflict" };
  }

  private appendOne(message: BatchReader, outcomes: Outcomes): void {
    const sender = this.entry(message.sender);
    this.hash(sender, message);
    const ids = this.candidates();
    const before = ids === undefined ? undefined : this.sentAmong(ids, this.decode(message));
    if (before !== undefined) {
      outcomes.set(
        message.index,
        before.same ? duplicate : conflict,
        before.seq,
        before.id,
        before.time,
      );
      return;
    }
    const conversation = this.entry(message.conversation);
    let head = this.headOf(conversation);
    const change = message.extra?.change;
    if (change?.type === "create") {
      if (head !== undefined) {
        outcomes.set(message.index, conflict);
        return;
      }
      head = this.parts.changes.create(conversation.text, change, message.time);
    }
    if (head === undefined) {
      outcomes.set(message.index, unknown);
      return;
    }
    const kind = this.entry(message.kind).text;
    const own = kind === systemKind ? undefined : this.parts.members.ownOf(head, sender.text);
    if (own === undefined && kind !== systemKind) {
      outcomes.set(message.index, notMember);
      return;
    }
    const id = this.store(message, head, own, sender.text);
    if (change !== undefined) {
      this.parts.log.flush();
      this.parts.changes.apply(head, change, message.time);
    }
    outcomes.set(message.index, stored, head.lastSeq, id, message.time);
  }

  /** Gives the message its place, in the tail and in the log; returns its log id. `own` counts for its sender, unless it is a system message. */
  private store(
    message: BatchReader,
    head: Head,
    own: OwnState | undefined,
    sender: string,
  ): number {
    const { tail, log } = this.parts;
    const kind = this.entry(message.kind).text;
    const id = tail.push(head, own, this.key.high, this.key.low);
    const device = this.entry(message.device).text;
    const { clientId, clientSeq, time, content, extra } = message;
    const rare = message.rare
      ? {
          important: message.important,
          mentions: extra?.mentions,
          replyTo: extra?.replyTo,
          expiresAt: extra?.expiresAt,
          sentDigest: extra?.sentDigest,
        }
      : undefined;
    log.add(
      [
        id,
        head.num,
        head.lastSeq,
        head.visible,
        own?.own ?? 0,
        sender,
        device,
        clientId,
        clientSeq,
        time,
        kind,
        content,
      ],
      rare,
    );
    if (extra?.mentions !== undefined && own !== undefined)
      rememberMentions(head, sender, extra.mentions);
    return id;
  }

  private entry(number: number): Entry {
    const entry = this.entries[number];
    if (entry === undefined)
      throw new Error(`The batch names text ${number}, which was never sent.`);
    return entry;
  }

  private headOf(entry: Entry): Head | undefined {
    if (entry.head === undefined || entry.head.gone) entry.head = this.parts.heads.find(entry.text);
    return entry.head;
  }

  private hash(sender: Entry, message: BatchReader): void {
    if (!sender.hashed) {
      sender.high = hashText(sender.text, this.parts.salt.a);
      sender.low = hashText(sender.text, this.parts.salt.b);
      sender.hashed = true;
    }
    hashKey(sender.high, sender.low, message.words, message.clientIdWord, this.key);
  }

  /** Log ids of rows that have the hash in `key`, a few at the most; undefined for none. */
  private candidates(): number[] | undefined {
    const { tail, sent } = this.parts;
    const { high, low } = this.key;
    const newest = tail.find(high, low, Infinity);
    const indexed = sent.candidates(high, low);
    if (newest === 0 && indexed === undefined) return undefined;
    const ids = indexed ?? [];
    for (let id = newest; id !== 0; id = tail.find(high, low, id)) ids.push(id);
    return ids;
  }

  /** The row that was stored under the retry's sender and client id, if it is one of these. The hash finds candidates; the row decides. */
  private sentAmong(ids: readonly number[], retry: NewMessage): Sent | undefined {
    const { log } = this.parts;
    log.flush();
    for (const id of ids) {
      const row = log.stored(id);
      if (
        row === undefined ||
        row.message.sender !== retry.sender ||
        row.message.clientId !== retry.clientId
      )
        continue;
      const conversation = this.parts.conversationOf(row.conversation) ?? "";
      return {
        same: samePayload({ ...row.message, conversation }, log.sentDigest(id), retry),
        seq: row.message.seq,
        id,
        time: row.message.time,
      };
    }
    return undefined;
  }

  private decode(message: BatchReader): NewMessage {
    const { clientId, extra } = message;
    return {
      conversation: this.entry(message.conversation).text,
      sender: this.entry(message.sender).text,
      device: this.entry(message.device).text,
      clientId: typeof clientId === "string" ? clientId : formatUuid(clientId),
      clientSeq: message.clientSeq,
      time: message.time,
      kind: this.entry(message.kind).text as NewMessage["kind"],
      content: decoder.decode(message.content),
      sentDigest: extra?.sentDigest,
      priority: message.important ? "important" : "normal",
      mentions: extra?.mentions,
      replyTo: extra?.replyTo,
      expiresAt: extra?.expiresAt,
    };
  }
}

/** Notes whom a message mentions: everyone in one entry, or each user but the sender. */
export function rememberMentions(head: Head, sender: string, mentions: readonly string[]): void {
  const seq = head.lastSeq;
  if (mentions.includes("*")) head.tailMentions.push({ seq, user: "*", sender });
  else
    for (const user of new Set(mentions))
      if (user !== sender) head.tailMentions.push({ seq, user, sender });
}
