import type { CommandName, Params } from "@godwit/protocol";
import type { Session } from "../../../../session/session.ts";
import { ns } from "../namespaces.ts";
import type { Element } from "../xml/element.ts";
import type { Address } from "./address.ts";
import { Asking } from "./asking.ts";
import { give } from "./calls.ts";
import { headOn, textOn, type Link } from "./link.ts";
import { Outbox, type Carried, type Settled } from "./outbox.ts";
import { Pace, paceMax } from "./pace.ts";
import { probePrefix } from "./probe.ts";
import type { Services } from "./services.ts";

/** Stanzas beside messages that wait for an acknowledgement before one is asked for, and how long they do: a client that has gone quiet should not hold their texts. */
const unaskedMax = 16;
const unaskedMs = 5_000;
/** A client without stream management that speaks so long after it was asked, and has answered nothing yet, does not answer questions. */
const answerMsMax = 60_000;
/** How often it is looked whether the socket has taken what such a client is sent. */
const takenMs = 1_000;

/** What goes out to one client: counted as XEP-0198 counts it, asked about, and waited for. */
export abstract class Outward {
  readonly services: Services;
  readonly address: Address;
  readonly session: Session;
  readonly #outbox = new Outbox();
  #pace: Pace | undefined;
  #link: Link | undefined;
  /** XEP-0198 is on; and the client may come back to this stream. */
  managed = false;
  resumable = false;
  /** Whether it answers what it is asked, once that is known. */
  #answers: boolean | undefined;
  /** Counted events that this session has written, as a native client counts them. */
  #position = 0;
  /** Made with the first question. */
  #asking: Asking | undefined;
  /** What a resumption has settled, until the session is there to be told. */
  #carried: ReadonlyMap<string, number> | undefined;

  constructor(services: Services, address: Address, session: Session) {
    this.services = services;
    this.address = address;
    this.session = session;
  }

  get link(): Link | undefined {
    return this.#link;
  }

  /** The stream that it speaks through from now. */
  attach(link: Link): void {
    this.#link = link;
  }

