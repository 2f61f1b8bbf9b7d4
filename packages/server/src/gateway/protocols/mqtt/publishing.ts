import type {
  CommandName,
  ErrorFrame,
  Message,
  Params,
  Result,
  ServerFrame,
} from "@godwit/protocol";
import { readAddress, namespaceOf, namespaceParams, type Address } from "./address.ts";
import { readApp, readMessage, type Draft } from "./content.ts";
import { passingOf } from "./passing.ts";
import { Inbound, type Named, type SendFrame, type Use } from "./inbound.ts";
import { reasonOfError } from "./refusals.ts";
import { hearsItself, route } from "./routing.ts";
import { CommandRefused, isForNow, unansweredIdsFrom, type Link } from "./link.ts";
import { saying } from "./terms.ts";
import { badTopic } from "./topics.ts";
import { reasons, type Reason } from "./wire/codes.ts";
import { kept, type Publish } from "./wire/packets.ts";
import { acknowledgement } from "./wire/writer.ts";

/** Where messages go, and not commands. */
type Recipient = Extract<Address, { to: "conversation" | "app" }>;

/** The way of a client's PUBLISH packets into the pipeline, and of their acknowledgements back, in the order in which they came. */
export class Publishing {
  readonly #link: Link;
  /** Answers go out in the order of the packets (MQTT 5.0 section 4.6). */
  #order: Use[] = [];
  /** Sends at QoS 0 that are under way and that the client itself may get, by id. */
  #unnamed: Map<number, SendFrame> | undefined;
  #unanswered = unansweredIdsFrom;
  #aliases: Map<number, string> | undefined;
  /** The command that is being dispatched, and why it was refused at once. */
  #dispatching: SendFrame | undefined;
  #refusal: ErrorFrame | undefined;
  /** What the newest topic stands for: most clients publish to the same one again and again. */
  #lastTopic = "";
  #lastAddress: Address | undefined;
  /** The own namespace is there. */
  #namespaceReady = false;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Packets that wait for their answer. */
  get pending(): number {
    return this.#order.length;
  }

