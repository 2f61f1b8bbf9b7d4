/**
 * The verifier: it is told of every send, acknowledgement and delivery of a run and says what was lost, repeated or put
 * out of order. It trusts only what crossed the wire. A sender's messages count from 1 (`n`, its clientSeq); a conversation's
 * from 1 (`seq`, given by the server).
 */
import { BitSet } from "./bits.ts";

/** One member's view of one conversation. */
interface Reader {
  readonly conversation: number;
  readonly got: BitSet;
  highest: number;
  /** The same for each sender by itself, where numbers say nothing about the order of different ones. */
  readonly highestOf: Map<number, number> | undefined;
}

interface Sender {
  /** Its own view of the conversation it sends to. */
  readonly reader: number;
  readonly answered: BitSet;
  /** seq by n, 0 where unknown; from the acknowledgement or the first delivery, whichever came first. */
  seqs: Uint32Array;
  sent: number;
  refused: number;
}

export interface Findings {
  readonly sent: number;
  readonly acked: number;
  /** Sends that the server refused with an error, and so did not accept. */
  readonly refused: number;
  /** Sends that got neither acknowledgement nor error. */
  readonly unanswered: number;
  readonly delivered: number;
  /** Acknowledged messages that a member never received (once per member), and holes in a conversation's numbering. */
  readonly lost: number;
  /** Messages received twice, acknowledged twice, stored under two numbers, or two under one number. */
  readonly duplicated: number;
  /** Deliveries behind a higher number, and messages of one sender numbered against the order of sending. */
  readonly reordered: number;
}

export class Ledger {
  readonly #senders = new Map<number, Sender>();
  readonly #readers: Reader[] = [];
  /** By conversation: every seq that anybody saw acknowledged or delivered, and the acknowledged ones. */
  readonly #seen: BitSet[] = [];
  readonly #acked: BitSet[] = [];
  /** Conversations whose numbers are made up of sender and count, and need not be dense. */
  readonly #unnumbered = new Set<number>();
  #ackedCount = 0;
  #deliveredCount = 0;
  #duplicated = 0;
  #reordered = 0;

  get acked(): number {
    return this.#ackedCount;
  }
  get delivered(): number {
    return this.#deliveredCount;
  }
  get unanswered(): number {
    let unanswered = 0;
    for (const sender of this.#senders.values()) unanswered += sender.sent - sender.answered.size;
    return unanswered;
  }

  /** Declares a member's view; returns its number. `bySender`: only the messages of one sender have an order. Conversations are small integers of the caller's choice. */
  addReader(conversation: number, bySender = false): number {
    this.#seen[conversation] ??= new BitSet();
    this.#acked[conversation] ??= new BitSet();
    if (bySender) this.#unnumbered.add(conversation);
    const highestOf = bySender ? new Map<number, number>() : undefined;
    return this.#readers.push({ conversation, got: new BitSet(), highest: 0, highestOf }) - 1;
  }

  /** Declares that `sender` (any number) sends to the conversation that its reader views. */
  addSender(sender: number, reader: number): void {
    this.#senders.set(sender, {
      reader,
      answered: new BitSet(),
      seqs: new Uint32Array(64),
      sent: 0,
      refused: 0,
    });
  }

  sent(sender: number): void {
    this.#sender(sender).sent++;
  }

  acknowledged(sender: number, n: number, seq: number): void {
    const from = this.#sender(sender);
    const reader = this.#reader(from.reader);
    if (!from.answered.add(n)) {
      this.#duplicated++;
      return;
    }
    this.#ackedCount++;
    this.#number(from, n, seq);
    // The sender has its own message through the acknowledgement; to be sent it as an event as well is a duplicate.
    if (!reader.got.add(seq)) this.#duplicated++;
    if (!(this.#acked[reader.conversation] as BitSet).add(seq)) this.#duplicated++;
    (this.#seen[reader.conversation] as BitSet).add(seq);
  }

  refused(sender: number, n: number): void {
    const from = this.#sender(sender);
    if (from.answered.add(n)) from.refused++;
    else this.#duplicated++;
  }

  /** A message event. `sender` is undefined for messages that the load did not send (system ones). */
  deliver(readerIndex: number, sender: number | undefined, n: number, seq: number): void {
    const reader = this.#reader(readerIndex);
    if (!reader.got.add(seq)) {
      this.#duplicated++;
      return;
    }
    this.#order(reader, sender ?? -1, seq);
    (this.#seen[reader.conversation] as BitSet).add(seq);
    if (sender === undefined) return;
    this.#deliveredCount++;
    this.#number(this.#sender(sender), n, seq);
  }

  #order(reader: Reader, sender: number, seq: number): void {
    const { highestOf } = reader;
    if (seq < (highestOf === undefined ? reader.highest : (highestOf.get(sender) ?? 0)))
      this.#reordered++;
    else if (highestOf === undefined) reader.highest = seq;
    else highestOf.set(sender, seq);
  }

  /** Everything acknowledged so far has reached everybody. */
  complete(): boolean {
    return this.#lostByReaders() === 0;
  }

  findings(): Findings {
    let sent = 0;
    let refused = 0;
    let against = 0;
    for (const sender of this.#senders.values()) {
      sent += sender.sent;
      refused += sender.refused;
      against += descents(sender.seqs);
    }
    return {
      sent,
      acked: this.#ackedCount,
      refused,
      unanswered: this.unanswered,
      delivered: this.#deliveredCount,
      lost: this.#lostByReaders() + this.#holes(),
      duplicated: this.#duplicated,
      reordered: this.#reordered + against,
    };
  }

  /** One message has one number: a second one means that it was stored twice. */
  #number(sender: Sender, n: number, seq: number): void {
    if (n >= sender.seqs.length) {
      const seqs = new Uint32Array(Math.max(n + 1, sender.seqs.length * 2));
      seqs.set(sender.seqs);
      sender.seqs = seqs;
    }
    if (sender.seqs[n] === 0) sender.seqs[n] = seq;
    else if (sender.seqs[n] !== seq) this.#duplicated++;
  }

  #lostByReaders(): number {
    let lost = 0;
    for (const reader of this.#readers)
      lost += (this.#acked[reader.conversation] as BitSet).countMissingIn(reader.got);
    return lost;
  }

  /** Numbers between the first and the last one seen that nobody saw: the numbering is not dense. */
  #holes(): number {
    let holes = 0;
    for (const [conversation, seen] of this.#seen.entries()) {
      if (seen === undefined || this.#unnumbered.has(conversation)) continue;
      const range = seen.range();
      if (range !== undefined) holes += range.last - range.first + 1 - seen.size;
    }
    return holes;
  }

  #sender(sender: number): Sender {
    const found = this.#senders.get(sender);
    if (found === undefined)
      throw new Error(`a message of sender ${sender}, who is not part of this load`);
    return found;
  }

  #reader(reader: number): Reader {
    const found = this.#readers[reader];
    if (found === undefined) throw new Error(`reader ${reader} was not declared`);
    return found;
  }
}

/** How often a later send of one sender has a lower number than an earlier one. */
function descents(seqs: Uint32Array): number {
  let highest = 0;
  let count = 0;
  for (const seq of seqs) {
    if (seq === 0) continue;
    if (seq < highest) count++;
    else highest = seq;
  }
  return count;
}
