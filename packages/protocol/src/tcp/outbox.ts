import { costOf } from "./bounds.ts";
import { headerBytes, writeHeader } from "./header.ts";

/** A frame's payload as it will travel. */
export interface Payload {
  readonly flags: number;
  readonly bytes: Uint8Array;
}

/** What a channel may send in its turn before the next one has its own. */
const quantumBytes = 16_384;
/** Sent payloads are let go of in steps of so many. */
const compactAt = 256;

/** The sending side of one channel: what waits, and how much the other side takes. */
export abstract class Lane {
  readonly channel: number;
  /** Bytes that the other side still takes. A frame may begin while it is above 0, so one may go past it. */
  credit: number;
  /** Bytes that wait. */
  pendingBytes = 0;
  /** Undefined while nothing waits: most channels are idle. */
  queue: Payload[] | undefined;
  /** Index of the first in `queue` that waits. */
  next = 0;
  deficit = 0;
  /** Whether it is in the round. */
  scheduled = false;

  constructor(channel: number, credit: number) {
    this.channel = channel;
    this.credit = credit;
  }

  /** The last payload that waited has left. */
  abstract emptied(): void;
}

/**
 * The frames that wait on one connection. Channels take turns by deficit round robin (Shreedhar and Varghese, 1995), so that each gets the same share of bytes
 * however large its frames are; one without credit is passed over until it gets some. Bounding what waits is the caller's.
 */
export class FairOutbox {
  /** Undefined while nothing waits: most connections are idle. */
  #round: Lane[] | undefined;
  #emptied: Lane[] | undefined;
  /** Bytes that wait, of all channels. */
  pendingBytes = 0;

  /** Whether something could be sent now. */
  get ready(): boolean {
    return this.#round !== undefined;
  }

  push(lane: Lane, payload: Payload): void {
    if (lane.queue === undefined) lane.queue = [payload];
    else lane.queue.push(payload);
    lane.pendingBytes += payload.bytes.length;
    this.pendingBytes += payload.bytes.length;
    this.#schedule(lane);
  }

  /** The other side takes more. */
  grant(lane: Lane, bytes: number): void {
    lane.credit += bytes;
    this.#schedule(lane);
  }

  /** Forgets what waits. */
  drop(lane: Lane): void {
    lane.queue = undefined;
    lane.next = 0;
    this.pendingBytes -= lane.pendingBytes;
    lane.pendingBytes = 0;
    if (!lane.scheduled) return;
    lane.scheduled = false;
    const others = this.#round?.filter((each) => each !== lane);
    this.#round = others?.length === 0 ? undefined : others;
  }

  /** The next frames, about as many bytes as asked for; undefined if nothing can be sent. `settle` must follow once they are handed over. */
  take(bytesMax: number): Uint8Array | undefined {
    const taken: { readonly channel: number; readonly payload: Payload }[] = [];
    let bytes = 0;
    while (bytes < bytesMax) {
      const round = this.#round;
      const lane = round?.[0];
      if (round === undefined || lane === undefined) break;
      const payload = lane.queue?.[lane.next];
      if (payload === undefined || lane.credit <= 0) {
        this.#leave(lane, round);
        continue;
      }
      const cost = costOf(payload.bytes.length);
      if (lane.deficit < cost) {
        // Its turn is over.
        lane.deficit += quantumBytes;
        if (round.length > 1) round.push(round.shift() as Lane);
        continue;
      }
      this.#remove(lane, payload, cost);
      taken.push({ channel: lane.channel, payload });
      bytes += headerBytes(lane.channel, payload.bytes.length) + payload.bytes.length;
    }
    return bytes === 0 ? undefined : assemble(taken, bytes);
  }

  /** Tells the channels whose last payload was taken. */
  settle(): void {
    const emptied = this.#emptied;
    if (emptied === undefined) return;
    this.#emptied = undefined;
    for (const lane of emptied) if (lane.pendingBytes === 0) lane.emptied();
  }

  #schedule(lane: Lane): void {
    if (lane.scheduled || lane.credit <= 0 || lane.queue === undefined) return;
    lane.scheduled = true;
    lane.deficit = quantumBytes;
    if (this.#round === undefined) this.#round = [lane];
    else this.#round.push(lane);
  }

  #leave(lane: Lane, round: Lane[]): void {
    lane.scheduled = false;
    if (round.length > 1) round.shift();
    else this.#round = undefined;
  }

  #remove(lane: Lane, payload: Payload, cost: number): void {
    lane.deficit -= cost;
    lane.credit -= cost;
    lane.pendingBytes -= payload.bytes.length;
    this.pendingBytes -= payload.bytes.length;
    const queue = lane.queue as Payload[];
    if (++lane.next === queue.length) {
      lane.queue = undefined;
      lane.next = 0;
      (this.#emptied ??= []).push(lane);
    } else if (lane.next === compactAt) {
      queue.splice(0, compactAt);
      lane.next = 0;
    }
  }
}

function assemble(
  taken: readonly { readonly channel: number; readonly payload: Payload }[],
  bytes: number,
): Uint8Array {
  const frames = new Uint8Array(bytes);
  let at = 0;
  for (const { channel, payload } of taken) {
    const payloadBytes = payload.bytes.length;
    at = writeHeader(frames, at, { flags: payload.flags, channel, payloadBytes });
    frames.set(payload.bytes, at);
    at += payloadBytes;
  }
  return frames;
}