  /** Made for the first message at QoS 1 or 2. */
  get #inbound(): Inbound {
    const { session, shared } = this.#link;
    return (session.inbound ??= new Inbound(shared.random.uuid().slice(0, 24), 0));
  }

  publish(packet: Publish): void {
    const { session, shared, terms } = this.#link;
    const topic = this.#topicOf(packet);
    if (topic === undefined) return;
    if (packet.qos === 0) return this.#perform(packet, topic, undefined);
    const known = session.inbound?.find(packet.packetId);
    if (known !== undefined && !this.#isReused(known, packet))
      return this.#repeat(known, packet, topic);
    if (terms.version === 5 && this.pending >= shared.config.receiveMax)
      return this.#link.fail(reasons.receiveMaximumExceeded, "More is under way than was agreed.");
    const { inbound } = session;
    const acknowledged = packet.dup ? inbound?.acknowledged(packet.packetId) : undefined;
    // The first one of a session: nothing that might come again.
    if (inbound === undefined) this.#nextLap(packet, topic);
    else if (acknowledged !== undefined) this.#askAgain(acknowledged, packet, topic);
    else if (packet.dup || !inbound.laps(packet.packetId)) this.#begin(packet, topic);
    else this.#nextLap(packet, topic);
  }

  /** PUBREL: the packet identifier is free again. */
  release(packetId: number): void {
    const { inbound } = this.#link.session;
    const held = inbound?.find(packetId)?.state === "received" && inbound.end(packetId);
    const reason = held || this.#link.terms.version === 4 ? 0 : reasons.packetIdentifierNotFound;
    this.#link.send(acknowledgement("pubcomp", packetId, reason));
  }

  /** The reply to a send of this connection; `id` is its packet identifier. */
  replied(frame: ServerFrame & { readonly id: number }): void {
    if (frame.type === "error" && this.#dispatching?.id === frame.id) {
      this.#refusal = frame;
      return;
    }
    const use = this.#link.session.inbound?.find(frame.id);
    const sent = use?.sent ?? this.#unnamed?.get(frame.id);
    if (sent === undefined) return;
    if (use === undefined) this.#unnamed?.delete(frame.id);
    else use.sent = undefined;
    if (frame.type !== "error") this.#stored(use, sent, frame as Result<"send">);
    else if (use !== undefined) this.#failed(use, sent, frame);
  }

  /** The topic by name or alias; undefined after the connection has been ended. */
  #topicOf({ topic, properties }: Publish): string | undefined {
    const { config } = this.#link.shared;
    const fail = (reason: Reason, why: string) => {
      this.#link.fail(reason, why);
      return undefined;
    };
    const alias = properties?.topicAlias;
    if (alias !== undefined && alias > config.topicAliasMax)
      return fail(reasons.topicAliasInvalid, `A topic alias may be ${config.topicAliasMax}.`);
    if (topic === "" && alias === undefined)
      return fail(reasons.protocolError, "A PUBLISH needs a topic, or an alias for one.");
    const name = topic === "" && alias !== undefined ? this.#aliases?.get(alias) : topic;
    if (name === undefined)
      return fail(reasons.protocolError, "This topic alias stands for nothing.");
    const bad = name === this.#lastTopic ? undefined : badTopic(name, config);
    if (bad !== undefined) return fail(reasons.topicNameInvalid, bad);
    if (alias !== undefined && topic !== "")
      (this.#aliases ??= new Map<number, string>()).set(alias, topic);
    return name;
  }

  /**
   * Whether the client has taken the packet identifier of an earlier connection for another message: what is sent again has DUP (MQTT 5.0 section 3.3.1.1), so it has
   * forgotten the one before. At QoS 2 the identifier stays that message's until its release (section 4.3.3).
   */
  #isReused({ qos, connection }: Use, { dup }: Publish): boolean {
    return qos === 1 && !dup && connection !== this.#link;
  }

  /** A packet identifier that is in use: the same message again. */
  #repeat(use: Use, packet: Publish, topic: string): void {
    if (use.state === "pending") {
      // Of this connection: it is being worked on. Of another: its answer went there.
      if (use.connection === this.#link) return;
      use.connection = this.#link;
      this.#order.push(use);
      this.#perform(packet, topic, use);
      return;
    }
    this.#link.send(acknowledgement("pubrec", packet.packetId));
  }

  /**
   * A repetition under a packet identifier that was acknowledged. Mostly the acknowledgement was lost; but a client may have taken the identifier for its next message, of
   * which nothing had come. The store can tell: it finds the same message, or a conflict.
   */
  #askAgain(acknowledged: Named, packet: Publish, topic: string): void {
    const use = this.#inbound.repeat(acknowledged, packet.qos, this.#link);
    this.#order.push(use);
    this.#perform(packet, topic, use);
  }

  #begin(packet: Publish, topic: string): void {
    const use = this.#inbound.begin(packet.packetId, packet.qos, this.#link, packet.dup);
    this.#order.push(use);
    this.#perform(packet, topic, use);
  }

  /** The lap is durable before it is used, where the session is to outlive a crash. */
  #nextLap(packet: Publish, topic: string): void {
    const { session, shared } = this.#link;
    this.#inbound.turn();
    if (!session.persistent) return this.#begin(packet, topic);
    const copy = { ...packet, payload: kept(packet.payload) };
    this.#link.hold(
      shared.registry.save(session).then(() => {
        if (!this.#link.over) this.#begin(copy, topic);
      }),
    );
  }

  /** QoS 0 has no use: it has no packet identifier and is not answered. */
  #perform(packet: Publish, topic: string, use: Use | undefined): void {
    if (topic !== this.#lastTopic) {
      this.#lastAddress = readAddress(topic, this.#link.session.user);
      this.#lastTopic = topic;
    }
    const address = this.#lastAddress;
    if (address === undefined)
      return this.#answer(use, reasons.topicNameInvalid, "Nothing is published there.");
    switch (address.to) {
      case "conversation":
      case "app":
        return this.#send(packet, topic, use, address);
      default:
        return this.#command(packet, use, address);
    }
  }

  /** A message: to a conversation, or to somebody's namespace. */
  #send(packet: Publish, topic: string, use: Use | undefined, address: Recipient): void {
    const { session, shared } = this.#link;
    const isApp = address.to === "app";
    if (isApp && address.owner === session.user && !this.#namespaceReady)
      return this.#makeNamespace(packet, topic, use, address);
    const nowMs = shared.clock.now();
    const draft = isApp ? readApp(topic, packet, nowMs) : readMessage(packet, nowMs);
    if (typeof draft === "string") return this.#answer(use, reasons.payloadFormatInvalid, draft);
    const conversation = isApp ? namespaceOf(address.owner) : address.conversation;
    this.#submit(use, this.#frame(conversation, draft, use));
  }

  /** The command, which is its parameters too: there is one for every message. */
  #frame(conversation: string, draft: Draft, use: Use | undefined): SendFrame {
    const { shared } = this.#link;
    const { kind, content, clientId, priority, mentions, replyTo, expiresAt } = draft;
    const frame: SendFrame = {
      type: "send",
      id: use?.packetId ?? this.#unanswered++,
      conversation,
      clientId:
        clientId ??
        (use === undefined ? shared.random.uuid() : this.#inbound.clientId(use.clientSeq)),
      clientSeq: use?.clientSeq ?? 1,
      kind,
      content,
    };
    if (priority !== undefined) frame.priority = priority;
    if (mentions !== undefined) frame.mentions = mentions;
    if (replyTo !== undefined) frame.replyTo = replyTo;
    if (expiresAt !== undefined) {
      if (use !== undefined) use.expiresAt ??= expiresAt;
      frame.expiresAt = use?.expiresAt ?? expiresAt;
    }
    return frame;
  }

  #submit(use: Use | undefined, frame: SendFrame): void {
    this.#dispatching = frame;
    this.#link.dispatch(frame);
    this.#dispatching = undefined;
    const refusal = this.#refusal;
    this.#refusal = undefined;
    if (refusal === undefined) this.#accepted(use, frame);
    else if (isForNow(refusal)) this.#later(refusal, () => this.#submit(use, frame));
    else if (use !== undefined) this.#failed(use, frame, refusal);
  }

  #accepted(use: Use | undefined, frame: SendFrame): void {
    if (use !== undefined) use.sent = frame;
    else if (this.#mayHear(frame))
      (this.#unnamed ??= new Map<number, SendFrame>()).set(frame.id, frame);
  }

  /** Back-pressure: reads nothing more until the server wants to be asked again. */
  #later({ retryAfterMs = 100 }: ErrorFrame, again: () => void): void {
    const { clock } = this.#link.shared;
    this.#link.hold(
      new Promise<void>((resolve) => {
        clock.after(retryAfterMs, () => {
          if (!this.#link.over) again();
          resolve();
        });
      }),
    );
  }

  #failed(use: Use, sent: SendFrame, frame: ErrorFrame): void {
    // What seemed a repetition of the last message under this identifier is a new one.
    if (frame.name === "conflict" && use.guessed) {
      this.#renumber(use, sent);
      return;
    }
    this.#answer(use, reasonOfError(frame.name), frame.message);
  }

  #renumber(use: Use, sent: SendFrame): void {
    const { session, shared } = this.#link;
    const inbound = this.#inbound;
    inbound.turn();
    const next = inbound.begin(use.packetId, use.qos, this.#link, false);
    this.#order = this.#order.map((each) => (each === use ? next : each));
    const clientId = inbound.clientId(next.clientSeq);
    const send = () => this.#submit(next, { ...sent, clientId, clientSeq: next.clientSeq });
    if (!session.persistent) send();
    else
      this.#link.hold(
        shared.registry.save(session).then(() => {
          if (!this.#link.over) send();
        }),
      );
  }

  #stored(use: Use | undefined, frame: SendFrame, result: Result<"send">): void {
    this.#answer(use, 0, "");
    if (result.duplicate !== true && this.#mayHear(frame)) this.#echo(frame, result);
  }

  /** Whether the client gets its own message, or its namespace notes it. */
  #mayHear({ conversation }: SendFrame): boolean {
    return conversation.startsWith("c:") || hearsItself(this.#link.session, conversation);
  }

  /** The client's own message, for its own subscriptions, which no event of the session brings. */
  #echo(frame: SendFrame, { seq, messageId, time }: Result<"send">): void {
    const { session, shared } = this.#link;
    const { type: _type, id: _request, ...sent } = frame;
    const message: Message = {
      ...sent,
      seq,
      id: messageId,
      sender: session.user,
      device: session.device,
      time,
    };
    shared.namespaces.noted(this.#link, message);
    const passing = passingOf(message);
    const way = route(shared, session, passing);
    if (way !== undefined && !way.match.noLocal) this.#link.delivery.extra(passing, { as: way });
  }

  /** What is no message but tells of one, or of the client itself. */
  #command(packet: Publish, use: Use | undefined, address: Exclude<Address, Recipient>): void {
    const command = readCommand(address, packet.payload.toString());
    if (typeof command === "string")
      return this.#answer(use, reasons.payloadFormatInvalid, command);
    const [type, params] = command;
    this.#link.command(type, params).then(
      () => this.#answer(use, 0, ""),
      (error: unknown) => {
        if (!(error instanceof CommandRefused)) throw error;
        this.#answer(use, reasonOfError(error.frame.name), error.message);
      },
    );
  }

  #makeNamespace(
    packet: Publish,
    topic: string,
    use: Use | undefined,
    address: Extract<Address, { to: "app" }>,
  ): void {
    const copy = { ...packet, payload: kept(packet.payload) };
    this.#link.hold(
      this.#link.command("create", namespaceParams(address.owner)).then(
        () => {
          this.#namespaceReady = true;
          if (!this.#link.over) this.#send(copy, topic, use, address);
        },
        (error: unknown) => {
          if (!(error instanceof CommandRefused)) throw error;
          this.#answer(use, reasonOfError(error.frame.name), error.message);
        },
      ),
    );
  }

  /**
   * Answers a packet once those before it are answered. MQTT 3.1.1 knows no refusal: its connection ends (its section 3.3.5). What nobody is told any more changes nothing:
   * the client sends the packet again, and it has to be known as the same.
   */
  #answer(use: Use | undefined, reason: Reason | 0, why: string): void {
    if (use === undefined || this.#link.over) return;
    const { terms } = this.#link;
    if (reason >= 0x80) this.#inbound.end(use.packetId);
    if (reason >= 0x80 && terms.version === 4) return this.#link.fail(reason, why);
    if (reason < 0x80 && use.qos === 1) this.#inbound.acknowledge(use);
    else if (reason < 0x80) use.state = "received";
    const type = use.qos === 1 ? "puback" : "pubrec";
    use.answer =
      reason < 0x80
        ? acknowledgement(type, use.packetId)
        : saying(terms, why, (said) => acknowledgement(type, use.packetId, reason, said));
    for (let first = this.#order[0]; first?.answer !== undefined; first = this.#order[0]) {
      this.#link.send(first.answer);
      first.answer = undefined;
      this.#order.shift();
    }
    this.#link.answered();
  }
}

type Command = { [C in CommandName]: readonly [C, Params<C>] }[
  | "read"
  | "delivered"
  | "typing"
  | "presence"];

/** What a payload asks for on a topic that is not for messages; a text says what it should be. */
function readCommand(address: Exclude<Address, Recipient>, text: string): Command | string {
  if (address.to === "presence") {
    return text === "online" || text === "away" || text === "invisible"
      ? ["presence", { status: text }]
      : "A presence is online, away or invisible.";
  }
  const { conversation } = address;
  if (address.to === "typing") {
    if (text !== "true" && text !== "false") return "Typing is true or false.";
    return ["typing", { conversation, on: text === "true" }];
  }
  const read = /^\s*\{\s*"(read|delivered)"\s*:\s*(\d{1,15})\s*\}\s*$/.exec(text);
  if (read === null) return 'A receipt is {"read": seq} or {"delivered": seq}.';
  const [, cursor, seq] = read;
  return [cursor === "read" ? "read" : "delivered", { conversation, seq: Number(seq) }];
}
