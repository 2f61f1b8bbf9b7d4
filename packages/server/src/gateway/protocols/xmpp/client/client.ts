import type { CommandName, Params, Result, ServerFrame } from "@godwit/protocol";
import type { Outgoing } from "../../../../hub/outgoing.ts";
import { Bucket } from "../../../../lib/bucket.ts";
import type { Greeted } from "../../../../session/greeter.ts";
import type { Session } from "../../../../session/session.ts";
import type { TokenHolder } from "../../token-watch.ts";
import { errorElement, StanzaError } from "../errors.ts";
import { ns } from "../namespaces.ts";
import { el, serialize, type Element } from "../xml/element.ts";
import type { Address } from "./address.ts";
import { Calls } from "./calls.ts";
import { Inbox } from "./inbox.ts";
import type { Link } from "./link.ts";
import { Outbox, type Carried, type Settled } from "./outbox.ts";
import { probePrefix } from "./probe.ts";
import { Recollection } from "./recollection.ts";
import { Rooms } from "../muc/rooms.ts";
import type { Services } from "./services.ts";

/** Stanzas under way at once. Past the upper bound the client is not read any more, until the lower one. */
const openMax = 256;
const openLow = 128;
/** Questions of a client that wait for their answer. */
const owedMax = 64;
/** Shortest time between two questions for an acknowledgement, unless so many stanzas wait for one. */
const askMs = 1_000;
const askAtOnce = 64;
/** Stanzas beside messages that wait for an acknowledgement before one is asked for. */
const unaskedMax = 16;
/** More stanzas refused for their rate than accepted, after which the stream ends. */
const throttledMax = 1_000;

/** A stanza that has its namespace; further in it may be what somebody said. */
const placed = new RegExp(`^<\\w+ xmlns="${ns.client}"`);

/** What becomes of what a client says, and of what it is told. */
export interface Manners {
  /** Carries a stanza out. The promise, if there is one, resolves when it is done. Throws or rejects with a StanzaError. */
  readonly route: (client: Client, stanza: Element) => Promise<void> | undefined;
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
  readonly #manners: Manners;
  readonly #calls: Calls;
  readonly #outbox = new Outbox();
  readonly #inbox = new Inbox();
  #recollection: Recollection | undefined;
  #rooms: Rooms | undefined;
  #bucket: Bucket | undefined;
  #throttled = 0;
  #link: Link | undefined;
  /** XEP-0198 is on; and the client may come back to this stream. */
  managed = false;
  resumable = false;
  /** XEP-0280, XEP-0352. */
  carbons = false;
  inactive = false;
  /** It has said that it is there: what was missed has been handed over. */
  available = false;
  /** What its session began with, until it is handed over. */
  greeted: Greeted | undefined;
  /** Whose presence the client is told as that of a contact. */
  contacts: Set<string> | undefined;
  /** Presences that are held back while the client is inactive, by user; the newest of each. */
  held: Map<string, string> | undefined;
  /** Conversations with what was handed over from the store, until the session lives. */
  caughtUp: ReadonlyMap<string, number> | undefined;
  /** Counted events that this session has written, as a native client counts them. */
  #position = 0;
  /** An acknowledgement was asked for when so many stanzas were sent. */
  #askedAt: number | undefined;
  /** When, by the monotonic clock; and whether the next question waits for its time. */
  #askedMs = Number.NEGATIVE_INFINITY;
  #askingLater = false;
  /** Numbers of stanzas of which the client waits to hear that they are handled, ascending. */
  #owed: number[] | undefined;
  #holding = false;
  tokenWatched = false;
  /** What a resumption has settled, until the session is there to be told. */
  #carried: ReadonlyMap<string, number> | undefined;

