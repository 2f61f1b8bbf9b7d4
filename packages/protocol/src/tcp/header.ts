import { DecodeError } from "../codec.ts";
import { tcpLimits } from "./bounds.ts";

/** The top three bits of the first byte. So no frame begins like TLS (0x16), HTTP or MQTT. */
export const frameVersion = 1;

/** The five bits below. Those without a name must be 0. */
export const frameFlags = { compressed: 0x01, encrypted: 0x02 } as const;
const knownFlags = frameFlags.compressed | frameFlags.encrypted;

/** 28 bits, seven in a byte. */
const varintBytesMax = 4;
const varintMax = 2 ** 28 - 1;
export const headerBytesMax = 1 + 2 * varintBytesMax;

/** Bytes of an unsigned LEB128 number below 2^28, in its shortest form. */
export function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : varintBytesMax;
}

/** Writes an unsigned LEB128 number and returns where it ends. Throws RangeError if it is none below 2^28. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > varintMax)
    throw new RangeError(`${value} is not a whole number below 2^28.`);
  let rest = value;
  let end = at;
  while (rest >= 0x80) {
    target[end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[end++] = rest;
  return end;
}

/** A place in bytes from which numbers are read. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  position: number;

  constructor(bytes: Uint8Array, position: number, end: number) {
    this.#bytes = bytes;
    this.position = position;
    this.#end = end;
  }

  /** The next number; undefined, and the position stays, if its bytes have not all come. Throws DecodeError if it is too long or not in its shortest form. */
  next(): number | undefined {
    let value = 0;
    for (let count = 0; count < varintBytesMax; count++) {
      const at = this.position + count;
      if (at >= this.#end) return undefined;
      const byte = this.#bytes[at] as number;
      value |= (byte & 0x7f) << (7 * count);
      if (byte >= 0x80) continue;
      if (byte === 0 && count > 0)
        throw new DecodeError("bad_frame", "A number is not in its shortest form.");
      this.position = at + 1;
      return value;
    }
    throw new DecodeError("bad_frame", "A number has more than 28 bits.");
  }
}

export function headerBytes(channel: number, payloadBytes: number): number {
  return 1 + varintBytes(channel) + varintBytes(payloadBytes);
}

/** Writes a frame's header and returns where it ends. */
export function writeHeader(
  target: Uint8Array,
  at: number,
  header: { readonly flags: number; readonly channel: number; readonly payloadBytes: number },
): number {
  target[at] = (frameVersion << 5) | header.flags;
  return writeVarint(target, writeVarint(target, at + 1, header.channel), header.payloadBytes);
}

/** One whole frame. */
export function encodeFrame(channel: number, payload: Uint8Array, flags = 0): Uint8Array {
  const frame = new Uint8Array(headerBytes(channel, payload.length) + payload.length);
  frame.set(payload, writeHeader(frame, 0, { flags, channel, payloadBytes: payload.length }));
  return frame;
}

/** A frame of a version that is not spoken here. */
export class VersionError extends DecodeError {
  readonly version: number;

  constructor(version: number) {
    super("bad_frame", `Frames of version ${version} are not spoken here.`);
    this.version = version;
  }
}

export interface Header {
  readonly flags: number;
  readonly channel: number;
  readonly payloadBytes: number;
  /** Where the payload begins. */
  readonly payloadAt: number;
}

/**
 * Reads the header of the frame that begins at `at`; undefined if it has not all come.
 * @throws VersionError, or DecodeError if there can be no such frame or it is too large.
 */
export function readHeader(bytes: Uint8Array, at: number, end: number): Header | undefined {
  if (at >= end) return undefined;
  const first = bytes[at] as number;
  if (first >> 5 !== frameVersion) throw new VersionError(first >> 5);
  const flags = first & 0x1f;
  if ((flags & ~knownFlags) !== 0) throw new DecodeError("bad_frame", "A reserved flag is set.");
  const reader = new VarintReader(bytes, at + 1, end);
  const channel = reader.next();
  if (channel === undefined) return undefined;
  const payloadBytes = reader.next();
  if (payloadBytes === undefined) return undefined;
  const bytesMax = channel === 0 ? tcpLimits.controlBytesMax : tcpLimits.frameBytesMax;
  if (payloadBytes > bytesMax)
    throw new DecodeError("frame_too_large", `A frame may have ${bytesMax} bytes here.`);
  if (payloadBytes === 0) throw new DecodeError("bad_frame", "The frame is empty.");
  return { flags, channel, payloadBytes, payloadAt: reader.position };
}
