import { malformed, PacketError, reasons } from "./codes.ts";

/** Takes one whole packet: the first byte of its fixed header, and `bytes[at, end)` behind the Remaining Length, valid only during the call. */
export type OnPacket = (first: number, bytes: Buffer, at: number, end: number) => void;

const none = Buffer.alloc(0);
/** Room that an incomplete packet gets at first; it doubles with what comes, so that announcing a large packet costs us nothing. */
const roomBytesMin = 64;

/**
 * Cuts a stream of bytes into packets by their Remaining Length (section 2.1.4), which is checked before anything is kept: what a client announces beyond the
 * bound is refused at its head. Holds at most one incomplete packet, in a buffer at most twice its size.
 */
export class Framer {
  #rest: Buffer = none;
  #used = 0;
  /** Bytes that must be in `#rest` before it is looked at again. */
  #wanted = 0;

  /** Bytes of an incomplete packet that wait. */
  get waitingBytes(): number {
    return this.#used;
  }

  /**
   * Hands over every packet that is complete with these bytes. `more` is asked before each: false stops, and what is left is kept for a later call, which may
   * bring no bytes of its own.
   * @throws PacketError whose reason is malformedPacket or packetTooLarge.
   */
  push(data: Uint8Array, packetBytesMax: number, onPacket: OnPacket, more: () => boolean): void {
    const chunk = Buffer.isBuffer(data)
      ? data
      : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (this.#used === 0) {
      this.#walk(chunk, packetBytesMax, onPacket, more);
      return;
    }
    this.#keep(chunk);
    if (this.#used < this.#wanted || !more()) return;
    const joined = this.#rest.subarray(0, this.#used);
    this.#rest = none;
    this.#used = 0;
    this.#walk(joined, packetBytesMax, onPacket, more);
  }

  #keep(chunk: Buffer): void {
    const used = this.#used + chunk.length;
    if (used > this.#rest.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(roomBytesMin, this.#rest.length * 2, used));
      this.#rest.copy(grown, 0, 0, this.#used);
      this.#rest = grown;
    }
    chunk.copy(this.#rest, this.#used);
    this.#used = used;
  }

  #walk(bytes: Buffer, packetBytesMax: number, onPacket: OnPacket, more: () => boolean): void {
    let at = 0;
    while (at < bytes.length) {
      if (!more()) {
        this.#keep(bytes.subarray(at));
        this.#wanted = 0;
        return;
      }
      const head = readHead(bytes, at);
      if (head !== undefined && head.end - at > packetBytesMax)
        throw new PacketError(reasons.packetTooLarge, `A packet may have ${packetBytesMax} bytes.`);
      if (head === undefined || head.end > bytes.length) {
        // A copy: the chunk belongs to the listener.
        this.#keep(bytes.subarray(at));
        this.#wanted = head === undefined ? this.#used + 1 : head.end - at;
        return;
      }
      const first = bytes[at] as number;
      at = head.end;
      onPacket(first, bytes, head.body, head.end);
    }
  }
}

interface Head {
  /** Where the body begins and ends. */
  body: number;
  end: number;
}

/** The fixed header at `at`; undefined if it is not complete. */
function readHead(bytes: Buffer, at: number): Head | undefined {
  let length = 0;
  for (let index = 1; index <= 4; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    length += (byte & 127) * 128 ** (index - 1);
    if (byte >= 128) continue;
    if (byte === 0 && index > 1) throw malformed("The Remaining Length is longer than needed.");
    const body = at + index + 1;
    return { body, end: body + length };
  }
  throw malformed("The Remaining Length has more than four bytes.");
}