  constructor(services: Services, address: Address, session: Session, manners: Manners) {
    this.#manners = manners;
    this.services = services;
    this.address = address;
    this.session = session;
    this.#calls = new Calls(services.dispatcher, session);
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

  /** The rooms that this client is in. */
  get rooms(): Rooms {
    return (this.#rooms ??= new Rooms());
  }

  get inRooms(): boolean {
    return this.#rooms !== undefined && this.#rooms.size > 0;
  }

  /** The stream that it speaks through from now. */
  attach(link: Link): void {
    this.#link = link;
  }

  /** Its stream is gone. */
  detach(link: Link): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#askedAt = undefined;
    this.#owed = undefined;
    this.#holding = false;
    this.#calls.abandon();
    this.#inbox.rewind();
    // Without an answer in flight the next answers must not be taken for it.
    if (!this.managed) this.#outbox.restart();
  }

  call<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    return this.#calls.call(type, params);
  }

  tell<C extends CommandName>(type: C, params: Params<C>): void {
    this.#calls.tell(type, params);
  }

  /** Writes a stanza that is remembered until it is acknowledged; `carried` is the message in it, if it is somebody else's. */
  say(stanza: string | Element, carried?: Carried): void {
    if (this.#outbox.overfull) return this.#cut();
    const text = this.#text(stanza);
    if (this.managed) this.#outbox.push(carried, text);
    else if (carried !== undefined) this.#outbox.push(carried, undefined);
    else this.#outbox.pass();
    this.#link?.say(text);
    if (carried !== undefined || this.#outbox.waiting >= unaskedMax) this.#ask();
  }

  /** Writes a stanza for an event that the session itself remembers; `carried` is the message in it, if it is somebody else's. */
  sayEvent(stanza: string | Element, carried?: Carried): void {
    const text = this.#text(stanza);
    if (this.#outbox.full) return this.#cut();
    if (carried === undefined && !this.managed) this.#outbox.pass();
    else this.#outbox.push(carried, undefined);
    this.#link?.say(text);
    if (carried !== undefined || this.managed) this.#ask();
  }

  #cut(): void {
    this.#link?.close("slow_reader", "Too many stanzas were not acknowledged.");
  }

  /** The start of a stanza's text, with the namespace that it needs on this stream. */
  head(name: string): string {
    return this.#link?.inherited === ns.client ? `<${name}` : `<${name} xmlns="${ns.client}"`;
  }

  /** Takes a frame from the core: the answer to a command, or an event. */
  event(outgoing: Outgoing): void {
    const { frame } = outgoing;
    if (this.#calls.answered(frame)) return;
    this.#manners.show(this, outgoing);
    if (frame.type === "message" || frame.type === "receipt" || frame.type === "conversation")
      this.#counted();
  }

  reply(frame: ServerFrame): void {
    if (this.#calls.answered(frame)) return;
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
    let later: Promise<void> | undefined;
    try {
      this.#limit();
      later = this.#manners.route(this, stanza);
    } catch (error) {
      this.#refuse(stanza, error);
    }
    if (later === undefined) this.#done(number);
    else {
      if (this.#inbox.open > openMax) this.#hold(true);
      later
        .catch((error: unknown) => this.#refuse(stanza, error))
        .finally(() => this.#done(number))
        .catch((error: unknown) => this.services.log.error({ error }, "a stanza failed"));
    }
  }

  #limit(): void {
    const { config, clock } = this.services;
    const bucket = (this.#bucket ??= new Bucket(Number.POSITIVE_INFINITY, 0));
    const { commandsPerSecondMax, commandsBurst } = config;
    const waitMs = bucket.take(commandsPerSecondMax, commandsBurst, clock.monotonic());
    if (waitMs === 0) {
      if (this.#throttled > 0) this.#throttled--;
      return;
    }
    if (++this.#throttled > throttledMax) this.#link?.close("flooding");
    throw new StanzaError("resource-constraint", `Too many stanzas; wait ${waitMs} ms.`);
  }

  #done(number: number): void {
    this.#inbox.done(number);
    if (this.#holding && this.#inbox.open < openLow) this.#hold(false);
    if ((this.#owed?.[0] ?? Number.POSITIVE_INFINITY) <= this.#inbox.handled) this.#acknowledge();
  }

  #hold(held: boolean): void {
    this.#holding = held;
    this.#link?.hold(held);
  }

  #refuse(stanza: Element, error: unknown): void {
    if (!(error instanceof StanzaError))
      this.services.log.error({ error, stanza: stanza.name }, "a stanza failed");
    const { type, id, to } = stanza.attrs;
    // RFC 6120 section 8.3.1: nobody answers an error, or an answer, with an error.
    if (type === "error" || (stanza.name === "iq" && type === "result")) return;
    const known =
      error instanceof StanzaError
        ? error
        : new StanzaError("internal-server-error", "The server failed on this stanza.");
    const attrs = { type: "error", id, from: to ?? this.address.bare, to: this.address.full };
    this.say(el(stanza.name, ns.client, attrs, errorElement(known)));
  }

  /** The counts of XEP-0198 begin: stanzas from now on are counted in both directions. */
  manage(resumable: boolean): void {
    this.managed = true;
    this.resumable = resumable;
    this.#outbox.restart();
    this.#inbox.restart();
    this.#askedAt = undefined;
  }

  /** Stanzas of the client that are done. */
  get handled(): number {
    return this.#inbox.handled >>> 0;
  }

  /** The client asks what is handled. It is told once everything that it had said by now is. Of too many questions the newest are answered together. */
  asked(): void {
    const { received, handled } = this.#inbox;
    if (handled >= received) {
      this.#acknowledge();
      return;
    }
    this.#owed ??= [];
    if (this.#owed.length >= owedMax) this.#owed.pop();
    this.#owed.push(received);
  }

  #acknowledge(): void {
    const later = this.#owed?.filter((number) => number > this.#inbox.handled);
    this.#owed = later?.length === 0 ? undefined : later;
    this.#link?.say(`<a xmlns="${ns.sm}" h="${this.handled}"/>`);
  }

  /** The client has handled so many stanzas. False if it never was sent so many. */
  acknowledged(handled: number): boolean {
    const settled = this.#outbox.acknowledge(handled);
    this.#askedAt = undefined;
    if (settled === undefined) return false;
    this.#settle(settled);
    if (this.#outbox.waiting > 0) this.#ask();
    return true;
  }

  /** The answer to the probe with this number: without stream management, stanzas are known to have come when a later one is answered (RFC 6120 section 10.1: in order). */
  probed(count: number): void {
    if (!this.managed && Number.isInteger(count)) this.acknowledged(count);
  }

  /** Asks the client whether it is still there. */
  probe(): void {
    this.#ask(true);
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

  /** Asks for an acknowledgement, but not again and again: one question is for everything that went before. */
  #ask(always = false): void {
    if ((this.#askedAt !== undefined || this.#askingLater) && !always) return;
    const { services } = this;
    const nowMs = services.clock.monotonic();
    const leftMs = this.#askedMs + askMs - nowMs;
    if (leftMs > 0 && !always && this.#outbox.waiting < askAtOnce) {
      this.#askingLater = true;
      services.later(this, leftMs);
      return;
    }
    this.#askedMs = nowMs;
    if (this.managed) {
      this.#askedAt = this.#outbox.count;
      this.#link?.say(`<r xmlns="${ns.sm}"/>`);
      return;
    }
    const { domain, full } = this.address;
    this.#outbox.pass();
    this.#askedAt = this.#outbox.count;
    this.#link?.say(
      `${this.head("iq")} type="get" id="${probePrefix}${this.#askedAt}" from="${domain}" to="${full}"><ping xmlns="${ns.ping}"/></iq>`,
    );
  }

  /** The time of a question that was put off. */
  due(): void {
    this.#askingLater = false;
    if (this.#link !== undefined && this.#outbox.waiting > 0) this.#ask();
  }

  #text(stanza: string | Element): string {
    if (typeof stanza !== "string") return serialize(stanza, this.#link?.inherited ?? ns.client);
    // Said first on a transport where the namespace goes without saying.
    const bare = this.#link?.inherited === "" && !placed.test(stanza);
    return bare ? stanza.replace(/^<\w+/, `$& xmlns="${ns.client}"`) : stanza;
  }
}
