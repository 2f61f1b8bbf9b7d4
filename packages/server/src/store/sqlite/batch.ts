/**
 * How a batch of messages crosses to the writer's thread: one transferred buffer with a 64-byte record per message, then the texts of all of them.
 * Conversations, senders, devices and kinds are numbers in a dictionary that both sides keep: a text travels once, when it is new. The outcomes come back
 * in the same buffer, 32 bytes each.
 */
import type { Appended, ConversationChange, NewMessage } from "../port.ts";
import { parseUuid, textWords } from "./keys.ts";

const recordBytes = 64;
const outcomeBytes = 32;
/** Words of a record, as 32-bit numbers; the first two 64-bit ones are time and client seq. */
const field = {
  conversation: 4,
  sender: 5,
  device: 6,
  kind: 7,
  clientId: 8,
  contentBytes: 12,
  extraBytes: 13,
  flags: 14,
} as const;
/** The client id is in the extra part because it is not a UUID. */
const flagTextId = 1;
const flagImportant = 2;

/** What few messages have, as JSON. */
export interface Extra {
  clientId?: string;
  mentions?: readonly string[];
  replyTo?: number;
  expiresAt?: number;
  sentDigest?: string;
  change?: ConversationChange;
}

/** How an outcome says what became of a message. */
export const stored = 0;
export const duplicate = 1;
export const conflict = 2;
export const unknown = 3;
export const notMember = 4;

export interface EncodedBatch {
  readonly buffer: ArrayBuffer;
  readonly count: number;
  /** Texts that get the next numbers of the dictionary, in this order. */
  readonly texts: readonly string[];
  /** Forget all numbers before these texts. */
  readonly reset: boolean;
}

const encoder = new TextEncoder();

/** The sending side. Keeps at most `textsMax` texts, and at most `buffersMax` buffers for reuse. */
export class BatchEncoder {
  private readonly numbers = new Map<string, number>();
  private readonly free: ArrayBuffer[] = [];
  private readonly textsMax: number;
  private readonly buffersMax: number;
  private fresh: string[] = [];
  /** A batch could not be encoded: the other side does not know the texts it brought. */
  private unsent = false;

  constructor(textsMax = 131_072, buffersMax = 8) {
    this.textsMax = textsMax;
    this.buffersMax = buffersMax;
  }

  /** Gives a buffer back for reuse. */
  recycle(buffer: ArrayBuffer): void {
    if (this.free.length < this.buffersMax && buffer.byteLength <= 1_048_576)
      this.free.push(buffer);
  }

  encode(batch: readonly NewMessage[]): EncodedBatch {
    const reset = this.unsent || this.numbers.size + batch.length * 4 > this.textsMax;
    if (reset) this.numbers.clear();
    this.unsent = true;
    this.fresh = [];
    let bytes = this.takeBytes(batch.length * recordBytes + estimate(batch));
    let words = new Uint32Array(bytes.buffer);
    let doubles = new Float64Array(bytes.buffer);
    let at = batch.length * recordBytes;
    let kind: string | undefined;
    let kindNumber = 0;
    for (let index = 0; index < batch.length; index += 1) {
      const message = batch[index] as NewMessage;
      const word = index * (recordBytes / 4);
      let extra: Extra | undefined = extraOf(message);
      if (!parseUuid(message.clientId, words, word + field.clientId)) {
        textWords(message.clientId, words, word + field.clientId);
        extra = { ...extra, clientId: message.clientId };
      }
      const extraText = extra === undefined ? "" : JSON.stringify(extra);
      // UTF-8 needs at most three bytes for each UTF-16 code unit.
      const need = (message.content.length + extraText.length) * 3;
      if (at + need > bytes.byteLength) {
        bytes = this.grow(bytes, at + need);
        words = new Uint32Array(bytes.buffer);
        doubles = new Float64Array(bytes.buffer);
      }
      const contentBytes = encoder.encodeInto(message.content, bytes.subarray(at)).written;
      at += contentBytes;
      let extraBytes = 0;
      if (extraText !== "") {
        extraBytes = encoder.encodeInto(extraText, bytes.subarray(at)).written;
        at += extraBytes;
      }
      doubles[index * (recordBytes / 8)] = message.time;
      doubles[index * (recordBytes / 8) + 1] = message.clientSeq;
      words[word + field.conversation] = this.numberOf(message.conversation);
      words[word + field.sender] = this.numberOf(message.sender);
      words[word + field.device] = this.numberOf(message.device);
      if (message.kind !== kind) {
        kind = message.kind;
        kindNumber = this.numberOf(kind);
      }
      words[word + field.kind] = kindNumber;
      words[word + field.contentBytes] = contentBytes;
      words[word + field.extraBytes] = extraBytes;
      words[word + field.flags] =
        (extra?.clientId === undefined ? 0 : flagTextId) |
        (message.priority === "important" ? flagImportant : 0);
    }
    this.unsent = false;
    return { buffer: bytes.buffer, count: batch.length, texts: this.fresh, reset };
  }

  private numberOf(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(text, number);
    this.fresh.push(text);
    return number;
  }

  private takeBytes(atLeast: number): Uint8Array<ArrayBuffer> {
    const index = this.free.findIndex((buffer) => buffer.byteLength >= atLeast);
    const found = index === -1 ? undefined : this.free.splice(index, 1)[0];
    return new Uint8Array(found ?? new ArrayBuffer(roundUp(atLeast)));
  }

