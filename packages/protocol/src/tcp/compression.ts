import { DecodeError, type Codec } from "../codec.ts";
import { tcpLimits } from "./bounds.ts";
import type { Compression } from "./control.ts";
import { dictionaryTexts } from "./dictionary.ts";
import { frameFlags } from "./header.ts";
import type { Payload } from "./outbox.ts";

/** What of `node:zlib` is used; handed in, so that this file runs without it. Older versions of Node have no zstd. */
export interface Zlib {
  deflateRawSync(data: Uint8Array, options: object): Uint8Array;
  inflateRawSync(data: Uint8Array, options: object): Uint8Array;
  zstdCompressSync?(data: Uint8Array, options: object): Uint8Array;
  zstdDecompressSync?(data: Uint8Array, options: object): Uint8Array;
}

/** Smaller payloads are not tried: measured, they would win too little for the time that it takes. */
const compressBytesMin = { json: 96, binary: 320 } as const;

/** The names of what this runtime can do, the best for small frames first (measured: less CPU and fewer bytes). */
export function compressionsOf(zlib: Zlib): readonly Compression[] {
  return zlib.zstdCompressSync === undefined || zlib.zstdDecompressSync === undefined
    ? ["deflate"]
    : ["deflate", "zstd"];
}

/** The bytes that both ends begin with, for the frames of a codec. */
export function dictionaryOf(codec: Codec["name"]): Uint8Array {
  return Uint8Array.from(atob(dictionaryTexts[codec]), (char) => char.charCodeAt(0));
}

interface Algorithm {
  compress(data: Uint8Array): Uint8Array;
  /** Throws if the data is broken, or with the code ERR_BUFFER_TOO_LARGE if it would become too large. */
  expand(data: Uint8Array): Uint8Array;
}

/** Each payload by itself, so that nothing is kept per connection: RFC 1951 without a header, or one frame of RFC 8878. */
function algorithmOf(name: Compression, zlib: Zlib, dictionary: Uint8Array | undefined): Algorithm {
  const shared = dictionary === undefined ? {} : { dictionary };
  const bounded = { ...shared, maxOutputLength: tcpLimits.frameBytesMax };
  if (name === "deflate")
    return {
      compress: (data) => zlib.deflateRawSync(data, shared),
      expand: (data) => zlib.inflateRawSync(data, bounded),
    };
  const { zstdCompressSync, zstdDecompressSync } = zlib;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined)
    throw new TypeError("This runtime has no zstd.");
  return {
    compress: (data) => zstdCompressSync(data, shared),
    expand: (data) => zstdDecompressSync(data, bounded),
  };
}

const encoder = new TextEncoder();

/** What both ends of a connection agreed on. */
export interface Agreed {
  readonly codec: Codec["name"];
  readonly compression: Compression;
  readonly dictionary: Uint8Array | undefined;
}

/** Makes payloads of frames and back, compressed where that was agreed on and wins. */
export class PayloadCoder {
  readonly #algorithm: Algorithm | undefined;
  readonly #bytesMin: number = Infinity;
  /** A broadcast comes once for each connection: its payload is made once. */
  #last: { readonly data: string | Uint8Array; readonly payload: Payload } | undefined;

  /** Without `agreed` nothing is compressed, and what comes compressed is refused. */
  constructor(agreed?: Agreed, zlib?: Zlib) {
    if (agreed === undefined || zlib === undefined) return;
    this.#algorithm = algorithmOf(agreed.compression, zlib, agreed.dictionary);
    this.#bytesMin = compressBytesMin[agreed.codec];
  }

  encode(data: string | Uint8Array): Payload {
    if (this.#last?.data === data) return this.#last.payload;
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    const payload = this.#compress(bytes) ?? { flags: 0, bytes };
    this.#last = { data, payload };
    return payload;
  }

  /** The frame that a payload stands for. @throws DecodeError */
  decode(flags: number, payload: Uint8Array): Uint8Array {
    if (flags === 0) return payload;
    if ((flags & frameFlags.encrypted) !== 0)
      throw new DecodeError("bad_frame", "Encryption was not agreed on.");
    if (this.#algorithm === undefined)
      throw new DecodeError("bad_frame", "Compression was not agreed on.");
    try {
      return this.#algorithm.expand(payload);
    } catch (cause) {
      const { code } = cause as { code?: unknown };
      if (code === "ERR_BUFFER_TOO_LARGE")
        throw new DecodeError("frame_too_large", "The frame expands beyond the limit.", cause);
      throw new DecodeError("bad_frame", "The frame does not expand.", cause);
    }
  }

  #compress(bytes: Uint8Array): Payload | undefined {
    if (this.#algorithm === undefined || bytes.length < this.#bytesMin) return undefined;
    const compressed = this.#algorithm.compress(bytes);
    return compressed.length < bytes.length
      ? { flags: frameFlags.compressed, bytes: compressed }
      : undefined;
  }
}
