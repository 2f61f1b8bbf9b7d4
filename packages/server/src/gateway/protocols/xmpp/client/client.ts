import type { CommandName, Params, Result, ServerFrame } from "@godwit/protocol";
import type { Outgoing } from "../../../../hub/outgoing.ts";
import type { Greeted } from "../../../../session/greeter.ts";
import type { Session } from "../../../../session/session.ts";
import type { TokenHolder } from "../../token-watch.ts";
import { errorAnswer, StanzaError } from "../errors.ts";
import { ns } from "../namespaces.ts";
import type { Element } from "../xml/element.ts";
import type { Address } from "./address.ts";
import { Calls } from "./calls.ts";
import { Inbox } from "./inbox.ts";
import type { Link } from "./link.ts";
import { Outward } from "./outward.ts";
import { Rate } from "./rate.ts";
import { Recollection } from "./recollection.ts";
import { Rooms } from "../muc/rooms.ts";
import type { Services } from "./services.ts";
import { Sight } from "./sight.ts";

/** Stanzas under way at once. Past the upper bound the client is not read any more, until the lower one. */
const openMax = 256;
const openLow = 128;

/** What becomes of what a client says, and of what it is told. */
export interface Manners {
  /** Carries a stanza out. The promise, if there is one, resolves when it is done. Throws or rejects with a StanzaError. `number` is its own in the session, the same if it comes again. */
  readonly route: (client: Client, stanza: Element, number: number) => Promise<void> | undefined;
  /** Says an event. */
  readonly show: (client: Client, outgoing: Outgoing) => void;
  /** Takes events up again at this position of the session. Never rejects. */
  readonly handOver: (client: Client, from: number) => Promise<void>;
}

/**
 * One XMPP client that has signed in and bound its resource: a device of a user. It outlives its stream where stream management is on (XEP-0198), just as its session
 * does, and is forgotten with that.
 */
export class Client extends Outward implements TokenHolder {
  /** Where short ids of its messages hold: the session's id, or that of the one that it could not resume. */
  readonly scope: string;
  readonly #manners: Manners;
  /** Only while answers are waited for: most clients are idle. */
  #calls: Calls | undefined;
  readonly #inbox = new Inbox();
  #recollection: Recollection | undefined;
  #rooms: Rooms | undefined;
  #rate: Rate | undefined;
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
  #sight: Sight | undefined;
  /** Everybody in the roster is watched. */
  watching = false;
  /** What it says of itself to the user's other devices, as the inside of a stanza; undefined while it is not there. */
  shows: string | undefined;
  /** How far conversations were handed over from the store, where that is needed, until the session lives. */
  caughtUp: Map<string, number> | undefined;
  #holding = false;
  tokenWatched = false;

  constructor(
    services: Services,
    address: Address,
    session: Session,
    manners: Manners,
    scope = session.id,
  ) {
    super(services, address, session);
    this.#manners = manners;
    this.scope = scope;
  }

  get tokenEndsAt(): number | undefined {
    return this.link === undefined ? undefined : this.session.tokenExpiresAt;
  }

  tokenEnded(): void {
    this.link?.close("token_expired");
  }

  /** Messages of this session by their ids; made on first use, since most sessions are idle. */
  get recollection(): Recollection {
    return (this.#recollection ??= new Recollection());
  }

  get rooms(): Rooms {
    return (this.#rooms ??= new Rooms());
  }

  get sight(): Sight {
    return (this.#sight ??= new Sight());
  }

  /** It is in rooms, or enters some. */
  get inRooms(): boolean {
    return this.#rooms !== undefined && this.#rooms.size + this.#rooms.entering.size > 0;
  }

  override attach(link: Link): void {
    super.attach(link);
    // What was under way on another stream is answered to nobody, and so never ends.
    this.#calls = undefined;
    this.#rooms?.interrupted();
    this.#sight?.interrupted();
  }

  override detach(link: Link): void {
    if (this.link !== link) return;
    super.detach(link);
    this.#holding = false;
    this.#calls = undefined;
    this.#inbox.rewind();
  }

  call<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    this.#calls ??= new Calls(this.services.dispatcher, this.session);
    return this.#calls.call(type, params);
  }

  /** Says somebody's presence, now or, while nobody looks (XEP-0352) or listens, once somebody does. */
  sayPresence(whose: string, text: string): void {
    if (this.link !== undefined && !this.inactive) this.say(text);
    else this.sight.hold(whose, text);
  }

  /** The client looks, or does not. */
  look(looks: boolean): void {
    this.inactive = !looks;
    if (looks) for (const text of this.#sight?.release() ?? []) this.say(text);
  }

  /** Takes a frame from the core: the answer to a command, or an event. */
  event(outgoing: Outgoing): void {
    const { frame } = outgoing;
    if (this.#answered(frame)) return;
    const counted =
      frame.type === "message" || frame.type === "receipt" || frame.type === "conversation";
    if (counted && this.full && this.#lag()) return;
    this.#manners.show(this, outgoing);
    if (counted) this.counted();
  }

  /** Stops the session from handing events over until the client has acknowledged more; its ring keeps them. False if they are handed over by somebody who waits by himself. */
  #lag(): boolean {
    const { session } = this;
    const { connection } = session;
    if (!session.live || connection === undefined) return false;
    session.live = false;
    void this.room().then(() =>
      session.connection === connection ? this.#manners.handOver(this, this.position) : undefined,
    );
    return true;
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
    this.link?.fail("reset", "Missed messages could not be replayed; sign in again.");
  }

  /** Takes a stanza. */
  stanza(stanza: Element): void {
    const number = this.#inbox.take();
    const { link, managed } = this;
    let later: Promise<void> | undefined;
    try {
      this.#limit();
      // Stream management counts anew: those from before are told apart.
      later = this.#manners.route(this, stanza, managed ? number : -number);
    } catch (error) {
      this.#refuse(stanza, error);
    }
    this.heard(this.services.clock.monotonic());
    if (later === undefined) this.#done(number);
    else {
      if (this.#inbox.open > openMax) this.#hold(true);
      // Of another stream its number may be another stanza's: the client says again what was not handled.
      const end = (error?: unknown) => {
        if (this.link !== link) return;
        if (error !== undefined) this.#refuse(stanza, error);
        // Begun before the counts of stream management, and none of them.
        if (this.managed === managed) this.#done(number);
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
    if (this.#rate.flooding) this.link?.close("flooding");
    throw new StanzaError("resource-constraint", `Too many stanzas; wait ${waitMs} ms.`);
  }

  #done(number: number): void {
    this.#inbox.done(number);
    if (this.#holding && this.#inbox.open < openLow) this.#hold(false);
    if (this.#inbox.answers()) this.acknowledge();
  }

  #hold(held: boolean): void {
    this.#holding = held;
    this.link?.hold(held);
  }

  #refuse(stanza: Element, error: unknown): void {
    if (!(error instanceof StanzaError))
      this.services.log.error({ error, stanza: stanza.name }, "a stanza failed");
    const answer = errorAnswer(stanza, error, this.address);
    if (answer !== undefined) this.say(answer);
  }

  override manage(resumable: boolean): void {
    super.manage(resumable);
    this.#inbox.restart();
    if (this.#holding) this.#hold(false);
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
    this.link?.say(`<a xmlns="${ns.sm}" h="${this.handled}"/>`);
  }

  override resumed(position: number): void {
    super.resumed(position);
    // XEP-0352 section 5.2: a stream that is taken up again is an active one.
    this.look(true);
  }
}
