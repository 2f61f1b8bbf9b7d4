import type {
  CloseName,
  CommandFrame,
  CommandName,
  Params,
  Result,
  ServerFrame,
} from "@godwit/protocol";
import { MessageEvent } from "../../../fanout/message.ts";
import type { Outgoing } from "../../../hub/outgoing.ts";
import type { Greeted } from "../../../session/greeter.ts";
import type { Stream } from "../stream.ts";
import { catchUp } from "./catch-up.ts";
import type { PacketSink, Reading } from "./reading.ts";
import { Delivery } from "./delivery.ts";
import { Publishing } from "./publishing.ts";
import { neverExpires } from "./records.ts";
import { reasonOfClose } from "./refusals.ts";
import type { Attached, MqttSession } from "./session.ts";
import {
  CommandRefused,
  commandIdsFrom,
  unansweredIdsFrom,
  type Link,
  type Terms,
} from "./link.ts";
import type { Shared } from "./shared.ts";
import { Subscribing } from "./subscribing.ts";
import { protocolError, reasons, type Reason } from "./wire/codes.ts";
import type { Acknowledgement, ClientPacket, Disconnect, Subscribe } from "./wire/packets.ts";
import { acknowledgement, disconnect, pingresp } from "./wire/writer.ts";

interface Reply {
  readonly resolve: (frame: never) => void;
  readonly reject: (error: Error) => void;
}

/** A client past its CONNECT: what the server's session of the device writes to, and where its packets go. */
export class Connected implements Link, Attached, PacketSink {
  readonly shared: Shared;
  readonly session: MqttSession;
  readonly terms: Terms;
  readonly #stream: Stream;
  readonly #client: Reading;
  readonly #delivery: Delivery;
  /** Made on first use: many clients only listen. */
  #publishingOrNone: Publishing | undefined;
  #replies: Map<number, Reply> | undefined;
  #nextId = commandIdsFrom;
  #closed = false;
  #catchingUp: Promise<void> | undefined;
  /** Held because too much is under way. */
  #releaseFlow: (() => void) | undefined;

  constructor(parts: {
    client: Reading;
    stream: Stream;
    shared: Shared;
    session: MqttSession;
    terms: Terms;
  }) {
    this.shared = parts.shared;
    this.session = parts.session;
    this.terms = parts.terms;
    this.#stream = parts.stream;
    this.#client = parts.client;
    this.#delivery = new Delivery(this);
  }

  get #publishing(): Publishing {
    return (this.#publishingOrNone ??= new Publishing(this, this.#delivery));
  }

  get address(): string {
    return this.#stream.address;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get full(): boolean {
    return this.#stream.congested;
  }

  get congested(): boolean {
    return this.#delivery.full;
  }

  get live(): boolean {
    return !this.#closed && this.session.own?.live === true && this.#delivery.live;
  }

