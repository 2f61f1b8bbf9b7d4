import { Turns } from "../../../accounts/turns.ts";
import type { StoredExactlyOnce } from "./exactly-once.ts";
import type { Qos } from "./wire/packets.ts";

/** Where small durable values are kept, by key. */
export interface Records {
  setting(key: string): Promise<string | undefined>;
  putSetting(key: string, value: string | undefined): Promise<void>;
}

/** What is remembered of a session that outlives its connection, even when the server is killed. */
export interface SessionRecord {
  /** Beginning of the client message ids of this session; see `inbound.ts`. Absent until there are any. */
  readonly epoch?: string | undefined;
  readonly lap: number;
  /** Session Expiry Interval in seconds; `neverExpires` for none. */
  readonly expiryS: number;
  /** When its connection ended, in milliseconds since the epoch; absent while it is connected, or if the server was killed meanwhile. */
  readonly leftAtMs?: number | undefined;
  /** Every message up to this one, by commit order, was received or is not wanted. */
  readonly lastId: number;
  /** When it began, in milliseconds since the epoch; only while `lastId` is 0, because it has had nothing yet. */
  readonly beganAtMs?: number | undefined;
  readonly subscriptions: readonly StoredSubscription[];
  /** Absent while nothing is under way at QoS 2. */
  readonly exactlyOnce?: StoredExactlyOnce | undefined;
}

export interface StoredSubscription {
  readonly filter: string;
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly subscriptionId: number;
}

/** MQTT 5.0 section 3.1.2.11.2. */
export const neverExpires = 0xffff_ffff;

/** Sessions remembered for one user; of more, the one that was written longest ago is forgotten. */
export const recordsPerUserMax = 32;

interface Kept extends SessionRecord {
  readonly savedAtMs: number;
}

/** The records of all sessions: one durable value per user, read and written whole. */
export class SessionRecords {
  readonly #records: Records;
  readonly #now: () => number;
  readonly #turns = new Turns();

  constructor(records: Records, now: () => number) {
    this.#records = records;
    this.#now = now;
  }

  /** Behind what is being written. Undefined if there is none or its time is over. */
  async load(user: string, device: string): Promise<SessionRecord | undefined> {
    const kept = (await this.#turns.run(user, () => this.#read(user))).get(device);
    return kept === undefined || this.#isOver(kept) ? undefined : kept;
  }

  /** Resolves once it is durable. Undefined forgets the session. */
  save(user: string, device: string, record: SessionRecord | undefined): Promise<void> {
    return this.#turns.run(user, async () => {
      const kept = await this.#read(user);
      const before = kept.size;
      kept.delete(device);
      if (record === undefined && kept.size === before) return;
      for (const [other, each] of kept) if (this.#isOver(each)) kept.delete(other);
      if (record !== undefined) kept.set(device, { ...record, savedAtMs: this.#now() });
      // In the order of their last writing, because each is taken out before it is put in.
      for (const oldest of kept.keys()) {
        if (kept.size <= recordsPerUserMax) break;
        kept.delete(oldest);
      }
      const value = kept.size === 0 ? undefined : JSON.stringify([...kept]);
      await this.#records.putSetting(keyOf(user), value);
    });
  }

  async #read(user: string): Promise<Map<string, Kept>> {
    const value = await this.#records.setting(keyOf(user));
    return new Map(value === undefined ? [] : (JSON.parse(value) as [string, Kept][]));
  }

  #isOver({ leftAtMs, expiryS }: Kept): boolean {
    return (
      leftAtMs !== undefined && expiryS !== neverExpires && this.#now() - leftAtMs > expiryS * 1_000
    );
  }
}

function keyOf(user: string): string {
  return `mqtt.sessions.${user}`;
}