  detach(link: Link): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#asking?.answered();
    this.#keepOn();
    // Without an answer in flight the next answers must not be taken for it.
    if (!this.managed) this.#outbox.restart();
  }

  /** The counts of XEP-0198 begin: stanzas from now on are counted. */
  manage(resumable: boolean): void {
    this.managed = true;
    this.resumable = resumable;
    this.#outbox.restart();
    this.#asking?.answered();
    this.#keepOn();
  }

  tell<C extends CommandName>(type: C, params: Params<C>): void {
    give(this.services.dispatcher, this.session, { type, ...params });
  }

  head(name: string): string {
    return headOn(this.#link, name);
  }

  /** Writes a stanza that is remembered until it is acknowledged; `carried` is the message in it, if it is somebody else's. */
  say(stanza: string | Element, carried?: Carried): void {
    const text = textOn(this.#link, stanza);
    this.#write(text, carried, this.managed ? text : undefined);
    if (carried !== undefined || this.#outbox.waiting >= unaskedMax) this.#ask();
    else if (this.managed && (this.#asking ??= new Asking()).putOff())
      this.services.later(this, unaskedMs);
  }

  /** Writes a stanza for an event that the session itself remembers; `carried` is the message in it, if it is somebody else's. */
  sayEvent(stanza: string | Element, carried?: Carried): void {
    this.#write(textOn(this.#link, stanza), carried, undefined);
    if (carried !== undefined || this.managed) this.#ask();
  }

  /** Writes a stanza that is not missed if it is lost with its connection: nothing of it is remembered, and nothing is asked. */
  mention(text: string): void {
    this.#outbox.pass();
    this.#link?.say(textOn(this.#link, text));
  }

  #write(text: string, carried: Carried | undefined, remembered: string | undefined): void {
    const isTracked = this.managed || carried !== undefined;
    if (!isTracked) this.#outbox.pass();
    if (!isTracked || this.#outbox.push(carried, remembered)) this.#link?.say(text);
    if (this.#outbox.overfull)
      this.#link?.close("slow_reader", "Too many stanzas were not acknowledged.");
  }

  /** So much waits for an acknowledgement that events should wait, too. */
  protected get full(): boolean {
    return this.#outbox.full;
  }

  /** Where the session goes on. */
  protected get position(): number {
    return this.#position;
  }

  /** An event was written that the session counts. */
  protected counted(): void {
    this.#position++;
    if (!this.#outbox.reached(this.#position)) this.session.acknowledge(this.#position);
  }

  /** Events before this position are not handed over: the store has told what was in them. */
  skipTo(position: number): void {
    this.#position = position;
  }

  /** Resolves when the client has acknowledged enough for more, or is gone. */
  async room(): Promise<void> {
    if (this.#outbox.waiting < paceMax || this.#link === undefined) return;
    this.#pace ??= new Pace(this.services.clock.monotonic());
    await this.#pace.wait();
  }

  #keepOn(): void {
    this.#pace?.release();
    this.#pace = undefined;
  }

  /** The client has handled so many stanzas. False if it never was sent so many. */
  acknowledged(handled: number): boolean {
    this.#answers = true;
    return this.#acknowledged(handled);
  }

  #acknowledged(handled: number): boolean {
    const settled = this.#outbox.acknowledge(handled);
    this.#asking?.answered();
    if (settled === undefined) return false;
    this.#settle(settled);
    const { waiting } = this.#outbox;
    if (this.#pace?.acknowledged(waiting, this.services.clock.monotonic()) === true)
      this.#pace = undefined;
    if (waiting > 0) this.#ask();
    return true;
  }

  #settle({ position, carried }: Settled): void {
    if (position !== undefined) this.session.acknowledge(position);
    for (const [conversation, seq] of carried) this.tell("delivered", { conversation, seq });
  }

  /** Asks whether the client is there. */
  probe(): void {
    this.#ask(true);
  }

  /**
   * The client was heard at this time, in monotonic milliseconds. RFC 6120 section 8.2.3 wants every question answered, and some libraries answer none: nothing waits
   * for these any more than for their sockets.
   */
  heard(atMs: number): void {
    if (this.managed || this.#answers !== undefined) return;
    const askedAtMs = this.#asking?.outstandingMs;
    if (askedAtMs === undefined || atMs - askedAtMs < answerMsMax) return;
    if (this.#link?.congested !== false) return;
    this.#answers = false;
    this.#asking?.answered();
    this.#ask(true);
  }

  /** Cuts the client if it is waited for and has acknowledged nothing for long, although its socket took everything. */
  cutIfStalled(): void {
    const nowMs = this.services.clock.monotonic();
    if (this.#link?.congested === true) this.#pace?.taking(nowMs);
    else if (this.#pace?.stalled(nowMs) === true)
      this.#link?.close("slow_reader", "Nothing was acknowledged for too long.");
  }

  /** Asks for an acknowledgement, now or when it is time to. */
  #ask(always = false): void {
    const { services } = this;
    const asking = (this.#asking ??= new Asking());
    const nowMs = services.clock.monotonic();
    const waitMs = always ? 0 : asking.nextMs(nowMs, this.#outbox.waiting);
    if (waitMs === undefined) return;
    if (waitMs > 0) {
      services.later(this, waitMs);
      return;
    }
    if (!this.managed && this.#answers === false && this.#outbox.waiting > 0)
      this.#believe(asking, nowMs);
    else this.#question(asking, nowMs);
  }

  #question(asking: Asking, nowMs: number): void {
    asking.asked(nowMs);
    if (this.managed) {
      this.#link?.say(`<r xmlns="${ns.sm}"/>`);
      return;
    }
    const { domain, full } = this.address;
    this.#outbox.pass();
    this.#link?.say(
      `${this.head("iq")} type="get" id="${probePrefix}${this.#outbox.count}" from="${domain}" to="${full}"><ping xmlns="${ns.ping}"/></iq>`,
    );
  }

  /** Of a client that answers nothing: what its socket has taken is with it, as it would be with any server that asks nothing. */
  #believe(asking: Asking, nowMs: number): void {
    if (this.#link?.congested === false) {
      asking.asked(nowMs);
      this.#acknowledged(this.#outbox.count);
    } else if (asking.putOff()) this.services.later(this, takenMs);
  }

  /** The time of a question that was put off. */
  due(): void {
    this.#asking?.due();
    if (this.#link !== undefined && this.#outbox.waiting > 0) this.#ask();
  }

  /** Where its session goes on when it comes back, having handled so many stanzas; undefined if that cannot be. Messages after it are replayed. */
  resumption(handled: number): { readonly position: number } | undefined {
    if (!this.resumable) return undefined;
    const settled = this.#outbox.acknowledge(handled);
    if (settled === undefined) return undefined;
    if (!this.#outbox.whole) {
      // It has these all the same, and does not need them again in another session.
      this.#settle(settled);
      return undefined;
    }
    this.#carried = settled.carried;
    return { position: settled.position ?? this.session.ring.start };
  }

  /** Its session has been taken up again at this position: says once more what is not in the session's ring. */
  resumed(position: number): void {
    this.#position = position;
    const texts = this.#outbox.takeTexts();
    if (this.#carried !== undefined) this.#settle({ position: undefined, carried: this.#carried });
    this.#carried = undefined;
    for (const text of texts) this.say(text);
  }
}
