import { isUtf8 } from "node:buffer";
import { malformed, protocolError } from "./codes.ts";
import type { Payload } from "./packets.ts";
import {
  propertyById,
  userPropertiesMax,
  type Properties,
  type PropertyName,
} from "./properties.ts";

/** Longer texts are left to the checks that read whole words at a time. */
const plainBytesMax = 256;

/** Walks the fields of one whole packet, `bytes[at, end)`. Every read is checked against the end; errors are `PacketError`. */
export class Reader {
  readonly bytes: Buffer;
  at: number;
  #end: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.at;
  }

  byte(): number {
    if (this.at >= this.#end) throw malformed("The packet ends in the middle of a field.");
    return this.bytes[this.at++] as number;
  }

  int16(): number {
    return this.byte() * 256 + this.byte();
  }

  int32(): number {
    return this.int16() * 65_536 + this.int16();
  }

  /** A variable byte integer, section 1.5.5: four bytes at most, in the shortest form. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte >= 128) continue;
      if (byte === 0 && shift > 0)
        throw malformed("A variable byte integer is longer than needed.");
      return value;
    }
    throw malformed("A variable byte integer has more than four bytes.");
  }

  /** Binary data with its length before it, as a view. */
  binary(): Buffer {
    return this.take(this.int16());
  }

  /** A UTF-8 string, section 1.5.4: well-formed and without U+0000. */
  text(): string {
    const length = this.int16();
    const from = this.at;
    const plain = length <= this.left ? this.#plain(length) : undefined;
    if (plain !== undefined) return plain;
    const raw = this.take(length);
    if (!isUtf8(raw)) throw malformed(`The string at byte ${from} is not UTF-8.`);
    const text = raw.toString("utf8");
    if (text.includes("\u0000"))
      throw malformed(`The string at byte ${from} has a null character.`);
    return text;
  }

  take(length: number): Buffer {
    if (length > this.left) throw malformed("A field is longer than its packet.");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** What is left. */
  payload(): Payload {
    return this.#plain(this.left) ?? this.take(this.left);
  }

  /** So many bytes as a text, if they are short and plain: that costs less than a view. */
  #plain(length: number): string | undefined {
    const from = this.at;
    if (length > plainBytesMax || !isPlain(this.bytes, from, from + length)) return undefined;
    this.at += length;
    return this.bytes.toString("latin1", from, this.at);
  }

  /** The packet must be over. */
  done(): void {
    if (this.left > 0) throw malformed("There are bytes behind the end of the packet.");
  }

  /** Properties with their length before them. Those that are not `allowed` in this packet, and repeated ones, are protocol errors. */
  properties(allowed: ReadonlySet<PropertyName>): Properties {
    const length = this.varint();
    if (length > this.left) throw malformed("The properties are longer than their packet.");
    const found: Properties = {};
    if (length === 0) return found;
    const packetEnd = this.#end;
    this.#end = this.at + length;
    while (this.at < this.#end) this.#property(found, allowed);
    this.#end = packetEnd;
    return found;
  }

  #property(found: Properties, allowed: ReadonlySet<PropertyName>): void {
    const id = this.varint();
    const property = propertyById[id];
    if (property === undefined) throw malformed(`There is no property ${id}.`);
    const { name, kind } = property;
    if (!allowed.has(name))
      throw protocolError(`The property ${id} is not allowed in this packet.`);
    if (kind === "pair") {
      const pairs = (found.user ??= []);
      if (pairs.length >= userPropertiesMax)
        throw protocolError(`A packet may have ${userPropertiesMax} user properties.`);
      pairs.push([this.text(), this.text()]);
      return;
    }
    if (found[name] !== undefined) throw protocolError(`The property ${id} is given twice.`);
    const value = this.#value(kind, id);
    (found as Record<string, unknown>)[name] = name === "subscriptionIds" ? [value] : value;
  }

  #value(kind: "flag" | "int16" | "int32" | "varint" | "text" | "binary", id: number) {
    switch (kind) {
      case "flag": {
        const value = this.byte();
        if (value > 1) throw protocolError(`The property ${id} is neither 0 nor 1.`);
        return value;
      }
      case "int16":
        return this.int16();
      case "int32":
        return this.int32();
      case "varint":
        return this.varint();
      case "text":
        return this.text();
      case "binary":
        // A copy: a view would hold on to the whole chunk that it came in.
        return Uint8Array.from(this.binary());
    }
  }
}

/** Printable ASCII alone, as topics and names mostly are: no UTF-8 to check and nothing to decode. */
function isPlain(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte < 32 || byte > 126) return false;
  }
  return true;
}
