import { headerBytesMax, readHeader } from "./header.ts";

export interface FrameSink {
  /** Takes one whole frame; its payload is valid only during the call. */
  frame(flags: number, channel: number, payload: Uint8Array): void;
}

/** Memory for a frame of which only a part has come grows with what comes, so that an announced length alone takes none. */
const restBytesFirst = 256;

/** Cuts a stream of bytes into frames. Holds at most one unfinished frame. */
export class FrameReader {
  readonly #sink: FrameSink;
  /** What has come of an unfinished frame. */
  #rest: Uint8Array | undefined;
  #restBytes = 0;
  #stopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether a frame has begun and not ended. */
  get partial(): boolean {
    return this.#restBytes > 0;
  }

  /** Nothing more is taken, not even from the bytes in hand. */
  stop(): void {
    this.#stopped = true;
    this.#rest = undefined;
    this.#restBytes = 0;
  }

  /** Takes bytes in whatever pieces they came. Throws what `readHeader` throws, after which nothing more may be pushed. */
  push(chunk: Uint8Array): void {
    let at = this.#restBytes === 0 ? 0 : this.#finish(chunk);
    while (!this.#stopped && at < chunk.length) {
      const header = readHeader(chunk, at, chunk.length);
      const end = header === undefined ? Infinity : header.payloadAt + header.payloadBytes;
      if (header === undefined || end > chunk.length) {
        this.#keep(chunk, at, chunk.length);
        return;
      }
      this.#sink.frame(header.flags, header.channel, chunk.subarray(header.payloadAt, end));
      at = end;
    }
  }

  /** Completes the unfinished frame with the beginning of the chunk; returns how much of it that took. */
  #finish(chunk: Uint8Array): number {
    let at = 0;
    let header = readHeader(this.#rest as Uint8Array, 0, this.#restBytes);
    while (header === undefined) {
      // Byte by byte, so that nothing of the next frame gets in.
      if (at === chunk.length) return at;
      this.#keep(chunk, at, ++at);
      header = readHeader(this.#rest as Uint8Array, 0, this.#restBytes);
    }
    const end = header.payloadAt + header.payloadBytes;
    const taken = Math.min(end - this.#restBytes, chunk.length - at);
    this.#keep(chunk, at, at + taken);
    if (this.#restBytes === end) {
      const frame = this.#rest as Uint8Array;
      this.#rest = undefined;
      this.#restBytes = 0;
      this.#sink.frame(header.flags, header.channel, frame.subarray(header.payloadAt, end));
    }
    return at + taken;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const bytes = this.#restBytes + to - from;
    if (this.#rest === undefined || this.#rest.length < bytes) {
      const larger = new Uint8Array(
        Math.max(bytes + headerBytesMax, restBytesFirst, (this.#rest?.length ?? 0) * 2),
      );
      if (this.#rest !== undefined) larger.set(this.#rest.subarray(0, this.#restBytes));
      this.#rest = larger;
    }
    this.#rest.set(chunk.subarray(from, to), this.#restBytes);
    this.#restBytes = bytes;
  }
}
