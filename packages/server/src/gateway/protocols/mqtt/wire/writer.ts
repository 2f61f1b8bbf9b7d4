import { types, type Reason } from "./codes.ts";
import type { Qos, Version } from "./packets.ts";
import { properties as table, type Properties } from "./properties.ts";

/** Bytes of a variable byte integer. */
export function varintBytes(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;
}

export function writeVarint(out: Buffer, at: number, value: number): number {
  let next = at;
  let rest = value;
  while (rest > 127) {
    out[next++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  out[next++] = rest;
  return next;
}

/** Bytes written one field after the other, into a buffer that grows. */
class Writer {
  #out = Buffer.allocUnsafe(128);
  #at = 0;

  byte(value: number): this {
    this.#room(1);
    this.#out[this.#at++] = value & 255;
    return this;
  }

  int16(value: number): this {
    return this.byte(value >> 8).byte(value);
  }

  int32(value: number): this {
    return this.int16(value >>> 16).int16(value & 0xffff);
  }

  varint(value: number): this {
    this.#room(4);
    this.#at = writeVarint(this.#out, this.#at, value);
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#out.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  binary(bytes: Uint8Array): this {
    return this.int16(bytes.length).raw(bytes);
  }

  text(text: string): this {
    this.#room(text.length * 3 + 2);
    const bytes = this.#out.write(text, this.#at + 2);
    this.#out.writeUInt16BE(bytes, this.#at);
    this.#at += 2 + bytes;
    return this;
  }

  /** What was written, as a view that later writes do not touch. */
  bytes(): Buffer {
    return this.#out.subarray(0, this.#at);
  }

  packet(type: number, flags = 0): Buffer {
    const body = this.bytes();
    const out = Buffer.allocUnsafe(1 + varintBytes(body.length) + body.length);
    out[0] = (type << 4) | flags;
    body.copy(out, writeVarint(out, 1, body.length));
    return out;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#out.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#out.length * 2, this.#at + bytes));
    this.#out.copy(grown, 0, 0, this.#at);
    this.#out = grown;
  }
}

/** The properties one after the other, without their length. */
export function encodePropertyList(properties: Properties): Buffer {
  const inner = new Writer();
  for (const { id, name, kind } of table) {
    const value = properties[name];
    if (value === undefined) continue;
    if (kind === "pair") {
      for (const [key, text] of properties.user ?? []) inner.byte(id).text(key).text(text);
    } else if (kind === "varint") {
      for (const number of properties.subscriptionIds ?? []) inner.byte(id).varint(number);
    } else {
      inner.byte(id);
      if (kind === "text") inner.text(value as string);
      else if (kind === "binary") inner.binary(value as Uint8Array);
      else if (kind === "flag") inner.byte(value as number);
      else if (kind === "int16") inner.int16(value as number);
      else inner.int32(value as number);
    }
  }
  return inner.bytes();
}

/** The properties with their length before them. */
export function encodeProperties(properties: Properties): Buffer {
  const list = encodePropertyList(properties);
  return new Writer().varint(list.length).raw(list).bytes();
}

export const pingresp: Uint8Array = Buffer.of(types.pingresp << 4, 0);

/** `code` is a reason code of 5.0 or a return code of 3.1.1. */
export function connack(
  version: Version,
  sessionPresent: boolean,
  code: number,
  properties: Properties,
): Buffer {
  const writer = new Writer().byte(sessionPresent ? 1 : 0).byte(code);
  if (version === 5) writer.raw(encodeProperties(properties));
  return writer.packet(types.connack);
}

/** PUBACK, PUBREC, PUBREL or PUBCOMP. Reason and properties are for 5.0 alone and left out where they say nothing. */
export function acknowledgement(
  type: "puback" | "pubrec" | "pubrel" | "pubcomp",
  packetId: number,
  reason: Reason = 0,
  properties?: Properties,
): Uint8Array {
  const flags = type === "pubrel" ? 2 : 0;
  const head = (types[type] << 4) | flags;
  if (reason === 0 && properties === undefined) return short(head, packetId);
  const writer = new Writer().int16(packetId).byte(reason);
  if (properties !== undefined) writer.raw(encodeProperties(properties));
  return writer.packet(types[type], flags);
}

/** Four bytes, the answer to most packets. */
function short(head: number, packetId: number): Uint8Array {
  // Half the work of a Buffer.
  const out = new Uint8Array(4);
  out[0] = head;
  out[1] = 2;
  out[2] = packetId >> 8;
  out[3] = packetId & 255;
  return out;
}

export function suback(
  version: Version,
  packetId: number,
  codes: readonly number[],
  properties: Properties = {},
): Buffer {
  const writer = new Writer().int16(packetId);
  if (version === 5) writer.raw(encodeProperties(properties));
  for (const code of codes) writer.byte(code);
  return writer.packet(types.suback);
}

/** MQTT 3.1.1 has no codes here. */
export function unsuback(version: Version, packetId: number, codes: readonly number[]): Buffer {
  const writer = new Writer().int16(packetId);
  if (version === 5) {
    writer.byte(0);
    for (const code of codes) writer.byte(code);
  }
  return writer.packet(types.unsuback);
}

/** For 5.0 alone: a server of 3.1.1 says nothing before it closes. */
export function disconnect(reason: Reason, properties: Properties): Buffer {
  return new Writer().byte(reason).raw(encodeProperties(properties)).packet(types.disconnect);
}

/** What of a PUBLISH is the same for every reader: written once, copied for each. */
export interface PublishBody {
  readonly topic: Piece;
  /** The properties that all readers get, without their length; empty for 3.1.1. */
  readonly properties: Buffer;
  readonly payload: Piece;
}

/** Bytes to be copied, or a text that is written as it is: a short one for one reader is not worth bytes of its own. */
export interface Piece {
  readonly content: string | Buffer;
  /** Of its UTF-8. */
  readonly length: number;
}

/** Texts of more characters become bytes once, for all readers. */
const writtenCharsMax = 256;

export function piece(content: string | Buffer): Piece {
  if (typeof content === "string" && content.length <= writtenCharsMax)
    return { content, length: Buffer.byteLength(content) };
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return { content: bytes, length: bytes.length };
}

function writePiece(out: Buffer, at: number, { content, length }: Piece): number {
  if (typeof content !== "string") content.copy(out, at);
  else if (content.length === length) out.write(content, at, "latin1");
  else out.write(content, at);
  return at + length;
}

/** What stands for the topic of one PUBLISH (section 3.3.2.3.4). */
export interface Alias {
  /** 0: nothing. */
  readonly number: number;
  /** The reader has had the topic with it before. */
  readonly isKnown: boolean;
}

export const noAlias: Alias = { number: 0, isKnown: false };

/** What of it is one reader's. */
export interface PublishHead {
  readonly version: Version;
  readonly qos: Qos;
  readonly dup: boolean;
  readonly retain: boolean;
  /** 0 at QoS 0. */
  readonly packetId: number;
  readonly alias: Alias;
  readonly subscriptionIds: readonly number[] | undefined;
}

/** Bytes that the properties of one reader take. */
function ownPropertyBytes({ alias, subscriptionIds }: PublishHead): number {
  let bytes = alias.number === 0 ? 0 : 3;
  for (const id of subscriptionIds ?? []) bytes += 1 + varintBytes(id);
  return bytes;
}

/** Writes a PUBLISH (section 3.3). */
export function publish(body: PublishBody, head: PublishHead): Buffer {
  const topic = head.alias.isKnown ? undefined : body.topic;
  const topicBytes = 2 + (topic?.length ?? 0);
  const own = head.version === 5 ? ownPropertyBytes(head) : 0;
  const propertyBytes = own + body.properties.length;
  const lengthBytes = head.version === 5 ? varintBytes(propertyBytes) + propertyBytes : 0;
  const remaining = topicBytes + (head.qos > 0 ? 2 : 0) + lengthBytes + body.payload.length;
  const out = Buffer.allocUnsafe(1 + varintBytes(remaining) + remaining);
  out[0] = (types.publish << 4) | (head.dup ? 8 : 0) | (head.qos << 1) | (head.retain ? 1 : 0);
  let at = writeVarint(out, 1, remaining);
  out[at++] = (topic?.length ?? 0) >> 8;
  out[at++] = (topic?.length ?? 0) & 255;
  if (topic !== undefined) at = writePiece(out, at, topic);
  if (head.qos > 0) {
    out[at++] = head.packetId >> 8;
    out[at++] = head.packetId & 255;
  }
  if (head.version === 5) at = writeOwn(out, writeVarint(out, at, propertyBytes), body, head);
  writePiece(out, at, body.payload);
  return out;
}

function writeOwn(out: Buffer, from: number, body: PublishBody, head: PublishHead): number {
  let at = from;
  for (const id of head.subscriptionIds ?? []) {
    out[at++] = 0x0b;
    at = writeVarint(out, at, id);
  }
  if (head.alias.number !== 0) {
    out[at++] = 0x23;
    out[at++] = head.alias.number >> 8;
    out[at++] = head.alias.number & 255;
  }
  return at + body.properties.copy(out, at);
}
