import { malformed, PacketError, reasons } from "./codes.ts";

/** Takes packets as they are found. */
export interface PacketTaker {
  /** Asked before each packet: false stops. */
  readonly wantsMore: boolean;
  /** One whole packet: the first byte of its fixed header, and `bytes[at, end)` behind the Remaining Length, valid only during the call. */
  packet(first: number, bytes: Buffer, at: number, end: number): void;
}

/**
 * Hands over the packets in these bytes by their Remaining Length (MQTT 5.0 section 2.1.4), and returns where the first one begins that is not complete or not wanted. What
 * a client announces beyond the bound is refused at its head.
 * @throws PacketError whose reason is malformedPacket or packetTooLarge, and whatever the taker throws.
 */
export function walkPackets(bytes: Buffer, packetBytesMax: number, taker: PacketTaker): number {
  let at = 0;
  while (at < bytes.length && taker.wantsMore) {
    const head = readHead(bytes, at);
    if (head === undefined) return at;
    if (head.end - at > packetBytesMax)
      throw new PacketError(reasons.packetTooLarge, `A packet may have ${packetBytesMax} bytes.`);
    if (head.end > bytes.length) return at;
    const first = bytes[at] as number;
    at = head.end;
    taker.packet(first, bytes, head.body, head.end);
  }
  return at;
}

const none = Buffer.alloc(0);
/** Room that an incomplete packet gets at first; it doubles with what comes, so that announcing a large packet costs us nothing. */
const roomBytesMin = 64;

/** What is left of a stream between two pieces: an incomplete packet, or packets that are not wanted yet. The buffer is at most twice as large as that. */
export class Remainder {
  #bytes: Buffer = none;
  #used = 0;
  /** Bytes that must be there before they are looked at again. */
  #wanted = 0;

  /** Bytes that wait. */
  get length(): number {
    return this.#used;
  }

  /** Adds a piece, which may be empty, and hands over what is complete now. Throws what `walkPackets` does. */
  push(piece: Uint8Array, packetBytesMax: number, taker: PacketTaker): void {
    this.#keep(piece);
    if (this.#used < this.#wanted || !taker.wantsMore) return;
    const bytes = this.#bytes.subarray(0, this.#used);
    this.#bytes = none;
    this.#used = 0;
    this.#wanted = 0;
    const at = walkPackets(bytes, packetBytesMax, taker);
    if (at < bytes.length) this.#keep(bytes.subarray(at));
    this.#wanted = readHead(this.#bytes.subarray(0, this.#used), 0)?.end ?? this.#used + 1;
  }

  #keep(piece: Uint8Array): void {
    const used = this.#used + piece.length;
    if (used > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(roomBytesMin, this.#bytes.length * 2, used));
      this.#bytes.copy(grown, 0, 0, this.#used);
      this.#bytes = grown;
    }
    this.#bytes.set(piece, this.#used);
    this.#used = used;
  }
}

interface Head {
  /** Where the body begins and ends. */
  readonly body: number;
  readonly end: number;
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
