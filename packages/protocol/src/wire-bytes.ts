/**
 * Reading and writing protobuf's encoding (https://protobuf.dev/programming-guides/encoding/): varints, strings and lengths.
 *
 * Ours, although protobufjs has both: on the hot path its writer costs 490 ns and its reader 185 ns for one small command, where
 * JSON takes 130 ns; these take a fraction. Tests decode with protobufjs what is encoded here, and the other way round.
 */
import { DecodeError } from "./codec.ts";

/** Node's and Bun's native UTF-8 conversion works on any Uint8Array and costs half of what TextDecoder does on short strings. */
interface NativeUtf8 {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  utf8Write(this: Uint8Array, text: string, offset: number): number;
}
const native = (globalThis as { Buffer?: { prototype: NativeUtf8 } }).Buffer?.prototype;
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Most bytes of UTF-8 per UTF-16 code unit. */
const utf8BytesPerUnitMax = 3;
const varintBytesMax = 10;
/** Below this length, copying characters in a loop beats the call into native code. */
const shortStringLength = 40;

/** Writes into memory that is its own until `finish`. */
export class WireWriter {
  private bytes: Uint8Array;
  private position = 0;
  private view: DataView | undefined;

  /** @param bytes memory to begin in; more is taken as needed. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** An unsigned integer up to 2^53 - 1. */
  varint(value: number): void {
    if (this.position + varintBytesMax > this.bytes.length) this.grow(varintBytesMax);
    const bytes = this.bytes;
    let position = this.position;
    let rest = value;
    if (rest > 0x7fff_ffff) {
      // Bit operations reach 32 bits: four groups of seven from the low end, the others from what is left.
      let low = rest % 0x1000_0000;
      rest = Math.floor(rest / 0x1000_0000);
      for (let i = 0; i < 4; i++) {
        bytes[position++] = (low & 127) | 128;
        low >>>= 7;
      }
    }
    while (rest > 127) {
      bytes[position++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[position++] = rest;
    this.position = position;
  }

  double(value: number): void {
    if (this.position + 8 > this.bytes.length) this.grow(8);
    this.view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /** A length and that many bytes of UTF-8. Lone surrogates become U+FFFD. */
  string(text: string): void {
    const roomBytes = text.length * utf8BytesPerUnitMax + varintBytesMax;
    if (this.position + roomBytes > this.bytes.length) this.grow(roomBytes);
    if (text.length < shortStringLength && this.shortAscii(text)) return;
    const lengthStart = this.position;
    const lengthBytes = varintLength(text.length);
    const start = lengthStart + lengthBytes;
    const bytes = native
      ? native.utf8Write.call(this.bytes, text, start)
      : encoder.encodeInto(text, this.bytes.subarray(start)).written;
    this.position = start + bytes;
    this.setLength(lengthStart, lengthBytes);
  }

  /** Begins something that is preceded by its length; hand what it returns to `end`. */
  begin(): number {
    if (this.position + varintBytesMax > this.bytes.length) this.grow(varintBytesMax);
    return this.position++;
  }

  end(lengthStart: number): void {
    if (this.position + varintBytesMax > this.bytes.length) this.grow(varintBytesMax);
    this.setLength(lengthStart, 1);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.position);
  }

  private shortAscii(text: string): boolean {
    const bytes = this.bytes;
    const start = this.position + 1;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) return false;
      bytes[start + i] = unit;
    }
    bytes[this.position] = text.length;
    this.position = start + text.length;
    return true;
  }

  /** Writes the length of what follows `lengthStart`, for which `reservedBytes` were left; moves it if they are too few or too many. */
  private setLength(lengthStart: number, reservedBytes: number): void {
    const start = lengthStart + reservedBytes;
    const length = this.position - start;
    const neededBytes = varintLength(length);
    if (neededBytes !== reservedBytes)
      this.bytes.copyWithin(lengthStart + neededBytes, start, this.position);
    this.position = lengthStart;
    this.varint(length);
    this.position += length;
  }

  private grow(roomBytes: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.position + roomBytes));
    larger.set(this.bytes.subarray(0, this.position));
    this.bytes = larger;
    this.view = undefined;
  }
}

/** Reads from `position` up to `end`. Every method throws DecodeError where the bytes do not hold what it reads. */
export class WireReader {
  position = 0;
  end: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  /** An unsigned integer up to 2^53 - 1; greater ones are refused rather than rounded. */
  varint(): number {
    const bytes = this.bytes;
    const end = this.end;
    let position = this.position;
    let value = 0;
    // Four groups of seven fit into bit operations.
    for (let shift = 0; shift < 28; shift += 7) {
      if (position >= end) throw truncated();
      const byte = bytes[position++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) {
        this.position = position;
        return value;
      }
    }
    this.position = position;
    return this.longVarint(value);
  }

  private longVarint(low: number): number {
    let value = low;
    let scale = 0x1000_0000;
    for (let i = 4; i < varintBytesMax; i++) {
      if (this.position >= this.end) throw truncated();
      const byte = this.bytes[this.position++] as number;
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) break;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new DecodeError(
      "bad_frame",
      "A varint is longer than ten bytes or greater than 2^53 - 1.",
    );
  }

  double(): number {
    const start = this.advance(8);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + start, 8).getFloat64(0, true);
  }

  string(): string {
    const length = this.varint();
    const start = this.advance(length);
    return this.utf8(start, start + length);
  }

  /** The end of the length-delimited value that begins here. */
  delimited(): number {
    const length = this.varint();
    if (length > this.end - this.position) throw truncated();
    return this.position + length;
  }

  /** Narrows the reader to the length-delimited value that begins here; returns the end to set it back to. */
  enter(): number {
    const outer = this.end;
    this.end = this.delimited();
    return outer;
  }

  /** Passes over a value of this wire type. */
  skip(wireType: number): void {
    if (wireType === wireTypes.varint) this.skipVarint();
    else if (wireType === wireTypes.fixed64) this.advance(8);
    else if (wireType === wireTypes.bytes) this.position = this.delimited();
    else if (wireType === wireTypes.fixed32) this.advance(4);
    else throw new DecodeError("bad_frame", `Wire type ${wireType} is not of this protocol.`);
  }

  /** An unknown varint may be a negative or 64-bit number: any ten bytes will do. */
  private skipVarint(): void {
    for (let i = 0; i < varintBytesMax; i++) {
      if (this.position >= this.end) throw truncated();
      if ((this.bytes[this.position++] as number) < 128) return;
    }
    throw new DecodeError("bad_frame", "A varint is longer than ten bytes.");
  }

  private advance(length: number): number {
    if (length > this.end - this.position) throw truncated();
    const start = this.position;
    this.position += length;
    return start;
  }

  private utf8(start: number, end: number): string {
    if (native) {
      const text = native.utf8Slice.call(this.bytes, start, end);
      // The replacement character is all that betrays malformed bytes; it may also have been sent.
      if (!text.includes("\ufffd")) return text;
    }
    try {
      return strictDecoder.decode(this.bytes.subarray(start, end));
    } catch (cause) {
      throw new DecodeError("bad_frame", "A string is not UTF-8.", cause);
    }
  }
}

function truncated(): DecodeError {
  return new DecodeError("bad_frame", "The frame ends within a value.");
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length++;
  return length;
}
