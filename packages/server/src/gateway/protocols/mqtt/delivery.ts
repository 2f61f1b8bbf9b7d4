import type { Message, ServerFrame } from "@godwit/protocol";
import { MessageEvent } from "../../../fanout/message.ts";
import type { Outgoing } from "../../../hub/outgoing.ts";
import type { Flight } from "./outbound.ts";
import { userTopic } from "./own-topic.ts";
import { conversationTopic, route, type Route } from "./routing.ts";
import type { Deliverer, Link } from "./link.ts";
import { ofFrame, PassingEvent, type Passing } from "./passing.ts";
import type { Qos } from "./wire/packets.ts";
import {
  acknowledgement,
  encodePropertyList,
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
const aliasesMax = 64;

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
  #aliases: Map<string, number> | undefined;
  #rooms: (() => void)[] | undefined;
  #awaitingSocket = false;

  /** `at` is the position of the first event that comes. */
  constructor(link: Link, at: number) {
    this.#link = link;
    this.#at = at;
    this.#window = Math.min(windowMax, link.terms.receiveMax);
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
  begin(held: boolean): void {
    this.#held = held;
    for (const flight of this.#link.session.outbound?.all() ?? []) {
      if (flight.position >= 0)
        (this.#again ??= new Map<number, Flight>()).set(flight.position, flight);
      else if (flight.received) this.#link.send(acknowledgement("pubrel", flight.packetId));
      else if (flight.again !== undefined) this.#link.send(flight.again);
    }
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
      outgoing instanceof MessageEvent ? new PassingEvent(outgoing) : ofFrame(outgoing);
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
        alias: 0,
        aliasKnown: false,
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

  /** PUBACK and PUBREC: the client has the message. */
  received(flight: Flight): void {
    const { session, shared } = this.#link;
    flight.received = true;
    flight.position = -1;
    flight.id = 0;
    this.#advance();
    if (flight.seq > 0) shared.registry.received(session, flight.conversation, flight.seq);
  }

  /** PUBACK and PUBCOMP: the packet identifier is free. */
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
    if (passing.id > session.newestId && position >= 0) session.newestId = passing.id;
    const again = this.#again?.get(position);
    if (again !== undefined) return this.#repeat(again, waiting);
    // Of the events that come again, what is not under way was acknowledged, or was none of this client's.
    if (position >= 0 && (position < session.handedTo || this.#isPast(passing)))
      return this.#passed(position);
    const way = waiting.route ?? route(shared, session, passing);
    if (way === undefined) return this.#passed(position);
    const qos = Math.min(way.match.qos, way.qosMax) as Qos;
    if (qos > 0 && !this.#hasRoom()) return false;
    const flag = retain || (way.retained && way.match.retainAsPublished);
    this.#publish(waiting, way, qos, flag);
    return this.#passed(position);
  }

  /** It is on its way, or none of this client's: what lies before it may be forgotten, as far as it is acknowledged. */
  #passed(position: number): true {
    const { session } = this.#link;
    if (position >= session.handedTo) session.handedTo = position + 1;
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
    const known = terms.topicAliasMax > 0 ? this.#alias(way.topic) : undefined;
    const head = { version, qos, retain, packetId, subscriptionIds };
    const packet = publish(body, {
      ...head,
      dup: false,
      alias: known?.alias ?? 0,
      aliasKnown: known?.isKnown ?? false,
    });
    // MQTT 5.0 section 3.1.2.11.4: what is too large for the client is dropped as if it had been delivered.
    if (packet.length > terms.packetBytesMax) return;
    if (qos > 0) {
      const repeatable = position < 0;
      session.underWay.add({
        packetId,
        qos,
        position,
        conversation: passing.conversation,
        seq: passing.seq,
        id: isMissed ? passing.id : 0,
        received: false,
        again: repeatable
          ? publish(body, { ...head, dup: true, alias: 0, aliasKnown: false })
          : undefined,
      });
    }
    this.#link.send(packet);
  }

  /** An event that was under way before comes again: the same packet identifier, with DUP, or only its release. */
  #repeat(flight: Flight, { passing }: Waiting): boolean {
    const { session, shared, terms } = this.#link;
    this.#again?.delete(flight.position);
    const way = route(shared, session, passing);
    const topic = way?.topic ?? conversationTopic(passing.conversation);
    const body = shared.renderer.body(passing, topic, way?.form ?? "message", terms.version);
    this.#link.send(
      publish(body, {
        version: terms.version,
        qos: flight.qos,
        dup: true,
        retain: false,
        packetId: flight.packetId,
        alias: 0,
        aliasKnown: false,
        subscriptionIds: way?.match.subscriptionIds,
      }),
    );
    return true;
  }

  /** A catch-up has brought it already, or it has expired. */
  #isPast(passing: Passing): boolean {
    const past = this.#link.session.catchUp?.upTo.get(passing.conversation);
    if (past !== undefined && passing.seq <= past) return true;
    return passing.source instanceof MessageEvent ? false : isExpired(passing.message);
  }

  #alias(topic: string): { readonly alias: number; readonly isKnown: boolean } | undefined {
    const aliases = (this.#aliases ??= new Map<string, number>());
    const alias = aliases.get(topic);
    if (alias !== undefined) return { alias, isKnown: true };
    if (aliases.size >= Math.min(aliasesMax, this.#link.terms.topicAliasMax)) return undefined;
    aliases.set(topic, aliases.size + 1);
    return { alias: aliases.size, isKnown: false };
  }

  /** Lets the session forget the events that are through. */
  #advance(): void {
    const { outbound, own } = this.#link.session;
    const waiting = this.#backlog?.find(({ position }) => position >= 0)?.position;
    own?.acknowledge(Math.min(outbound?.oldest()?.position ?? this.#at, waiting ?? this.#at));
  }
}

function isExpired({ kind, content }: Message): boolean {
  return kind === "system" && content["event"] === "expired";
}
