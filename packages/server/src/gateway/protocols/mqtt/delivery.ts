import type { ServerFrame } from "@godwit/protocol";
import { MessageEvent } from "../../../fanout/message.ts";
import type { Outgoing } from "../../../hub/outgoing.ts";
import { Aliases } from "./aliases.ts";
import { Backlog, type Waiting } from "./backlog.ts";
import { ExactlyOnce } from "./exactly-once.ts";
import type { Flight, Said } from "./outbound.ts";
import type { Route } from "./route.ts";
import { conversationTopic, route } from "./routing.ts";
import type { Deliverer, Link } from "./link.ts";
import { isOver, ofFrame, type Passing } from "./passing.ts";
import { Resends, sayingOf } from "./resends.ts";
import { Seal } from "./seal.ts";
import { say } from "./telling.ts";
import type { Qos } from "./wire/packets.ts";
import { acknowledgement, noAlias, publish } from "./wire/writer.ts";

/** Events that wait here; of more the session's ring is read again when there is room. */
const backlogMax = 256;
/** QoS 1 and 2 packets under way to one client, whatever it would take. */
const windowMax = 256;
/** What waits here and is no event: a client's own messages, which come back to it faster than it acknowledges them. Past this it is cut off, as other slow readers are. */
const extraBytesMax = 4_194_304;

/** The way of events to one connected client: by its subscriptions, through its window, in order. */
export class Delivery implements Deliverer {
  readonly #link: Link;
  readonly #window: number;
  /** Undefined while nothing waits: most clients are idle. */
  #backlog: Backlog | undefined;
  /** Position of the next event that comes. */
  #at: number;
  /** Events go no further than the backlog: a catch-up comes first. */
  #held = false;
  /** The session has stopped handing events over, because the backlog is full. */
  #lagging = false;
  /** What was under way before, until it has gone out again and is through. */
  #resends: Resends | undefined;
  /** Of a client that takes aliases. */
  readonly #aliases: Aliases | undefined;
  #lastRoute: Route | undefined;
  #rooms: (() => void)[] | undefined;
  /** Of a session that has got something at QoS 2. */
  #sealOrNone: Seal | undefined;
  #awaitingSocket = false;

  /** `at` is the position of the first event that comes. */
  constructor(link: Link, at: number) {
    this.#link = link;
    this.#at = at;
    const { receiveMax, topicAliasMax } = link.terms;
    this.#window = Math.min(windowMax, receiveMax);
    this.#aliases = topicAliasMax > 0 ? new Aliases(topicAliasMax) : undefined;
  }

  /** Nothing more should be handed over for now. */
  get full(): boolean {
    return this.#isBehind || this.#link.full;
  }

  /** Events that come are more than can go out. While what goes out again waits for some, others must not keep them away. */
  get #isBehind(): boolean {
    if (this.#resends?.hasBrought === true) return true;
    return this.#backlog !== undefined && this.#resends?.awaitsEvents !== true;
  }

  get live(): boolean {
    return !this.#held && !this.#lagging;
  }

  /**
   * Goes on where an earlier connection of the session has ended (MQTT 5.0 section 4.4): releases go out at once, and what was published goes again, in its order, as far
   * as the client takes it.
   */
  begin(): void {
    const flights = this.#link.session.outbound?.all() ?? [];
    if (flights.length === 0) return;
    this.#resends = new Resends(flights);
    for (const flight of flights) if (flight.received) this.#release(flight);
    this.#work();
  }

  /** Whether something is to go out again that no event brings and whose message has to be read. */
  get hasUnread(): boolean {
    return this.#resends?.hasUnread === true;
  }