  /** Begins to deliver. The CONNACK has been written. */
  begin(greeted: Greeted, present: boolean): void {
    const { session } = this;
    const { welcome } = greeted;
    if (!welcome.resumed) session.lostEvents();
    // A new session has missed nothing: what its device was away from before was another session's.
    const from = present ? greeted.from : greeted.session.position;
    const missed = present && (welcome.syncRequired || session.catchUp !== undefined);
    this.#delivery.begin(from, missed);
    if (!present) greeted.session.acknowledge(from);
    if (missed) this.#catchUp();
    this.replay(from);
    const subscribing = new Subscribing(this, this.#delivery);
    if (present) this.#client.hold(subscribing.renew());
  }

  receive(packet: ClientPacket): void {
    if (this.#closed) return;
    switch (packet.type) {
      case "publish":
        this.#publishing.publish(packet);
        // A client of 3.1.1 cannot be told how much may be under way: it is not read until there is less.
        if (this.#publishing.pending >= this.shared.config.receiveMax) this.#holdFlow();
        return;
      case "puback":
      case "pubrec":
      case "pubcomp":
        return this.#acknowledged(packet);
      case "pubrel":
        return this.#publishing.release(packet.packetId);
      case "subscribe":
        return this.#client.hold(this.#subscribe(packet));
      case "unsubscribe":
        return this.#client.hold(new Subscribing(this, this.#delivery).unsubscribe(packet));
      case "pingreq":
        // For the guards of every command: a token that has expired ends the connection.
        this.dispatch({ type: "ping" });
        return this.send(pingresp);
      case "disconnect":
        return this.#disconnected(packet);
      default:
        throw protocolError("There is no re-authentication here.");
    }
  }

  /** What the server's session says. */
  write(outgoing: Outgoing): void {
    if (this.#closed) return;
    if (outgoing instanceof MessageEvent) this.#delivery.event(outgoing);
    else this.#told(outgoing.frame, outgoing);
  }

  reply(frame: ServerFrame): void {
    if (!this.#closed) this.#told(frame, undefined);
  }

  async drained(): Promise<void> {
    await this.#stream.drained();
    await this.#delivery.drained();
  }

  pause(): void {
    this.#client.pause();
  }

  resume(): void {
    this.#client.resume();
  }

  close(name: CloseName, detail?: string): void {
    if (this.#closed) return;
    // What the server ends for its own reasons is no accident of the client's.
    if (name === "draining") this.session.will = undefined;
    this.#end(reasonOfClose(name), detail ?? "");
  }

  /** Another connection takes the session over. */
  displaced(): void {
    if (!this.#closed) this.#end(reasons.sessionTakenOver, "", true);
  }

  fail(reason: Reason, why: string): void {
    if (!this.#closed) this.#end(reason, why);
  }

  hold(work: Promise<void>): void {
    this.#client.hold(work);
  }

  drainedSocket(): Promise<void> {
    return this.#stream.drained();
  }

  send(packet: Uint8Array): void {
    if (!this.#closed) this.#stream.write(packet);
  }

  dispatch(frame: CommandFrame): void {
    const { own } = this.session;
    if (own?.connection !== this) return;
    const ending = this.shared.dispatcher.dispatch(own, frame);
    if (ending !== undefined) this.close(ending);
  }

  answered(): void {
    if (this.#publishing.pending >= this.shared.config.receiveMax) return;
    this.#releaseFlow?.();
    this.#releaseFlow = undefined;
  }

  command<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    if (this.#closed) return Promise.reject(gone());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      (this.#replies ??= new Map<number, Reply>()).set(id, { resolve, reject });
      this.dispatch({ type, id, ...params } as CommandFrame);
    });
  }

  replay(position: number): void {
    const { own } = this.session;
    if (own === undefined || own.connection !== this) return;
    this.shared.greeter
      .handOver({ session: own, from: position }, this)
      .catch((error: unknown) => this.shared.log.error({ error }, "MQTT replay failed"));
  }

  /** The socket is gone. */
  gone(): void {
    if (!this.#closed) this.#leave(false);
  }

  #told(frame: ServerFrame, outgoing: Outgoing | undefined): void {
    if ("id" in frame && frame.id !== undefined) {
      const isPublish = frame.id < commandIdsFrom || frame.id >= unansweredIdsFrom;
      if (isPublish) this.#publishing.replied(frame as never);
      else this.#answer(frame as ServerFrame & { id: number });
      return;
    }
    switch (frame.type) {
      case "message":
        if (outgoing !== undefined) this.#delivery.event(outgoing);
        return;
      case "receipt":
      case "conversation":
        return this.#delivery.told(frame);
      case "presence":
        if ("presence" in frame)
          this.#delivery.presence(frame.presence.user, frame.presence.status);
        return;
      case "typing":
        if ("conversation" in frame) {
          const { conversation, user, on } = frame;
          this.#delivery.say(`g/c/${conversation}/typing`, { user, on });
        }
        return;
      case "sync_required":
        return this.#lost("position" in frame ? frame.position : undefined);
      default:
        // Of the rest (the token ends soon, the node drains) MQTT has no word before it happens.
        return;
    }
  }

  #answer(frame: ServerFrame & { readonly id: number }): void {
    const reply = this.#replies?.get(frame.id);
    this.#replies?.delete(frame.id);
    if (frame.type === "error") reply?.reject(new CommandRefused(frame));
    else reply?.resolve(frame as never);
  }

  /** Events were lost between session and connection: the store has them. */
  #lost(position: number | undefined): void {
    if (position !== undefined) this.#delivery.skipTo(position);
    this.#catchUp();
  }

  /** Not held: the client has to acknowledge what it gets. A second one begins where the first has ended. */
  #catchUp(): void {
    this.#delivery.hold();
    const before = this.#catchingUp;
    const own = (before ?? Promise.resolve())
      .then(() => catchUp(this, this.#delivery))
      .catch((error: unknown) => this.#failed(error, "MQTT catch-up failed"))
      .then(() => {
        if (this.#catchingUp !== own) return;
        this.#catchingUp = undefined;
        this.#delivery.release();
      });
    this.#catchingUp = own;
  }

  #failed(error: unknown, what: string): void {
    if (this.#closed) return;
    if (!(error instanceof CommandRefused)) this.shared.log.error({ error }, what);
    this.fail(reasons.serverBusy, "The server cannot say now what was missed.");
  }

  #acknowledged({ type, packetId, reason }: Acknowledgement): void {
    const { outbound } = this.session;
    const flight = outbound.get(packetId);
    if (type === "pubrec") {
      // Unknown ones too: the client waits for its release (MQTT 5.0 section 4.3.3).
      const known = flight?.qos === 2;
      const code = known || this.terms.version === 4 ? 0 : reasons.packetIdentifierNotFound;
      if (known && reason < 0x80) this.#delivery.received(flight);
      if (known && reason >= 0x80) this.#delivery.acknowledged(flight);
      else this.send(acknowledgement("pubrel", packetId, code));
      return;
    }
    if (flight === undefined || flight.qos !== (type === "puback" ? 1 : 2)) return;
    if (type === "puback") this.#delivery.received(flight);
    this.#delivery.acknowledged(flight);
  }

  /** What is retained follows by itself, as the client acknowledges it. */
  async #subscribe(packet: Subscribe): Promise<void> {
    const begin = await new Subscribing(this, this.#delivery).subscribe(packet);
    begin().catch((error: unknown) => this.#failed(error, "MQTT subscription failed"));
  }

  #holdFlow(): void {
    if (this.#releaseFlow !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#releaseFlow = resolve;
    this.#client.hold(promise);
  }

  /** The client says goodbye (MQTT 5.0 section 3.14). */
  #disconnected({ reason, properties }: Disconnect): void {
    const { session, shared } = this;
    const { sessionExpiryS } = properties;
    if (sessionExpiryS !== undefined) {
      if (!session.persistent && sessionExpiryS > 0)
        throw protocolError("A session that ends with its connection cannot be kept afterwards.");
      session.expiryS = Math.min(
        sessionExpiryS,
        shared.config.sessionExpirySecondsMax,
        neverExpires,
      );
    }
    if (reason !== reasons.disconnectWithWill) session.will = undefined;
    this.#leave(false);
    this.#client.stop();
  }

  #end(reason: Reason, why: string, takenOver = false): void {
    if (this.terms.version === 5) {
      const said = why !== "" && this.terms.wantsReasons ? { reasonString: why } : {};
      this.#stream.write(disconnect(reason, said));
    }
    this.#leave(takenOver);
    this.#client.stop();
  }

  /** Once, however it ends. */
  #leave(takenOver: boolean): void {
    this.#closed = true;
    const { shared, session } = this;
    const { own } = session;
    this.#releaseFlow?.();
    for (const { reject } of this.#replies?.values() ?? []) reject(gone());
    this.#replies = undefined;
    this.#delivery.wake();
    if (session.attached !== undefined && session.attached !== this) return;
    if (own?.connection === this) shared.greeter.left(own);
    if (takenOver) shared.registry.tellWill(session);
    if (own !== undefined) shared.sessions.detach(own, this);
    if (session.attached === this) shared.registry.leave(session, takenOver);
  }
}

function gone(): CommandRefused {
  return new CommandRefused({
    type: "error",
    code: 5003,
    name: "shutting_down",
    message: "The connection has ended.",
    retryable: true,
  });
}
