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
import { Beginning, watchAgain } from "./beginning.ts";
import { catchUp, readAgain } from "./catch-up.ts";
import { Commands, gone } from "./commands.ts";
import { connect, type Entrant } from "./connecting.ts";
import { Delivery } from "./delivery.ts";
import { CommandRefused, commandIdsFrom, unansweredIdsFrom, type Link } from "./link.ts";
import { Publishing } from "./publishing.ts";
import { Reading } from "./reading.ts";
import { neverExpires } from "./records.ts";
import { reasonOfClose } from "./refusals.ts";
import type { MqttSession } from "./session.ts";
import { Subscribing } from "./subscribing.ts";
import { say, sayPresence } from "./telling.ts";
import { saying, termsOf, type Terms } from "./terms.ts";
import { protocolError, reasons, type Reason } from "./wire/codes.ts";
import type {
  Acknowledgement,
  ClientPacket,
  Disconnect,
  Subscribe,
  Version,
} from "./wire/packets.ts";
import { acknowledgement, disconnect, pingresp } from "./wire/writer.ts";

/** A CONNECT has a token or password and a will at most; nobody is known yet. */
const connectBytesMax = 98_304;

/**
 * One MQTT connection. Before it has a session it takes a CONNECT and nothing else; then it is what the server's session of the device writes to, and its packets
 * become commands. What an idle client does not need is made on first use.
 */
export class MqttClient extends Reading implements Link, Entrant {
  #terms: Terms | undefined;
  #session: MqttSession | undefined;
  #publishingOrNone: Publishing | undefined;
  #deliveryOrNone: Delivery | undefined;
  /** Position of the first event of this connection: where delivery begins. */
  #eventsFrom = 0;
  #commands: Commands | undefined;
  #beginning: Beginning | undefined;
  #catchingUp: Promise<void> | undefined;
  /** Held because too much is under way. */
  #releaseFlow: (() => void) | undefined;

