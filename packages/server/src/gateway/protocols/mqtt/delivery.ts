import type { ServerFrame } from "@godwit/protocol";
import { MessageEvent } from "../../../fanout/message.ts";
import type { Outgoing } from "../../../hub/outgoing.ts";
import { Aliases } from "./aliases.ts";
import { ExactlyOnce } from "./exactly-once.ts";
import type { Flight } from "./outbound.ts";
import { userTopic } from "./own-topic.ts";
import { conversationTopic, route, type Route } from "./routing.ts";
import type { Deliverer, Link } from "./link.ts";
import { isExpired, ofFrame, type Passing } from "./passing.ts";
import { Seal } from "./seal.ts";
import type { Qos } from "./wire/packets.ts";
import {
  acknowledgement,
  encodePropertyList,
  noAlias,
  piece,
  publish,
  type PublishBody,
} from "./wire/writer.ts";

/** Something that waits for room in the client's window. */
interface Waiting {
  readonly passing: Passing;
  /** Of the event in the session; -1: no event. */
  readonly position: number;
  /** Given where it does not follow from the subscriptions of now. */
  readonly route: Route | undefined;
  readonly retain: boolean;
  /** Whether the session is behind until the client has it. */
  readonly isMissed: boolean;
}

/** Events that wait here; of more the session's ring is read again when there is room. */
const backlogMax = 256;
/** QoS 1 and 2 packets under way to one client, whatever it would take. */
const windowMax = 256;

