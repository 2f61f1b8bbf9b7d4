/**
 * How a batch of messages crosses to the writer's thread: one shared buffer with a 64-byte record per message, then the texts of all of them.
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

/** What the writer reads: the records and texts of a batch. */
export interface BatchBytes {
  /** Of one side at a time: of the writer until it has answered. */
  readonly buffer: SharedArrayBuffer;
  readonly count: number;
}

/** What a batch adds to the dictionary. */
export interface Texts {
  /** They get the next numbers, in this order. */
  readonly added: readonly string[];
  /** Forget all numbers before. */
  readonly reset: boolean;
}

export interface EncodedBatch extends BatchBytes {
  /** Number of the buffer among those that are kept; undefined if it is for this batch only. */
  readonly slot: number | undefined;
  /** The other side has not seen the buffer of this slot yet. */
  readonly isNewBuffer: boolean;
  /** To be learned before the batch is read; undefined if it adds none. */
  readonly texts: Texts | undefined;
}

const encoder = new TextEncoder();
/** Larger buffers are not kept. */
const keptBytesMax = 1_048_576;
const bufferBytesMin = 16_384;
/** Up to this length, a loop over a text costs less than making what `encodeInto` needs. */
const loopCharsMax = 256;

/** A buffer being filled. */
interface Page {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  readonly slot: number | undefined;
}

function pageOf(atLeast: number, slot: number | undefined): Page {
  // A power of two, so that buffers are interchangeable.
  const size = 2 ** Math.ceil(Math.log2(Math.max(atLeast, bufferBytesMin)));
  const buffer = new SharedArrayBuffer(size);
  return {
    bytes: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    doubles: new Float64Array(buffer),
    slot,
  };
}

const noPage = pageOf(0, undefined);

/**
 * The sending side. Keeps at most `textsMax` texts, and at most `slotsMax` buffers that both sides know by number: a buffer that is passed on counts as newly
 * allocated memory with each message, and hurries the collectors of both.
 */
export class BatchEncoder {
  private readonly numbers = new Map<string, number>();
  private readonly pages: Page[] = [];
  private readonly free: number[] = [];
  /** Slots whose buffer the other side has not seen. */
  private readonly unseen = new Set<number>();
  private readonly textsMax: number;
  private readonly slotsMax: number;
  private fresh: string[] = [];
  /** The one being filled. */
  private page = noPage;
  /** A batch could not be encoded: the other side does not know the texts it brought. */
  private unsent = false;

  constructor(textsMax = 131_072, slotsMax = 8) {
    this.textsMax = textsMax;
    this.slotsMax = slotsMax;
  }

  /** Gives the buffer of an answered batch back for reuse. */
  recycle({ slot }: Pick<EncodedBatch, "slot">): void {
    if (slot !== undefined) this.free.push(slot);
  }

  encode(batch: readonly NewMessage[]): EncodedBatch {
    const reset = this.unsent || this.numbers.size + batch.length * 4 > this.textsMax;
    if (reset) this.numbers.clear();
    this.unsent = true;
    this.fresh = [];
    this.page = this.take(batch.length * recordBytes + estimate(batch));
    try {
      this.fill(batch);
    } catch (error) {
      this.recycle(this.page);
      throw error;
    }
    this.unsent = false;
    const { bytes, slot } = this.page;
    // The largest ones are of one batch, and not to be held on to.
    this.page = noPage;
    return {
      buffer: bytes.buffer,
      count: batch.length,
      slot,
      isNewBuffer: slot !== undefined && this.unseen.delete(slot),
      texts: reset || this.fresh.length > 0 ? { added: this.fresh, reset } : undefined,
    };
  }

  private fill(batch: readonly NewMessage[]): void {
    let { words, doubles } = this.page;
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
      const end = at + (message.content.length + extraText.length) * 3;
      if (end > this.page.bytes.byteLength) {
        this.grow(end);
        ({ words, doubles } = this.page);
      }
      const contentBytes = writeText(message.content, this.page.bytes, at);
      const extraBytes = writeText(extraText, this.page.bytes, at + contentBytes);
      at += contentBytes + extraBytes;
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
  }

  private numberOf(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(text, number);
    this.fresh.push(text);
    return number;
  }

  private take(atLeast: number): Page {
    const index = this.free.findIndex(
      (slot) => (this.pages[slot] as Page).bytes.byteLength >= atLeast,
    );
    if (index !== -1) return this.pages[this.free.splice(index, 1)[0] as number] as Page;
    if (atLeast > keptBytesMax) return pageOf(atLeast, undefined);
    // A larger one in the place of one that is too small, if there is no new place.
    const slot = this.pages.length < this.slotsMax ? this.pages.length : this.free.pop();
    const page = pageOf(atLeast, slot);
    if (slot !== undefined) {
      this.pages[slot] = page;
      this.unseen.add(slot);
    }
    return page;
  }

  private grow(atLeast: number): void {
    const { page } = this;
    this.page = this.take(Math.max(atLeast, page.bytes.byteLength * 2));
    this.page.bytes.set(page.bytes);
    this.recycle(page);
  }
}

/** Writes a text as UTF-8, and returns how many bytes that are. There must be room for three for each of its units. */
function writeText(text: string, bytes: Uint8Array, at: number): number {
  const { length } = text;
  if (length > loopCharsMax) return encoder.encodeInto(text, bytes.subarray(at)).written;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return encoder.encodeInto(text, bytes.subarray(at)).written;
    bytes[at + index] = code;
  }
  return length;
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
export function decodeOutcomes(buffer: ArrayBufferLike, count: number): Appended[] {
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

  constructor(batch: BatchBytes) {
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