  get session(): MqttSession {
    if (this.#session === undefined) throw new Error("This client has no session yet.");
    return this.#session;
  }

  get terms(): Terms {
    if (this.#terms === undefined) throw new Error("This client has not said CONNECT yet.");
    return this.#terms;
  }

  get #publishing(): Publishing {
    return (this.#publishingOrNone ??= new Publishing(this));
  }

  get delivery(): Delivery {
    return (this.#deliveryOrNone ??= new Delivery(this, this.#eventsFrom));
  }

  protected get version(): Version | undefined {
    return this.#terms?.version;
  }

  protected get packetBytesMax(): number {
    return this.#session === undefined ? connectBytesMax : this.shared.config.packetBytesMax;
  }

  get address(): string {
    return this.stream.address;
  }

  get full(): boolean {
    return this.stream.congested;
  }

  get congested(): boolean {
    return this.#deliveryOrNone?.full ?? this.full;
  }

  get live(): boolean {
    return !this.over && this.#session?.own?.live === true && this.#deliveryOrNone?.live !== false;
  }

  enter(session: MqttSession): void {
    this.#session = session;
  }

  begin(greeted: Greeted, present: boolean): void {
    const { session } = this;
    const { welcome } = greeted;
    if (!welcome.resumed) session.lostEvents();
    // A new session has missed nothing: what its device was away from before was another session's.
    const from = present ? greeted.from : greeted.session.position;
    const missed = present && (welcome.syncRequired || session.catchUp?.afterId !== undefined);
    this.#eventsFrom = from;
    if (session.outbound !== undefined) this.delivery.begin();
    if (!present) greeted.session.acknowledge(from);
    this.#readAgain();
    if (missed) this.#catchUp();
    this.replay(from);
    if (present) this.hold(watchAgain(this));
  }

  protected receive(packet: ClientPacket): void {
    if (this.over) return;
    switch (packet.type) {
      case "connect":
        this.#terms = termsOf(packet);
        return this.hold(connect(this, this.stream, packet));
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
        return this.hold(this.#subscribe(packet));
      case "unsubscribe":
        return this.hold(new Subscribing(this).unsubscribe(packet));
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
    if (this.over) return;
    if (outgoing instanceof MessageEvent) this.delivery.event(outgoing);
    else this.#told(outgoing.frame, outgoing);
  }

  reply(frame: ServerFrame): void {
    if (!this.over) this.#told(frame, undefined);
  }

  async drained(): Promise<void> {
    await this.stream.drained();
    await this.#deliveryOrNone?.drained();
  }

  close(name: CloseName, detail?: string): void {
    if (this.over) return;
    if (this.#session === undefined) return this.stop();
    // What the server ends for its own reasons is no accident of the client's.
    if (name === "draining") this.#session.will = undefined;
    this.#end(reasonOfClose(name), detail ?? "");
  }

  /** Another connection takes the session over. */
  displaced(): void {
    if (!this.over) this.#end(reasons.sessionTakenOver, "", true);
  }

  fail(reason: Reason, why: string): void {
    if (this.over) return;
    this.shared.log.debug({ reason, why, address: this.address }, "MQTT client refused");
    const { version } = this;
    // MQTT 5.0 section 3.14: no DISCONNECT before the client is let in.
    if (this.#session !== undefined) this.#end(reason, why);
    else if (version === undefined) this.stop();
    else this.refuse(version, reason, why);
  }

  drainedSocket(): Promise<void> {
    return this.stream.drained();
  }

  send(packet: Uint8Array): void {
    if (!this.over) this.stream.write(packet);
  }

  dispatch(frame: CommandFrame): void {
    const { own } = this.session;
    if (own?.connection !== this) return;
    const ending = this.shared.dispatcher.dispatch(own, frame);
    if (ending !== undefined) this.close(ending);
  }

  answered(): void {
    if (this.#releaseFlow === undefined) return;
    if (this.#publishing.pending >= this.shared.config.receiveMax) return;
    this.#releaseFlow();
    this.#releaseFlow = undefined;
  }

  command<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    if (this.over) return Promise.reject(gone());
    return (this.#commands ??= new Commands(this)).give(type, params);
  }

  replay(position: number): void {
    const { own } = this.session;
    if (own === undefined || own.connection !== this) return;
    this.shared.greeter
      .handOver({ session: own, from: position }, this)
      .catch((error: unknown) => this.shared.log.error({ error }, "MQTT replay failed"));
  }

  /** The socket is gone. */
  closed(): void {
    const wasOver = this.over;
    this.over = true;
    if (!wasOver) this.#leave(false);
  }

  #told(frame: ServerFrame, outgoing: Outgoing | undefined): void {
    if ("id" in frame && frame.id !== undefined) {
      const isPublish = frame.id < commandIdsFrom || frame.id >= unansweredIdsFrom;
      if (isPublish) this.#publishing.replied(frame as never);
      else this.#commands?.answered(frame as ServerFrame & { id: number });
      return;
    }
    switch (frame.type) {
      case "message":
        if (outgoing !== undefined) this.delivery.event(outgoing);
        return;
      case "receipt":
      case "conversation":
        return this.delivery.told(frame);
      case "presence":
        if ("presence" in frame) sayPresence(this, frame.presence.user, frame.presence.status);
        return;
      case "typing":
        if ("conversation" in frame) {
          const { conversation, user, on } = frame;
          say(this, `g/c/${conversation}/typing`, { user, on });
        }
        return;
      case "sync_required":
        return this.#lost("position" in frame ? frame.position : undefined);
      default:
        // Of the rest (the token ends soon, the node drains) MQTT has no word before it happens.
        return;
    }
  }

  /** Events were lost between session and connection: the store has them. */
  #lost(position: number | undefined): void {
    if (position !== undefined) this.delivery.skipTo(position);
    this.#readAgain();
    this.#catchUp();
  }

  #catchUp(): void {
    this.session.awaitCatchUp();
    this.#beforeEvents(() => catchUp(this));
  }

  #readAgain(): void {
    if (this.#deliveryOrNone?.hasUnread !== true) return;
    this.#beforeEvents(() => readAgain(this, this.delivery));
  }

  /** What comes before the events, one after the other. Reading is not held: the client has to acknowledge what it gets. */
  #beforeEvents(work: () => Promise<void>): void {
    this.delivery.hold();
    const before = this.#catchingUp;
    const own = (before ?? Promise.resolve())
      .then(work)
      .catch((error: unknown) => this.#failed(error, "MQTT catch-up failed"))
      .then(() => {
        // Cut off: the next connection goes on with it, and events must not overtake it meanwhile.
        if (this.over || this.#catchingUp !== own) return;
        this.#catchingUp = undefined;
        this.delivery.release();
      });
    this.#catchingUp = own;
  }

  #failed(error: unknown, what: string): void {
    if (this.over) return;
    if (!(error instanceof CommandRefused)) this.shared.log.error({ error }, what);
    this.fail(reasons.serverBusy, "The server cannot say now what was missed.");
  }

  #acknowledged({ type, packetId, reason }: Acknowledgement): void {
    const flight = this.session.outbound?.get(packetId);
    if (type === "pubrec") {
      // Unknown ones too: the client waits for its release (MQTT 5.0 section 4.3.3).
      if (flight?.qos === 2) {
        if (reason < 0x80) this.delivery.released(flight);
        else this.delivery.acknowledged(flight);
        return;
      }
      const code = this.terms.version === 4 ? 0 : reasons.packetIdentifierNotFound;
      this.send(acknowledgement("pubrel", packetId, code));
      return;
    }
    if (flight === undefined || flight.qos !== (type === "puback" ? 1 : 2)) return;
    // What the client has not said that it has is not through.
    if (type === "pubcomp" && !flight.received) return;
    if (type === "puback") this.delivery.taken(flight);
    else this.delivery.acknowledged(flight);
  }

  /** What the subscriptions begin with follows by itself, as the client acknowledges it. */
  async #subscribe(packet: Subscribe): Promise<void> {
    const granted = await new Subscribing(this).subscribe(packet);
    if (granted.length === 0) return;
    (this.#beginning ??= new Beginning(this))
      .add(granted)
      .catch((error: unknown) => this.#failed(error, "MQTT subscription failed"));
  }

  #holdFlow(): void {
    if (this.#releaseFlow !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#releaseFlow = resolve;
    this.hold(promise);
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
    // Only this one is a farewell; with any other reason the client is lost (section 3.1.2.5).
    if (reason === reasons.success) session.will = undefined;
    this.#leave(false);
    this.stop();
  }

  #end(reason: Reason, why: string, takenOver = false): void {
    if (this.terms.version === 5) {
      this.stream.write(saying(this.terms, why, (said = {}) => disconnect(reason, said)));
    }
    this.#leave(takenOver);
    this.stop();
  }

  /** Once, however it ends. */
  #leave(takenOver: boolean): void {
    this.over = true;
    this.#releaseFlow?.();
    this.#commands?.gone();
    this.#deliveryOrNone?.wake();
    const session = this.#session;
    if (session === undefined) return;
    const { shared } = this;
    const { own } = session;
    if (session.attached !== undefined && session.attached !== this) return;
    if (own?.connection === this) shared.greeter.left(own);
    if (takenOver) shared.registry.tellWill(session);
    if (own !== undefined) shared.sessions.detach(own, this);
    if (session.attached === this) shared.registry.leave(session, takenOver);
  }
}
