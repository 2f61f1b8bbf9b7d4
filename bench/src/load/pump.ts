/**
 * The sending side of a load: hands out the messages of a pace to the senders in turn (message k to sender k mod S) and writes
 * all that are due on one connection at once. A connection whose socket is full keeps its due messages as a number, so that the generator's memory
 * does not grow with the backlog; they go out when the socket takes them, and their latency counts from when they were due.
 */
import type { Client } from "./client.ts";
import { headBytes, writeHead } from "./frames.ts";
import { Latency } from "./latency.ts";
import type { Pace } from "./schedule.ts";

export interface PumpOptions {
  readonly senders: readonly Client[];
  /** One writer of sends per sender, in the same order. */
  readonly writers: readonly ((out: Buffer, at: number, n: number) => number)[];
  readonly pace: Pace;
  /** Called for each message as it is written. */
  readonly onSent: (client: Client) => void;
  /** A message that could not be written for that long is given up, and never sent. Infinity: none is. */
  readonly patienceMs: number;
}

const scratchBytes = 1_048_576;
/** The largest frame of a load with the room it may need; more are written in a next round. */
const roomBytes = 131_072;

export class Pump {
  readonly #options: PumpOptions;
  readonly #scratch = Buffer.allocUnsafe(scratchBytes);
  /** How late the generator itself was: from the intended time to the write. */
  readonly lateness = new Latency();
  readonly #offset: number[];
  #next = 0;
  #due = 0;
  #startMs = 0;
  answered = 0;
  abandoned = 0;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#offset = options.senders.map((client) => client.sent);
  }

  /** Starts the clock of the pace. */
  start(nowMs: number): void {
    this.#startMs = nowMs;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  /** The intended time of a sender's `n`th message in milliseconds since the start, NaN if it is not of this pump. */
  intendedMs(sender: number, n: number): number {
    const turn = n - (this.#offset[sender] ?? Number.NaN) - 1;
    return turn >= 0
      ? this.#options.pace.timeMs(turn * this.#options.senders.length + sender)
      : Number.NaN;
  }

  /** Writes what is due. */
  tick(): void {
    const { senders, pace } = this.#options;
    this.#due = pace.due(this.elapsedMs, this.answered + this.abandoned);
    const touched = Math.min(senders.length, this.#due - this.#next);
    for (let i = 0; i < touched; i++) this.#write((this.#next + i) % senders.length);
    this.#next = Math.max(this.#next, this.#due);
  }

  /** A sender's socket has room again. */
  writable(sender: number): void {
    if (sender < this.#options.senders.length) this.#write(sender);
  }

  /** Messages that are due and neither written nor given up. */
  get waiting(): number {
    let handled = 0;
    for (const [i, client] of this.#options.senders.entries())
      handled += client.sent - (this.#offset[i] ?? 0);
    return this.#due - handled;
  }

  #write(sender: number): void {
    const { senders, writers, onSent, patienceMs, pace } = this.#options;
    const client = senders[sender] as Client;
    const link = client.link;
    if (link === undefined || !link.ready) return;
    const writer = writers[sender] as (out: Buffer, at: number, n: number) => number;
    const count = senders.length;
    const offset = this.#offset[sender] as number;
    const due = offset + Math.ceil((this.#due - sender) / count);
    let at = 0;
    while (client.sent < due) {
      const late = this.elapsedMs - pace.timeMs((client.sent - offset) * count + sender);
      const n = ++client.sent;
      if (late > patienceMs) {
        this.abandoned++;
        continue;
      }
      this.lateness.record(late);
      at = this.#encode(client, writer, at, n);
      onSent(client);
      if (scratchBytes - at > roomBytes) continue;
      link.write(this.#scratch, 0, at);
      at = 0;
      if (!link.ready) return;
    }
    if (at > 0) link.write(this.#scratch, 0, at);
  }

  /** On WebSocket: writes the payload first, to know its length, then moves it behind its head if the guess was wrong. */
  #encode(
    client: Client,
    writer: (out: Buffer, at: number, n: number) => number,
    at: number,
    n: number,
  ): number {
    const { carrier } = client.wire;
    if (carrier.by !== "websocket") return writer(this.#scratch, at, n);
    const guess = at + 8;
    const end = writer(this.#scratch, guess, n);
    const length = end - guess;
    const head = headBytes(length);
    if (head !== 8) this.#scratch.copyWithin(at + head, guess, end);
    writeHead(this.#scratch, at, carrier.opcode, length);
    return at + head + length;
  }
}
