import { samePayload } from "../payload.ts";
import type { NewMessage } from "../port.ts";
import {
  conflict,
  duplicate,
  field,
  flagImportant,
  flagTextId,
  recordBytes,
  stored,
  unknown,
  writeOutcome,
  type EncodedBatch,
  type Extra,
} from "./batch.ts";
import type { Changes } from "./changes.ts";
import type { Head, HeadCache } from "./heads.ts";
import { formatUuid, hashKey, hashText, type KeyHash, type Salt } from "./keys.ts";
import type { Log } from "./log.ts";
import type { Members } from "./members.ts";
import type { SentIndex } from "./sent.ts";
import type { Tail } from "./tail.ts";

/** A text of the dictionary, with what it stands for once that is known. */
interface Entry {
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

const decoder = new TextDecoder();
const systemKind = "system";

/** Appends encoded batches to the log, inside a transaction that the caller opens and commits. */
export class Appender {
  private readonly parts: AppendParts;
  private dictionary: Entry[] = [];
  private readonly key: KeyHash = { high: 0, low: 0 };

  constructor(parts: AppendParts) {
    this.parts = parts;
  }

  /** Takes in the texts that a batch brings. Once per batch, in order of arrival, also if the batch fails later. */
  learn(batch: EncodedBatch): void {
    if (batch.reset) this.dictionary = [];
    for (const text of batch.texts)
      this.dictionary.push({ text, head: undefined, hashed: false, high: 0, low: 0 });
  }

  /** Appends the batch and returns the outcomes (32 bytes each, see `batch.ts`); the records stay as they are, so that it can be run again. */
  append(batch: EncodedBatch): Float64Array {
    const words = new Uint32Array(batch.buffer);
    const doubles = new Float64Array(batch.buffer);
    const bytes = new Uint8Array(batch.buffer);
    const outcomes = new Float64Array(batch.count * 4);
    let at = batch.count * recordBytes;
    for (let index = 0; index < batch.count; index += 1) {
      const word = index * (recordBytes / 4);
      const contentEnd = at + (words[word + field.contentBytes] ?? 0);
      const end = contentEnd + (words[word + field.extraBytes] ?? 0);
      const extra =
        end === contentEnd
          ? undefined
          : (JSON.parse(decoder.decode(bytes.subarray(contentEnd, end))) as Extra);
      this.appendOne(words, doubles, word, bytes.subarray(at, contentEnd), extra, outcomes, index);
      at = end;
    }
    this.parts.log.flush();
    return outcomes;
  }

  private appendOne(
    words: Uint32Array,
    doubles: Float64Array,
    word: number,
    content: Uint8Array,
    extra: Extra | undefined,
    outcomes: Float64Array,
    index: number,
  ): void {
    const { tail, log, members } = this.parts;
    const conversation = this.entry(words[word + field.conversation]);
    const sender = this.entry(words[word + field.sender]);
    const key = this.hash(sender, words, word);
    const before = this.findSent(key, words, doubles, word, content, extra);
    if (before !== undefined) {
      writeOutcome(
        outcomes,
        index,
        before.same ? duplicate : conflict,
        before.seq,
        before.id,
        before.time,
      );
      return;
    }
    const time = doubles[word / 2] ?? 0;
    const change = extra?.change;
    let head = this.headOf(conversation);
    if (change?.type === "create") {
      if (head !== undefined) {
        writeOutcome(outcomes, index, conflict);
        return;
      }
      head = this.parts.changes.create(
        conversation.text,
        change.kind,
        change.title,
        change.open ?? false,
        time,
      );
    } else if (head === undefined) {
      writeOutcome(outcomes, index, unknown);
      return;
    }
    const kind = this.entry(words[word + field.kind]).text;
    const own = kind === systemKind ? undefined : members.ownOf(head, sender.text);
    const id = tail.push(head, own, key.high, key.low);
    const flags = words[word + field.flags] ?? 0;
    const important = (flags & flagImportant) !== 0;
    log.add(
      id,
      head.num,
      head.lastSeq,
      head.visible,
      own?.own ?? 0,
      sender.text,
      this.entry(words[word + field.device]).text,
      extra?.clientId ?? clientIdBytes(words, word),
      doubles[word / 2 + 1] ?? 0,
      time,
      kind,
      content,
      important || extra !== undefined
        ? {
            important,
            mentions: extra?.mentions,
            replyTo: extra?.replyTo,
            expiresAt: extra?.expiresAt,
          }
        : undefined,
    );
    if (extra?.mentions !== undefined && own !== undefined)
      rememberMentions(head, sender.text, extra.mentions);
    if (change !== undefined) {
      log.flush();
      this.parts.changes.apply(head, change, time);
    }
    writeOutcome(outcomes, index, stored, head.lastSeq, id, time);
  }