/** The way of events to one connected client: by its subscriptions, through its window, in order. */
export class Delivery implements Deliverer {
  readonly #link: Link;
  readonly #window: number;
  /** Undefined while nothing waits: most clients are idle. */
  #backlog: Waiting[] | undefined;
  /** Position of the next event that comes. */
  #at: number;
  /** Events go no further than the backlog: a catch-up comes first. */
  #held = false;
  /** The session has stopped handing events over, because the backlog is full. */
  #lagging = false;
  /** What was under way before, by position, until the events come again. */
  #again: Map<number, Flight> | undefined;
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
    return this.#backlog !== undefined || this.#link.full;
  }

  get live(): boolean {
    return !this.#held && !this.#lagging;
  }

  /**
   * Goes on where an earlier connection of the session has ended. What was under way and is no event goes out again at once (MQTT 5.0 section 4.4), events under their packet identifiers when
   * the session brings them again.
   */
  begin(): void {
    const flights = this.#link.session.outbound?.all() ?? [];
    const unread = this.unread();
    for (const flight of flights)
      if (flight.position >= 0)
        (this.#again ??= new Map<number, Flight>()).set(flight.position, flight);
      else if (!unread.includes(flight)) this.again(flight, undefined);
  }

  /** What is under way and no event brings again, from the first on whose message has to be read: none may overtake it. */
  unread(): readonly Flight[] {
    const flights = this.#link.session.outbound?.all() ?? [];
    const first = flights.findIndex(mustBeRead);
    return first < 0 ? [] : flights.slice(first).filter(({ position }) => position < 0);
  }

  /** Sends what is under way again, with its message if that had to be read; of one that cannot be read any more only the packet identifier is left to be released. */
  again(flight: Flight, passing: Passing | undefined): void {
    if (this.#link.session.outbound?.get(flight.packetId) !== flight) return;
    if (flight.received) this.#release(flight);
    else if (flight.again !== undefined) this.#sealed(flight, flight.again);
    else if (passing !== undefined) this.#repeat(flight, passing);
    else if (flight.qos === 2) this.released(flight);
    else this.acknowledged(flight);
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
  }

  /** A counted message event of the session. */
  event(outgoing: Outgoing): void {
    const passing =
      outgoing instanceof MessageEvent
        ? this.#link.shared.renderer.passing(outgoing)
        : ofFrame(outgoing);
    const position = this.#at;
    if (this.#backlog !== undefined && this.#backlog.length >= backlogMax && this.#lag()) return;
    this.#at++;
    this.#take({ passing, position, route: undefined, retain: false, isMissed: true });
  }

  /** Another counted event of the session, which is told at QoS 0 at most. */
  told(frame: ServerFrame): void {
    const position = this.#at++;
    if (frame.type === "receipt" && "delivered" in frame && "user" in frame) {
      const { conversation, user, delivered, read } = frame;
      this.say(`${conversationTopic(conversation)}/receipts`, { user, delivered, read });
    }
    if (this.#backlog === undefined) this.#passed(position);
  }

  /** Tells something that is no message, as JSON or plain text, to whom it may concern: QoS 0, dropped while the socket is full. */
  say(topic: string, value: object | string, retain = false): void {
    const { session, terms } = this.#link;
    const match = session.subscriptions.match(topic, () => true);
    if (match === undefined || this.#link.full) return;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const body: PublishBody = {
      topic: piece(topic),
      properties: terms.version === 5 ? encodePropertyList({ payloadFormat: 1 }) : Buffer.alloc(0),
      payload: piece(text),
    };
    const { subscriptionIds } = match;
    this.#link.send(
      publish(body, {
        version: terms.version,
        qos: 0,
        dup: false,
        retain,
        packetId: 0,
        alias: noAlias,
        subscriptionIds,
      }),
    );
  }

  presence(user: string, status: string, retain = false): void {
    this.say(`${userTopic(user)}/presence`, status, retain);
  }

  extra(
    passing: Passing,
    {
      as,
      retain = false,
      isMissed = false,
    }: { readonly as: Route; readonly retain?: boolean; readonly isMissed?: boolean },
  ): void {
    const waiting = { passing, position: -1, route: as, retain, isMissed };
    // A catch-up comes before the events that wait.
    if (!this.#held || !this.#out(waiting)) this.#take(waiting);
  }

  async room(): Promise<void> {
    while (!this.#link.over && !this.#hasRoom()) await this.#wait();
  }

  /** Resolves when no event waits any more, or the connection has ended. */
  async drained(): Promise<void> {
    while (!this.#link.over && this.#backlog !== undefined) await this.#wait();
  }

  /** PUBACK: the client has the message, and its packet identifier is free. */
  taken(flight: Flight): void {
    this.acknowledged(flight);
    this.#noteReceived(flight);
  }

  /** PUBREC: the client has the message. */
  received(flight: Flight): void {
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
    this.#advance();
    this.#work();
  }

  /** To be called when the socket takes more, and when the connection has ended. */
  wake(): void {
    if (!this.#link.over) this.#work();
    for (const resolve of this.#rooms?.splice(0) ?? []) resolve();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => (this.#rooms ??= []).push(resolve));
  }

  #hasRoom(): boolean {
    return (this.#link.session.outbound?.size ?? 0) < this.#window && !this.#link.full;
  }

  #take(waiting: Waiting): void {
    if (this.#backlog !== undefined) this.#backlog.push(waiting);
    else if (this.#held || !this.#out(waiting)) this.#backlog = [waiting];
    if (this.#link.full) this.#awaitSocket();
  }

  /** Goes on with what waits, as far as there is room: a catch-up first, then the backlog. */
  #work(): void {
    if (!this.#held) this.#sendBacklog();
    if (this.#hasRoom()) for (const resolve of this.#rooms?.splice(0) ?? []) resolve();
    else if (this.#link.full) this.#awaitSocket();
  }

  #sendBacklog(): void {
    const waiting = this.#backlog ?? [];
    let sent = 0;
    while (sent < waiting.length && this.#out(waiting[sent] as Waiting)) sent++;
    if (sent === waiting.length) this.#backlog = undefined;
    else waiting.splice(0, sent);
    if (sent > 0) this.#advance();
    if (this.#backlog === undefined && this.#lagging) this.#catchUpWithRing();
  }

  #awaitSocket(): void {
    if (this.#awaitingSocket) return;
    this.#awaitingSocket = true;
    void this.#link.drainedSocket().then(() => {
      this.#awaitingSocket = false;
      this.wake();
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
    const again = this.#again?.get(position);
    if (again !== undefined) {
      this.#again?.delete(position);
      this.#repeat(again, passing);
      return this.#passed(position, passing.id);
    }
    // Of the events that come again, what is not under way was acknowledged, or was none of this client's.
    if (position >= 0 && (position < session.handedTo || this.#isPast(passing)))
      return this.#passed(position, passing.id);
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
      // No event brings it again.
      again: position < 0 ? publish(body, { ...head, dup: true, alias: noAlias }) : undefined,
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

  /** An event that was under way before comes again: the same packet identifier, with DUP, or only its release. */
  #repeat(flight: Flight, passing: Passing): void {
    const { session, shared, terms } = this.#link;
    const way = route(shared, session, passing);
    const topic = way?.topic ?? conversationTopic(passing.conversation);
    const body = shared.renderer.body(passing, topic, way?.form ?? "message", terms.version);
    this.#sealed(
      flight,
      publish(body, {
        version: terms.version,
        qos: flight.qos,
        dup: true,
        retain: false,
        packetId: flight.packetId,
        alias: noAlias,
        subscriptionIds: way?.match.subscriptionIds,
      }),
    );
  }

  /** A catch-up has brought it already, or it has expired. */
  #isPast(passing: Passing): boolean {
    const past = this.#link.session.catchUp?.upTo.get(passing.conversation);
    if (past !== undefined && passing.seq <= past) return true;
    if (!(passing.source instanceof MessageEvent)) return isExpired(passing.message);
    // MQTT 5.0 section 3.3.2.3.3: it may have waited here for too long.
    const { expiresAt } = passing;
    return expiresAt !== undefined && expiresAt <= this.#link.shared.clock.now();
  }

  /** Lets the session forget the events that are through. */
  #advance(): void {
    const { outbound, own } = this.#link.session;
    const waiting = this.#backlog?.find(({ position }) => position >= 0)?.position;
    own?.acknowledge(Math.min(outbound?.oldest()?.position ?? this.#at, waiting ?? this.#at));
  }
}

function mustBeRead({ position, received, again }: Flight): boolean {
  return position < 0 && !received && again === undefined;
}
