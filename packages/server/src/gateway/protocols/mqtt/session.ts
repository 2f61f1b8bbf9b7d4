import type { CloseName } from "@godwit/protocol";
import type { Session } from "../../../session/session.ts";
import type { TokenHolder } from "../token-watch.ts";
import { ExactlyOnce } from "./exactly-once.ts";
import { Inbound } from "./inbound.ts";
import { Outbound } from "./outbound.ts";
import type { SessionRecord, StoredSubscription } from "./records.ts";
import { asKept, nameOf } from "./own-topic.ts";
import type { Sharer } from "./shares.ts";
import { Subscriptions } from "./subscriptions.ts";
import { readFilter, type Filter } from "./topics.ts";
import type { Will } from "./wire/packets.ts";

const unlimited = {
  topicBytesMax: Number.POSITIVE_INFINITY,
  topicLevelsMax: Number.POSITIVE_INFINITY,
};

/** What the store has brought to a session whose events were lost. */
export interface CatchUp {
  /** Messages up to this one, by commit order, were received or are under way already; undefined once it is through. */
  afterId: number | undefined;
  /** By conversation: events up to there are skipped. */
  readonly upTo: Map<string, number>;
}

/** What is in the record of a session. */
export interface Saved {
  /** `lastId`, and when it was written; monotonic milliseconds. */
  readonly id: number;
  readonly atMs: number;
}

/** Who is connected with a session: its way out. */
export interface Attached {
  /** Whether it takes events as they come. */
  readonly live: boolean;
  /** Another connection takes the session over. */
  displaced(): void;
  close(name: CloseName): void;
}

/** A session is alone. One object for each time, so that what was arranged the time before is known as that. */
export interface Left {
  readonly session: MqttSession;
  /** Monotonic milliseconds. */
  readonly atMs: number;
}

/**
 * The state of one MQTT session (MQTT 5.0 section 4.1): what client and server must agree on beyond a connection. It lies beside the server's own session of the same
 * device, which keeps the events. What a client that only listens does not need is made on first use.
 */
export class MqttSession implements Sharer, TokenHolder {
  readonly user: string;
  readonly device: string;
  /** Session Expiry Interval in seconds; 0: it ends with the connection. */
  expiryS = 0;
  subscriptions = Subscriptions.none;
  outbound: Outbound | undefined;
  /** Undefined until something was published at QoS 1 or 2. */
  inbound: Inbound | undefined;
  /** The server's session of this device; may have ended while no client was there. */
  own: Session | undefined;
  attached: Attached | undefined;
  will: Will | undefined;
  /** Since it was left, until somebody comes back for it. */
  left: Left | undefined;
  /** The newest message that was handled, by commit order, and the newest of which all before are: as far as it was known when it was begun or written last. */
  newestId = 0;
  /** When it began, in milliseconds since the epoch: what is older it has not missed. */
  beganAtMs = 0;
  /** Position of the first event of the server's session that was not looked at yet. */
  handedTo = 0;
  catchUp: CatchUp | undefined;
  /** Delivered cursors to be moved with the next turn of the wheel. */
  delivered: Map<string, number> | undefined;
  /** Undefined if nothing was delivered at QoS 2, or the session ends with its connection. */
  exactlyOnce: ExactlyOnce | undefined;
  /** Undefined if there is no record of it, and none is under way. */
  saved: Saved | undefined;
  tokenWatched = false;
  /** Another session of the same user, in the registry's list of them. */
  next: MqttSession | undefined;

  constructor(user: string, device: string) {
    this.user = user;
    this.device = device;
  }

  /** As it was written. */
  static of(user: string, device: string, record: SessionRecord): MqttSession {
    const session = new MqttSession(user, device);
    session.expiryS = record.expiryS;
    session.newestId = record.lastId;
    session.beganAtMs = record.beganAtMs ?? 0;
    session.saved = { id: record.lastId, atMs: 0 };
    if (record.epoch !== undefined) session.inbound = new Inbound(record.epoch, record.lap);
    for (const stored of record.subscriptions) session.#addStored(stored);
    const { exactlyOnce } = record;
    if (exactlyOnce === undefined) return session;
    session.exactlyOnce = ExactlyOnce.of(exactlyOnce);
    for (const flight of exactlyOnce.flights)
      session.underWay.add({ ...flight, position: -1, again: undefined });
    return session;
  }

  /** What is under way, made for the first of it. */
  get underWay(): Outbound {
    return (this.outbound ??= new Outbound());
  }

  get persistent(): boolean {
    return this.expiryS > 0;
  }

  get ready(): boolean {
    return this.attached?.live === true;
  }

  get tokenEndsAt(): number | undefined {
    return this.attached === undefined ? undefined : this.own?.tokenExpiresAt;
  }

  tokenEnded(): void {
    this.attached?.close("token_expired");
  }

  /** Seconds that its will waits after it was left (MQTT 5.0 section 3.1.3.2.2). */
  get willDelayS(): number {
    return Math.min(this.will?.properties.willDelayS ?? 0, this.expiryS);
  }

  /** Every message up to this one, by commit order, needs no delivery any more. */
  get lastId(): number {
    let last = this.catchUp?.afterId ?? this.newestId;
    for (const { id } of this.outbound?.all() ?? []) if (id > 0) last = Math.min(last, id - 1);
    return last;
  }

  /** The store is to bring what came after the newest message that was handled: from here on, whatever ends before its turn has come. */
  awaitCatchUp(): CatchUp {
    const catchUp = (this.catchUp ??= { afterId: undefined, upTo: new Map<string, number>() });
    catchUp.afterId ??= this.newestId;
    return catchUp;
  }

  /** The server's session, which had brought what is under way, is gone: what was not acknowledged has to come from elsewhere. */
  lostEvents(): void {
    this.newestId = this.lastId;
    this.handedTo = 0;
    const { exactlyOnce } = this;
    // What the store will not bring again stays under way, and its messages are read one by one.
    this.outbound?.dropEvents(
      (flight) => exactlyOnce !== undefined && (flight.qos === 2 || exactlyOnce.covers(flight)),
    );
    if (exactlyOnce === undefined) return;
    this.catchUp ??= { afterId: undefined, upTo: new Map<string, number>() };
    for (const [conversation, seq] of exactlyOnce.upTo())
      if (seq > (this.catchUp.upTo.get(conversation) ?? 0))
        this.catchUp.upTo.set(conversation, seq);
  }

  record(leftAtMs: number | undefined): SessionRecord {
    const { lastId } = this;
    return {
      epoch: this.inbound?.epoch,
      lap: this.inbound?.lap ?? 0,
      expiryS: this.expiryS,
      leftAtMs,
      lastId,
      beganAtMs: lastId === 0 ? this.beganAtMs : undefined,
      exactlyOnce: this.exactlyOnce?.stored(this.outbound?.all() ?? [], lastId),
      subscriptions: this.subscriptions.all().map((each) => ({
        filter: nameOf(each, this.user),
        qos: each.qos,
        noLocal: each.noLocal,
        retainAsPublished: each.retainAsPublished,
        subscriptionId: each.subscriptionIds?.[0] ?? 0,
      })),
    };
  }

  /** Takes up a subscription that was granted once. */
  #addStored(stored: StoredSubscription): void {
    // Judged when it was granted, under limits that may have been others.
    const filter = readFilter(stored.filter, unlimited) as Filter;
    const kept = asKept(filter, this.user);
    this.subscriptions = this.subscriptions.with(
      Subscriptions.of(kept, stored, stored.subscriptionId),
    );
  }
}