  private grow(bytes: Uint8Array<ArrayBuffer>, atLeast: number): Uint8Array<ArrayBuffer> {
    const larger = this.takeBytes(Math.max(atLeast, bytes.byteLength * 2));
    larger.set(bytes);
    this.recycle(bytes.buffer);
    return larger;
  }
}

/** A power of two, so that buffers are interchangeable, and at least 16 KB. */
function roundUp(size: number): number {
  return 2 ** Math.max(14, Math.ceil(Math.log2(size)));
}

function estimate(batch: readonly NewMessage[]): number {
  let size = 0;
  for (const message of batch) size += message.content.length;
  return size * 2 + 1_024;
}

function extraOf(message: NewMessage): Extra | undefined {
  const { mentions, replyTo, expiresAt, sentDigest, change } = message;
  if (
    mentions === undefined &&
    replyTo === undefined &&
    expiresAt === undefined &&
    sentDigest === undefined &&
    change === undefined
  )
    return undefined;
  return {
    ...(mentions === undefined ? {} : { mentions }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(sentDigest === undefined ? {} : { sentDigest }),
    ...(change === undefined ? {} : { change }),
  };
}

/** By status, from `conflict` on. */
const refusals = ["conflict", "unknown", "not_member"] as const;

/** Reads the outcomes that the writer left in the buffer. */
export function decodeOutcomes(buffer: ArrayBuffer, count: number): Appended[] {
  const doubles = new Float64Array(buffer, 0, (count * outcomeBytes) / 8);
  const outcomes: Appended[] = [];
  for (let at = 0; at < doubles.length; at += 4) {
    const status = doubles[at];
    if (status === stored || status === duplicate) {
      outcomes.push({
        status: status === stored ? "stored" : "duplicate",
        seq: doubles[at + 1] ?? 0,
        id: doubles[at + 2] ?? 0,
        time: doubles[at + 3] ?? 0,
      });
    } else {
      outcomes.push({ status: refusals[(status ?? 0) - conflict] ?? "unknown" });
    }
  }
  return outcomes;
}

const decoder = new TextDecoder();

/** The receiving side: steps through the records of a batch, in order. Leaves them as they are, so that a batch can be read again. */
export class BatchReader {
  /** Which message this is, from 0. */
  index = -1;
  /** UTF-8. */
  content: Uint8Array = new Uint8Array();
  extra: Extra | undefined;
  readonly words: Uint32Array;
  private readonly count: number;
  private readonly doubles: Float64Array;
  private readonly bytes: Uint8Array;
  private textAt: number;

  constructor(batch: EncodedBatch) {
    this.count = batch.count;
    this.words = new Uint32Array(batch.buffer);
    this.doubles = new Float64Array(batch.buffer);
    this.bytes = new Uint8Array(batch.buffer);
    this.textAt = batch.count * recordBytes;
  }

  /** Goes to the next record; false at the end. */
  next(): boolean {
    this.index += 1;
    if (this.index >= this.count) return false;
    const contentEnd = this.textAt + this.word(field.contentBytes);
    const end = contentEnd + this.word(field.extraBytes);
    this.content = this.bytes.subarray(this.textAt, contentEnd);
    this.extra =
      end === contentEnd
        ? undefined
        : (JSON.parse(decoder.decode(this.bytes.subarray(contentEnd, end))) as Extra);
    this.textAt = end;
    return true;
  }

  /** Numbers of texts in the dictionary. */
  get conversation(): number {
    return this.word(field.conversation);
  }

  get sender(): number {
    return this.word(field.sender);
  }

  get device(): number {
    return this.word(field.device);
  }

  get kind(): number {
    return this.word(field.kind);
  }

  get time(): number {
    return this.doubles[this.index * (recordBytes / 8)] ?? 0;
  }

  get clientSeq(): number {
    return this.doubles[this.index * (recordBytes / 8) + 1] ?? 0;
  }

  get important(): boolean {
    return (this.word(field.flags) & flagImportant) !== 0;
  }

  /** Where in `words` the four of the client id are (or of its hash, if it is a text). */
  get clientIdWord(): number {
    return this.index * (recordBytes / 4) + field.clientId;
  }

  /** As it is stored: the bytes of a UUID, or a text. */
  get clientId(): Uint8Array | string {
    if ((this.word(field.flags) & flagTextId) !== 0) return this.extra?.clientId ?? "";
    return this.bytes.subarray(this.clientIdWord * 4, this.clientIdWord * 4 + 16);
  }

  /** Whether the message has something that few have. */
  get rare(): boolean {
    return this.important || this.extra !== undefined;
  }

  private word(at: number): number {
    return this.words[this.index * (recordBytes / 4) + at] ?? 0;
  }
}

/** The sending side of outcomes: 32 bytes for each message of a batch, in its order. */
export class Outcomes {
  readonly doubles: Float64Array;

  constructor(count: number) {
    this.doubles = new Float64Array((count * outcomeBytes) / 8);
  }

  set(index: number, status: number, seq = 0, id = 0, time = 0): void {
    const at = index * (outcomeBytes / 8);
    this.doubles[at] = status;
    this.doubles[at + 1] = seq;
    this.doubles[at + 2] = id;
    this.doubles[at + 3] = time;
  }
}
