import type { CloseName } from "@godwit/protocol";
import type { Session } from "../../../session/session.ts";
import type { TokenHolder } from "../token-watch.ts";
import { Inbound } from "./inbound.ts";
import { Outbound } from "./outbound.ts";
import type { SessionRecord, StoredSubscription } from "./records.ts";
import type { Sharer } from "./shares.ts";
import { Subscriptions, type Subscribed } from "./subscriptions.ts";
import { readFilter, type Filter } from "./topics.ts";
import type { Will } from "./wire/packets.ts";

const unlimited = {
  topicBytesMax: Number.POSITIVE_INFINITY,
  topicLevelsMax: Number.POSITIVE_INFINITY,
};

/** A catch-up from the store that is not through. */
export interface CatchUp {
  /** Messages up to this one, by commit order, were received or are under way. */
  readonly afterId: number;
}

/** Who is connected with a session: its way out. */
export interface Attached {
  /** Whether it takes events as they come. */
  readonly live: boolean;
  /** Another connection takes the session over. */
  displaced(): void;
  close(name: CloseName): void;
}

/**
 * The state of one MQTT session (MQTT 5.0 section 4.1): what client and server must agree on beyond a connection. It lies beside the server's own session of the same
 * device, which keeps the events.
 */
export class MqttSession implements Sharer, TokenHolder {
  readonly user: string;
  readonly device: string;
  readonly epoch: string;
  /** Session Expiry Interval in seconds; 0: it ends with the connection. */
  expiryS: number;
  readonly subscriptions = new Subscriptions();
  readonly outbound = new Outbound();
  /** Made on first use: many clients only listen. */
  #inbound: Inbound | undefined;
  readonly #lap: number;
  /** The server's session of this device; may have ended while no client was there. */
  own: Session | undefined;
  attached: Attached | undefined;
  will: Will | undefined;
  /** When the will is due, and when the session was left; monotonic milliseconds. */
  willAtMs = 0;
  leftAtMs = 0;
  /** The newest message that was handled, by commit order, and the newest of which all before are: as far as it was known when it was begun or written last. */
  newestId: number;
  /** Position of the first event of the server's session that was not looked at yet. */
  handedTo = 0;
  catchUp: CatchUp | undefined;
  /** What a catch-up has brought, by conversation: events up to there are skipped. */
  caughtUp: Map<string, number> | undefined;
  /** Delivered cursors to be moved with the next turn of the wheel. */
  delivered: Map<string, number> | undefined;
  /** `lastId` in the record, and when that was written; monotonic milliseconds. */
  savedId: number;
  savedAtMs = 0;
  /** A record of it was written, or is under way. */
  recorded = false;
  tokenWatched = false;

  constructor(
    user: string,
    device: string,
    record: Pick<SessionRecord, "epoch" | "lap" | "expiryS" | "lastId">,
  ) {
    this.user = user;
    this.device = device;
    this.epoch = record.epoch;
    this.expiryS = record.expiryS;
    this.#lap = record.lap;
    this.newestId = record.lastId;
    this.savedId = record.lastId;
  }

  get inbound(): Inbound {
    return (this.#inbound ??= new Inbound(this.epoch, this.#lap));
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

  /** Every message up to this one, by commit order, needs no delivery any more. */
  get lastId(): number {
    let last = this.catchUp?.afterId ?? this.newestId;
    for (const { id } of this.outbound.all()) if (id > 0) last = Math.min(last, id - 1);
    return last;
  }

  /** The server's session, which had brought what is under way, is gone: what was not acknowledged has to come from elsewhere. */
  lostEvents(): void {
    this.newestId = this.lastId;
    this.handedTo = 0;
    this.outbound.dropEvents();
  }

  /** Takes up a subscription that was granted once. */
  addStored(stored: StoredSubscription): Subscribed {
    // Judged when it was granted, under limits that may have been others.
    const parsed = readFilter(stored.filter, unlimited) as Filter;
    const subscribed = { ...stored, parsed };
    this.subscriptions.add(subscribed);
    return subscribed;
  }

  record(leftAtMs: number | undefined): SessionRecord {
    return {
      epoch: this.epoch,
      lap: this.#inbound?.lap ?? this.#lap,
      expiryS: this.expiryS,
      leftAtMs,
      lastId: this.lastId,
      subscriptions: this.subscriptions
        .all()
        .map(({ filter, qos, noLocal, retainAsPublished, subscriptionId }) => ({
          filter,
          qos,
          noLocal,
          retainAsPublished,
          subscriptionId,
        })),
    };
  }
}