  private entry(number: number | undefined): Entry {
    const entry = this.dictionary[number ?? -1];
    if (entry === undefined)
      throw new Error(`The batch names text ${number}, which was never sent.`);
    return entry;
  }

  private headOf(entry: Entry): Head | undefined {
    if (entry.head === undefined || entry.head.gone) entry.head = this.parts.heads.find(entry.text);
    return entry.head;
  }

  private hash(sender: Entry, words: Uint32Array, word: number): KeyHash {
    if (!sender.hashed) {
      sender.high = hashText(sender.text, this.parts.salt.a);
      sender.low = hashText(sender.text, this.parts.salt.b);
      sender.hashed = true;
    }
    hashKey(sender.high, sender.low, words, word + field.clientId, this.key);
    return this.key;
  }

  /** The row that was stored under this sender and client id, if there is one, and whether it has the same payload. */
  private findSent(
    key: KeyHash,
    words: Uint32Array,
    doubles: Float64Array,
    word: number,
    content: Uint8Array,
    extra: Extra | undefined,
  ): { same: boolean; seq: number; id: number; time: number } | undefined {
    const { tail, sent } = this.parts;
    const newest = tail.find(key.high, key.low, Infinity);
    const indexed = sent.candidates(key.high, key.low);
    if (newest === 0 && indexed === undefined) return undefined;
    const ids = indexed ?? [];
    for (let id = newest; id !== 0; id = tail.find(key.high, key.low, id)) ids.push(id);
    const retry = this.decode(words, doubles, word, content, extra);
    this.parts.log.flush();
    for (const id of ids) {
      const row = this.parts.log.stored(id);
      if (
        row === undefined ||
        row.message.sender !== retry.sender ||
        row.message.clientId !== retry.clientId
      )
        continue;
      const message = {
        ...row.message,
        conversation: this.parts.conversationOf(row.conversation) ?? "",
      };
      return { same: samePayload(message, retry), seq: message.seq, id, time: message.time };
    }
    return undefined;
  }

  private decode(
    words: Uint32Array,
    doubles: Float64Array,
    word: number,
    content: Uint8Array,
    extra: Extra | undefined,
  ): NewMessage {
    const flags = words[word + field.flags] ?? 0;
    return {
      conversation: this.entry(words[word + field.conversation]).text,
      sender: this.entry(words[word + field.sender]).text,
      device: this.entry(words[word + field.device]).text,
      clientId:
        (flags & flagTextId) !== 0
          ? (extra?.clientId ?? "")
          : formatUuid(clientIdBytes(words, word)),
      clientSeq: doubles[word / 2 + 1] ?? 0,
      time: doubles[word / 2] ?? 0,
      kind: this.entry(words[word + field.kind]).text as NewMessage["kind"],
      content: decoder.decode(content),
      priority: (flags & flagImportant) !== 0 ? "important" : "normal",
      mentions: extra?.mentions,
      replyTo: extra?.replyTo,
      expiresAt: extra?.expiresAt,
    };
  }
}

function clientIdBytes(words: Uint32Array, word: number): Uint8Array {
  return new Uint8Array(words.buffer, (word + field.clientId) * 4, 16);
}

/** Notes whom a message mentions: everyone in one entry, or each user but the sender. */
export function rememberMentions(head: Head, sender: string, mentions: readonly string[]): void {
  const seq = head.lastSeq;
  if (mentions.includes("*")) head.tailMentions.push({ seq, user: "*", sender });
  else
    for (const user of new Set(mentions))
      if (user !== sender) head.tailMentions.push({ seq, user, sender });
}