  /** The next one of those, when its turn has come; undefined if there is none, or the connection has ended. */
  async unread(): Promise<Flight | undefined> {
    while (!this.#link.over && this.hasUnread) {
      const next = this.#resends?.nextUnread;
      if (next !== undefined && this.#hasRoomAgain()) return next;
      await this.#wait();
    }
    return undefined;
  }

  /** Its message has been read; of one that cannot be read any more only the packet identifier is left to be released. */
  again(flight: Flight, passing: Passing | undefined): void {
    if (passing === undefined) this.#giveUp(flight);
    else this.#resends?.bring(flight, passing);
    this.#work();
  }

  /** PUBREC: the client has the message, and is told that its packet identifier is free. */
  released(flight: Flight): void {
    this.received(flight);
    this.#release(flight);
  }

  /** The catch-up is through. */
  release(): void {
    this.#held = false;
    this.#advance();
    this.#work();
  }

  /** Holds events back while a catch-up runs. */
  hold(): void {
    this.#held = true;
  }

  /** Counting goes on from here: the events before are lost. */
  skipTo(position: number): void {
    this.#at = position;
    this.#resends?.loseEvents(position);
  }

  /** A counted message event of the session. */
  event(outgoing: Outgoing): void {
    const passing =
      outgoing instanceof MessageEvent
        ? this.#link.shared.renderer.passing(outgoing)
        : ofFrame(outgoing);
    const position = this.#at;
    if (position < this.#link.session.handedTo) return this.#comesAgain(passing);
    if (this.#backlog !== undefined && this.#backlog.length >= backlogMax && this.#lag()) return;
    this.#at++;
    this.#take({ passing, position, route: undefined, retain: false, isMissed: true });
  }

  /** An event that was looked at before: what of it is not under way was acknowledged, or was none of this client's. */
  #comesAgain(passing: Passing): void {
    const position = this.#at++;
    this.#resends?.bringEvent(position, passing);
    this.#passed(position, passing.id);
    if (this.#resends !== undefined) this.#work();
  }

  /** Another counted event of the session, which is told at QoS 0 at most. */
  told(frame: ServerFrame): void {
    const position = this.#at++;
    if (frame.type === "receipt" && "delivered" in frame && "user" in frame) {
      const { conversation, user, delivered, read } = frame;
      say(this.#link, `${conversationTopic(conversation)}/receipts`, { user, delivered, read });
    }
    if (this.#backlog === undefined) this.#passed(position);
  }

  extra(
    passing: Passing,
    { as, retain = false }: { readonly as: Route; readonly retain?: boolean },
  ): void {
    const waiting = { passing, position: -1, route: as, retain, isMissed: false };
    // While events are held, this goes past them, in its own order.
    if (!this.#held || this.#backlog?.hasExtras || !this.#out(waiting)) this.#take(waiting);
    if ((this.#backlog?.extraBytes ?? 0) > extraBytesMax) this.#link.close("slow_reader");
  }

  async missed(passing: Passing, as: Route): Promise<void> {
    const waiting = { passing, position: -1, route: as, retain: false, isMissed: true };
    do await this.room();
    while (!this.#link.over && !this.#out(waiting));
  }

  async room(): Promise<void> {
    while (!this.#link.over && !this.#hasRoom()) await this.#wait();
  }

  /** Resolves when no event waits any more that need not, or the connection has ended. */
  async drained(): Promise<void> {
    while (!this.#link.over && this.#isBehind) await this.#wait();
  }

  /** PUBACK: the client has the message, and its packet identifier is free. */
  taken(flight: Flight): void {
    this.acknowledged(flight);
    this.#noteReceived(flight);
  }

  /** PUBREC: the client has the message. */
  received(flight: Flight): void {
    this.#resends?.received(flight);
    flight.received = true;
    flight.position = -1;
    flight.id = 0;
    this.#advance();
    this.#noteReceived(flight);
  }

  #noteReceived({ conversation, seq }: Flight): void {
    const { session, shared } = this.#link;
    if (seq > 0) shared.registry.received(session, conversation, seq);
  }

  /** PUBCOMP, or whatever else ends it: the packet identifier is free. */
  acknowledged(flight: Flight): void {
    this.#link.session.outbound?.end(flight);
    this.#resends?.ended(flight);
    if (this.#resends?.uncounted === 0) this.#resends = undefined;
    this.#advance();
    this.#work();
  }

  /** To be called when the socket takes more, and when the connection has ended. */
  wake(): void {
    if (!this.#link.over) this.#work();
    for (const resolve of this.#rooms?.splice(0) ?? []) resolve();
  }

  #wait(): Promise<void> {
    if (this.#link.full) this.#awaitSocket();
    return new Promise((resolve) => (this.#rooms ??= []).push(resolve));
  }

  /** For something new. */
  #hasRoom(): boolean {
    const size = this.#link.session.outbound?.size ?? 0;
    return size < windowMax && this.#resends?.isWaiting !== true && this.#hasRoomAgain();
  }

  /** For one of those that go out again too. */
  #hasRoomAgain(): boolean {
    const size = this.#link.session.outbound?.size ?? 0;
    return size - (this.#resends?.uncounted ?? 0) < this.#window && !this.#link.full;
  }

  #take(waiting: Waiting): void {
    if (this.#backlog !== undefined || this.#held || !this.#out(waiting))
      (this.#backlog ??= new Backlog()).push(waiting);
    if (this.#link.full) this.#awaitSocket();
  }

  /** Goes on with what waits, as far as there is room: what was under way before, then a catch-up, then the backlog. */
  #work(): void {
    this.#resend();
    this.#sendBacklog();
    if (this.#hasRoomAgain()) for (const resolve of this.#rooms?.splice(0) ?? []) resolve();
    else if (this.#link.full) this.#awaitSocket();
  }

  #resend(): void {
    while (this.#hasRoomAgain()) {
      const next = this.#resends?.next;
      const passing = next?.again?.passing ?? (next && this.#resends?.brought(next));
      if (next === undefined || passing === undefined) return;
      this.#resends?.sent(next);
      this.#repeat(next, next.again ?? sayingOf(this.#link, passing));
    }
  }

  #sendBacklog(): void {
    const sent = this.#backlog?.send((waiting) => this.#out(waiting), this.#held) ?? 0;
    if (this.#backlog?.length === 0) this.#backlog = undefined;
    if (sent > 0) this.#advance();
    if (this.#backlog === undefined && this.#lagging) this.#catchUpWithRing();
  }

  #awaitSocket(): void {
    if (this.#awaitingSocket) return;
    this.#awaitingSocket = true;
    this.#link
      .drainedSocket()
      .then(() => {
        this.#awaitingSocket = false;
        this.wake();
      })
      .catch((error: unknown) => {
        this.#link.shared.log.error({ error }, "MQTT delivery failed");
        this.#link.close("internal");
      });
  }

  /** Stops the session from handing events over. False if a replay hands them over: it waits by itself. */
  #lag(): boolean {
    const own = this.#link.session.own;
    if (own?.live !== true) return false;
    own.live = false;
    this.#lagging = true;
    return true;
  }

  #catchUpWithRing(): void {
    this.#lagging = false;
    this.#link.replay(this.#at);
  }

  /** Sends one message, or finds that it is none for this client. False if it has to wait. */
  #out(waiting: Waiting): boolean {
    const { passing, position, retain } = waiting;
    const { session, shared } = this.#link;
    if (position >= 0 && this.#isPast(passing)) return this.#passed(position, passing.id);
    const way = waiting.route ?? route(shared, session, passing, this.#lastRoute);
    if (way === undefined) return this.#passed(position, passing.id);
    this.#lastRoute = way;
    const qos = Math.min(way.match.qos, way.qosMax) as Qos;
    if (qos > 0 && !this.#hasRoom()) return false;
    const flag = retain || (way.retained && way.match.retainAsPublished);
    this.#publish(waiting, way, qos, flag);
    return this.#passed(position, passing.id);
  }

  /** It is on its way, or none of this client's: what lies before it may be forgotten, as far as it is acknowledged. */
  #passed(position: number, id = 0): true {
    const { session } = this.#link;
    if (position >= session.handedTo) session.handedTo = position + 1;
    if (position >= 0 && id > session.newestId) session.newestId = id;
    this.#advance();
    return true;
  }

  #publish({ passing, position, isMissed }: Waiting, way: Route, qos: Qos, retain: boolean): void {
    const { session, shared, terms } = this.#link;
    // At QoS 0 a message that the socket does not take now is not sent.
    if (qos === 0 && this.#link.full) return;
    const body = shared.renderer.body(passing, way.topic, way.form, terms.version);
    const packetId = qos === 0 ? 0 : session.underWay.nextId();
    const { subscriptionIds } = way.match;
    const { version } = terms;
    // QoS 0 does not wait behind the seal, and may overtake the packet that tells an alias.
    const aliases = qos === 0 && this.#sealOrNone?.isClosed === true ? undefined : this.#aliases;
    const alias = aliases?.of(way.topic) ?? noAlias;
    const head = { version, qos, dup: false, retain, packetId, alias, subscriptionIds };
    const packet = publish(body, head);
    // MQTT 5.0 section 3.1.2.11.4: what is too large for the client is dropped as if it had been delivered.
    if (packet.length > terms.packetBytesMax) return;
    this.#aliases?.told(way.topic, alias);
    if (qos === 0) return this.#link.send(packet);
    const flight = {
      packetId,
      qos,
      position,
      conversation: passing.conversation,
      seq: passing.seq,
      id: isMissed ? passing.id : 0,
      received: false,
      again: position < 0 ? { passing, way, retain } : undefined,
    };
    session.underWay.add(flight);
    if (qos === 2 && session.persistent) session.exactlyOnce ??= new ExactlyOnce();
    if (isMissed) session.exactlyOnce?.sent(flight.conversation, flight.seq, flight.id);
    this.#sealed(flight, packet);
  }

  /** PUBREL: the packet identifier may be used for another message. */
  #release(flight: Flight): void {
    this.#sealed(flight, acknowledgement("pubrel", flight.packetId));
  }

  /** Sends what is said of a flight: of QoS 2 once it is durable, and of QoS 1 behind that. */
  #sealed({ qos }: Flight, packet: Uint8Array): void {
    const isNews = qos === 2 && this.#link.session.persistent;
    if (isNews) this.#sealOrNone ??= new Seal(this.#link);
    if (this.#sealOrNone === undefined) this.#link.send(packet);
    else this.#sealOrNone.send(packet, isNews);
  }

  /** The same packet identifier again, with DUP. */
  #repeat(flight: Flight, { passing, way, retain }: Said): void {
    const { shared, terms } = this.#link;
    const { version } = terms;
    const { qos, packetId } = flight;
    const { subscriptionIds } = way.match;
    const body = shared.renderer.body(passing, way.topic, way.form, version);
    const head = { version, qos, retain, packetId, subscriptionIds, dup: true, alias: noAlias };
    const packet = publish(body, head);
    if (packet.length > terms.packetBytesMax) this.#giveUp(flight);
    else this.#sealed(flight, packet);
  }

  /** What cannot be said again: the client may have it, and is told that its packet identifier is free. */
  #giveUp(flight: Flight): void {
    if (this.#link.session.outbound?.get(flight.packetId) !== flight) return;
    if (flight.qos === 2) this.released(flight);
    else this.acknowledged(flight);
  }

  /** A catch-up has brought it already, or it has expired. */
  #isPast(passing: Passing): boolean {
    const past = this.#link.session.catchUp?.upTo.get(passing.conversation);
    return (past !== undefined && passing.seq <= past) || isOver(passing, this.#link.shared.clock);
  }

  /** Lets the session forget the events that are through. */
  #advance(): void {
    const { outbound, own } = this.#link.session;
    const waiting = this.#backlog?.position;
    own?.acknowledge(Math.min(outbound?.oldest()?.position ?? this.#at, waiting ?? this.#at));
  }
}
