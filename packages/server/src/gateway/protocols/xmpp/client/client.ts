import type { CommandName, Params, Result, ServerFrame } from "@godwit/protocol";
import type { Outgoing } from "../../../../hub/outgoing.ts";
import type { Greeted } from "../../../../session/greeter.ts";
import type { Session } from "../../../../session/session.ts";
import type { TokenHolder } from "../../token-watch.ts";
import { errorAnswer, StanzaError } from "../errors.ts";
import { ns } from "../namespaces.ts";
import type { Element } from "../xml/element.ts";
import type { Address } from "./address.ts";
import { Asking } from "./asking.ts";
import { Calls, give } from "./calls.ts";
import { Inbox } from "./inbox.ts";
import { headOn, textOn, type Link } from "./link.ts";
import { Outbox, type Carried, type Settled } from "./outbox.ts";
import { Pace, paceMax } from "./pace.ts";
import { probePrefix } from "./probe.ts";
import { Rate } from "./rate.ts";
import { Recollection } from "./recollection.ts";
import { Rooms } from "../muc/rooms.ts";
import type { Services } from "./services.ts";

/** Stanzas under way at once. Past the upper bound the client is not read any more, until the lower one. */
const openMax = 256;
const openLow = 128;
/** Stanzas beside messages that wait for an acknowledgement before one is asked for, and how long they do: a client that has gone quiet should not hold their texts. */
const unaskedMax = 16;
const unaskedMs = 5_000;

/** What becomes of what a client says, and of what it is told. */
export interface Manners {
  /** Carries a stanza out. The promise, if there is one, resolves when it is done. Throws or rejects with a StanzaError. `number` is its own in the session, the same if it comes again. */
  readonly route: (client: Client, stanza: Element, number: number) => Promise<void> | undefined;
  /** Says an event. */
  readonly show: (client: Client, outgoing: Outgoing) => void;
}

/**
 * One XMPP client that has signed in and bound its resource: a device of a user. It outlives its stream where stream management is on (XEP-0198), just as its session
 * does, and is forgotten with that.
 */
export class Client implements TokenHolder {
  readonly services: Services;
  readonly address: Address;
  readonly session: Session;
  /** Where short ids of its messages hold: the session's id, or that of the one that it could not resume. */
  readonly scope: string;
  readonly #manners: Manners;
  /** Only while answers are waited for: most clients are idle. */
  #calls: Calls | undefined;
  readonly #outbox = new Outbox();
  readonly #inbox = new Inbox();
  #recollection: Recollection | undefined;
  #rooms: Rooms | undefined;
  #rate: Rate | undefined;
  #pace: Pace | undefined;
  #link: Link | undefined;
  /** XEP-0198 is on; and the client may come back to this stream. */
  managed = false;
  resumable = false;
  /** XEP-0280, XEP-0352. */
  carbons = false;
  inactive = false;
  /** It has said that it is there: what was missed, which its session began with, has been handed over. */
  available = false;
  /** It has said so to everybody, and not only to a room. */
  present = false;
  greeted: Greeted | undefined;
  /** It has asked for the roster, and hears of changes (RFC 6121 section 2.1.6). */
  interested = false;
  /** Whose presence the client is told as that of a contact. */
  contacts: Set<string> | undefined;
  /** People who were met in this session, of whom the client has heard. */
  met: Set<string> | undefined;
  /** Presences that are held back while the client is inactive, by user; the newest of each. */
  held: Map<string, string> | undefined;
  /** How far conversations were handed over from the store, where that is needed, until the session lives. */
  caughtUp: Map<string, number> | undefined;
  /** Counted events that this session has written, as a native client counts them. */
  #position = 0;
  /** Made with the first question. */
  #asking: Asking | undefined;
  #holding = false;
  tokenWatched = false;
  /** What a resumption has settled, until the session is there to be told. */
  #carried: ReadonlyMap<string, number> | undefined;

  constructor(
    services: Services,
    address: Address,
    session: Session,
    manners: Manners,
    scope = session.id,
  ) {
    this.#manners = manners;
    this.scope = scope;
    this.services = services;
    this.address = address;
    this.session = session;
  }

  get link(): Link | undefined {
    return this.#link;
  }

  get tokenEndsAt(): number | undefined {
    return this.#link === undefined ? undefined : this.session.tokenExpiresAt;
  }

  tokenEnded(): void {
    this.#link?.close("token_expired");
  }

  /** Messages of this session by their ids; made on first use, since most sessions are idle. */
  get recollection(): Recollection {
    return (this.#recollection ??= new Recollection());
  }

  get rooms(): Rooms {
    return (this.#rooms ??= new Rooms());
  }

  get inRooms(): boolean {
    return (this.#rooms?.size ?? 0) > 0;
  }

  /** The stream that it speaks through from now. */
  attach(link: Link): void {
    this.#link = link;
  }

  detach(link: Link): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#asking?.answered();
    this.#holding = false;
    this.#calls = undefined;
    this.#inbox.rewind();
    this.#keepOn();
    // Without an answer in flight the next answers must not be taken for it.
    if (!this.managed) this.#outbox.restart();
  }

  call<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    this.#calls ??= new Calls(this.services.dispatcher, this.session);
    return this.#calls.call(type, params);
  }

  tell<C extends CommandName>(type: C, params: Params<C>): void {
    give(this.services.dispatcher, this.session, { type, ...params });
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

  #write(text: string, carried: Carried | undefined, remembered: string | undefined): void {
    if (this.#outbox.overfull) return this.#cut();
    if (this.managed || carried !== undefined) this.#outbox.push(carried, remembered);
    else this.#outbox.pass();
    this.#link?.say(text);
  }

  #cut(): void {
    this.#link?.close("slow_reader", "Too many stanzas were not acknowledged.");
  }

  head(name: string): string {
    return headOn(this.#link, name);
  }

  /** Takes a frame from the core: the answer to a command, or an event. */
  event(outgoing: Outgoing): void {
    const { frame } = outgoing;
    if (this.#answered(frame)) return;
    const counted =
      frame.type === "message" || frame.type === "receipt" || frame.type === "conversation";
    if (counted && this.#outbox.full && this.#lag()) return;
    this.#manners.show(this, outgoing);
    if (counted) this.#counted();
  }

  /** Resolves when the client has acknowledged enough for more, or is gone. */
  async room(): Promise<void> {
    if (this.#outbox.waiting < paceMax || this.#link === undefined) return;
    this.#pace ??= new Pace(this.services.clock.monotonic());
    await this.#pace.wait();
  }

  /** Stops the session from handing events over until the client has acknowledged more; its ring keeps them. False if they are handed over by somebody who waits by himself. */
  #lag(): boolean {
    const { session } = this;
    const { connection } = session;
    if (!session.live || connection === undefined) return false;
    session.live = false;
    const goOn = async () => {
      await this.room();
      if (session.connection === connection)
        await this.services.greeter.handOver({ session, from: this.#position }, connection);
    };
    goOn().catch((error: unknown) => this.services.log.error({ error }, "an XMPP replay failed"));
    return true;
  }

  #keepOn(): void {
    this.#pace?.release();
    this.#pace = undefined;
  }

  /** Takes a frame that answers a command; false if it is something else. */
  #answered(frame: ServerFrame): boolean {
    if (!("id" in frame) || frame.id === undefined) return frame.type === "error";
    this.#calls?.answered(frame.id, frame);
    if (this.#calls?.idle === true) this.#calls = undefined;
    return true;
  }

  reply(frame: ServerFrame): void {
    if (this.#answered(frame)) return;
    if (frame.type !== "sync_required") return;
    // XMPP has no word for it: a new session begins with what is missing.
    this.resumable = false;
    this.#link?.fail("reset", "Missed messages could not be replayed; sign in again.");
  }

  #counted(): void {
    this.#position++;
    if (!this.#outbox.reached(this.#position)) this.session.acknowledge(this.#position);
  }

  /** Takes a stanza. */
  stanza(stanza: Element): void {
    const number = this.#inbox.take();
    const link = this.#link;
    let later: Promise<void> | undefined;
    try {
      this.#limit();
      // Stream management counts anew: those from before are told apart.
      later = this.#manners.route(this, stanza, this.managed ? number : -number);
    } catch (error) {
      this.#refuse(stanza, error);
    }
    if (later === undefined) this.#done(number);
    else {
      if (this.#inbox.open > openMax) this.#hold(true);
      // Of another stream its number may be another stanza's: the client says again what was not handled.
      const end = (error?: unknown) => {
        if (this.#link !== link) return;
        if (error !== undefined) this.#refuse(stanza, error);
        this.#done(number);
      };
      later
        .then(() => end(), end)
        .catch((error: unknown) => this.services.log.error({ error }, "a stanza failed"));
    }
  }

  #limit(): void {
    const { config, clock } = this.services;
    this.#rate ??= new Rate();
    const waitMs = this.#rate.takeStanza(config, clock.monotonic());
    if (waitMs === 0) return;
    if (this.#rate.flooding) this.#link?.close("flooding");
    throw new StanzaError("resource-constraint", `Too many stanzas; wait ${waitMs} ms.`);
  }

  #done(number: number): void {
    this.#inbox.done(number);
    if (this.#holding && this.#inbox.open < openLow) this.#hold(false);
    if (this.#inbox.answers()) this.acknowledge();
  }

  #hold(held: boolean): void {
    this.#holding = held;
    this.#link?.hold(held);
  }

  #refuse(stanza: Element, error: unknown): void {
    if (!(error instanceof StanzaError))
      this.services.log.error({ error, stanza: stanza.name }, "a stanza failed");
    const answer = errorAnswer(stanza, error, this.address);
    if (answer !== undefined) this.say(answer);
  }

  /** The counts of XEP-0198 begin: stanzas from now on are counted in both directions. */
  manage(resumable: boolean): void {
    this.managed = true;
    this.resumable = resumable;
    this.#outbox.restart();
    this.#inbox.restart();
    this.#asking?.answered();
    this.#keepOn();
  }

  get handled(): number {
    return this.#inbox.handled >>> 0;
  }

  /** The client asks what is handled. It is told once everything that it had said by now is. */
  asked(): void {
    if (this.#inbox.asked()) this.acknowledge();
  }

  /** Tells the client what is handled. */
  acknowledge(): void {
    this.#link?.say(`<a xmlns="${ns.sm}" h="${this.handled}"/>`);
  }

  /** The client has handled so many stanzas. False if it never was sent so many. */
  acknowledged(handled: number): boolean {
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

  probe(): void {
    this.#ask(true);
  }

  /** Cuts the client if it is waited for and has acknowledged nothing for long. */
  cutIfStalled(): void {
    if (this.#pace?.stalled(this.services.clock.monotonic()) === true) this.#cut();
  }

  /** Events before this position are not handed over: the store has told what was in them. */
  skipTo(position: number): void {
    this.#position = position;
  }

  /** Where its session goes on when it comes back, having handled so many stanzas; undefined if that cannot be. Messages after it are replayed. */
  resumption(handled: number): { readonly position: number } | undefined {
    if (!this.resumable || !this.#outbox.whole) return undefined;
    const settled = this.#outbox.acknowledge(handled);
    if (settled === undefined) return undefined;
    const position = settled.position ?? this.session.ring.start;
    this.#carried = settled.carried;
    return { position };
  }

  /** Its session has been taken up again at this position: says once more what is not in the session's ring. */
  resumed(position: number): void {
    this.#position = position;
    const texts = this.#outbox.takeTexts();
    if (this.#carried !== undefined) this.#settle({ position: undefined, carried: this.#carried });
    this.#carried = undefined;
    for (const text of texts) this.say(text);
  }

  #settle({ position, carried }: Settled): void {
    if (position !== undefined) this.session.acknowledge(position);
    for (const [conversation, seq] of carried) this.tell("delivered", { conversation, seq });
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

  /** The time of a question that was put off. */
  due(): void {
    this.#asking?.due();
    if (this.#link !== undefined && this.#outbox.waiting > 0) this.#ask();
  }
}
