import type { Clock } from "../../../lib/clock.ts";
import type { Log } from "../../../lib/log.ts";
import type { Random } from "../../../lib/random.ts";
import { Wheel } from "../../../lib/wheel.ts";
import type { Dispatcher } from "../../../session/dispatch.ts";
import type { Sessions } from "../../../session/sessions.ts";
import { StoreError } from "../../../store/port.ts";
import { TokenWatch } from "../token-watch.ts";
import type { SessionRecord, SessionRecords } from "./records.ts";
import { shareKey } from "./routing.ts";
import { MqttSession, type Attached } from "./session.ts";
import type { Shares } from "./shares.ts";
import { publishWill } from "./will.ts";

/** Cursors that were gathered go out after this time, and so many of one session at once. */
const cursorsMs = 1_000;
const cursorsMax = 32;
/** How often a session in use writes how far it is: after a crash, that much may come again. */
const saveMs = 60_000;

interface Deps {
  readonly records: SessionRecords;
  readonly shares: Shares;
  readonly sessions: Sessions;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * The MQTT sessions in memory: those that are connected, and those that were left not long ago. A session that was left stays here as long as the server's own session
 * of its device; after that its record is all there is, until the client comes back or its time is over.
 */
export class Registry {
  readonly #deps: Deps;
  readonly #sessions = new Map<string, MqttSession>();
  /** Sessions that were left: their wills, and their ends. */
  readonly #left: Wheel<MqttSession>;
  /** Sessions with delivered cursors to move. */
  readonly #cursors: Wheel<MqttSession>;
  readonly #tokens: TokenWatch;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#left = new Wheel(deps.clock, 250, (session) => this.#due(session));
    this.#cursors = new Wheel(deps.clock, 250, (session) => this.#moveCursors(session));
    this.#tokens = new TokenWatch(deps.clock);
  }

  get count(): number {
    return this.#sessions.size;
  }

  find(user: string, device: string): MqttSession | undefined {
    return this.#sessions.get(keyOf(user, device));
  }

  /** The session of this device from memory or its record, or a new one. `present`: it was there before. */
  async open(
    user: string,
    device: string,
    { clean, expiryS }: { readonly clean: boolean; readonly expiryS: number },
  ): Promise<{ readonly session: MqttSession; readonly present: boolean }> {
    const held = this.find(user, device);
    if (clean && held !== undefined) this.#end(held);
    const known = clean ? undefined : (held ?? (await this.#restored(user, device)));
    if (known !== undefined) known.expiryS = expiryS;
    const session = known ?? this.#fresh(user, device, expiryS);
    this.#sessions.set(keyOf(user, device), session);
    if (known === undefined && (clean || expiryS > 0)) await this.#forgetOr(session);
    return { session, present: known !== undefined };
  }

  /** Somebody is connected with the session. */
  attach(session: MqttSession, attached: Attached): void {
    session.attached = attached;
    this.#tokens.watch(session);
  }

  /**
   * The connection of a session has ended. A session that is not to outlive it ends; otherwise its record says since when it is alone. `takenOver`: another connection takes
   * it up at once.
   */
  leave(session: MqttSession, takenOver: boolean): void {
    const { clock } = this.#deps;
    session.attached = undefined;
    this.#moveAllCursors(session);
    if (session.catchUp === undefined) session.caughtUp = undefined;
    if (takenOver) return;
    if (!session.persistent) {
      this.#end(session);
      if (session.recorded) this.#forget(session);
      return;
    }
    const delayS = Math.min(session.will?.properties.willDelayS ?? 0, session.expiryS);
    session.leftAtMs = clock.monotonic();
    session.willAtMs = session.leftAtMs + delayS * 1_000;
    if (session.will !== undefined && delayS === 0) this.#tellWill(session);
    this.#left.add(session, this.#leftMs(session));
    this.#write(session, clock.now());
  }

  /** The will, now: another connection has taken the session over, or it ends. */
  tellWill(session: MqttSession): void {
    if ((session.will?.properties.willDelayS ?? 0) === 0) this.#tellWill(session);
  }

  /**
   * Makes what the session is now durable. If the store does not take it, the session goes on all the same: a full disk must not keep anybody from reading. It would not
   * outlive a crash as it is then.
   */
  async save(session: MqttSession): Promise<void> {
    session.savedAtMs = this.#deps.clock.monotonic();
    session.savedId = session.lastId;
    session.recorded = true;
    try {
      await this.#deps.records.save(session.user, session.device, session.record(undefined));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#deps.log.warn({ reason: error.reason }, "an MQTT session was not written");
    }
  }

  /** The client has received a message: the delivered cursor moves, with others of the same time. */
  received(session: MqttSession, conversation: string, seq: number): void {
    if (session.delivered === undefined) {
      session.delivered = new Map();
      this.#cursors.add(session, cursorsMs);
    }
    const before = session.delivered.get(conversation) ?? 0;
    if (seq > before) session.delivered.set(conversation, seq);
  }

  /** No timer runs any more. */
  stop(): void {
    this.#left.stop();
    this.#cursors.stop();
    this.#tokens.stop();
  }

  #fresh(user: string, device: string, expiryS: number): MqttSession {
    const epoch = this.#deps.random.uuid().slice(0, 24);
    return new MqttSession(user, device, { epoch, lap: 0, expiryS, lastId: 0 });
  }

  async #restored(user: string, device: string): Promise<MqttSession | undefined> {
    const record = await this.#deps.records.load(user, device);
    if (record === undefined) return undefined;
    const session = new MqttSession(user, device, record);
    session.recorded = true;
    this.#takeSubscriptions(session, record);
    return session;
  }

  #takeSubscriptions(session: MqttSession, record: SessionRecord): void {
    for (const stored of record.subscriptions) {
      const { parsed } = session.addStored(stored);
      if (parsed.share !== undefined)
        this.#deps.shares.join(shareKey(session, stored.filter), session);
    }
  }

  /** A new session: what was remembered of one before it is forgotten, or written over. */
  #forgetOr(session: MqttSession): Promise<void> {
    if (session.persistent) return this.save(session);
    return this.#deps.records.save(session.user, session.device, undefined);
  }

  #forget({ user, device }: MqttSession): void {
    const { records, log } = this.#deps;
    records
      .save(user, device, undefined)
      .catch((error: unknown) => log.warn({ error }, "an MQTT session was not forgotten"));
  }

  #write(session: MqttSession, leftAtMs: number): void {
    const { records, log } = this.#deps;
    session.recorded = true;
    records
      .save(session.user, session.device, session.record(leftAtMs))
      .catch((error: unknown) => log.warn({ error }, "an MQTT session was not written"));
  }

  /** Asked by the wheel. */
  #due(session: MqttSession): number {
    if (session.attached !== undefined || this.find(session.user, session.device) !== session)
      return 0;
    const nowMs = this.#deps.clock.monotonic();
    if (session.will !== undefined && session.willAtMs <= nowMs) this.#tellWill(session);
    if (nowMs - session.leftAtMs >= session.expiryS * 1_000) {
      this.#end(session);
      this.#forget(session);
      return 0;
    }
    if (session.will === undefined && session.own?.ended !== false) {
      this.#drop(session);
      return 0;
    }
    return this.#leftMs(session);
  }

  /** When to look at a session that was left: its will, its end, or soon after the server's own session may have ended. */
  #leftMs(session: MqttSession): number {
    const nowMs = this.#deps.clock.monotonic();
    const endMs = session.leftAtMs + session.expiryS * 1_000 - nowMs;
    const willMs = session.will === undefined ? Number.POSITIVE_INFINITY : session.willAtMs - nowMs;
    return Math.max(1, Math.min(endMs, willMs, 30_000));
  }

  /** Takes a session out of memory, with the server's own if that lives. */
  #end(session: MqttSession): void {
    this.#tellWill(session);
    this.#drop(session);
    const { own } = session;
    session.own = undefined;
    session.expiryS = 0;
    if (own === undefined || own.ended) return;
    // Nobody comes back for what is in its ring.
    own.acknowledge(own.position);
    this.#deps.sessions.end(own, "signed_out");
  }

  #drop(session: MqttSession): void {
    const { user, device } = session;
    if (this.find(user, device) === session) this.#sessions.delete(keyOf(user, device));
    for (const { filter, parsed } of session.subscriptions.all())
      if (parsed.share !== undefined) this.#deps.shares.leave(shareKey(session, filter), session);
  }

  #tellWill(session: MqttSession): void {
    const { will } = session;
    session.will = undefined;
    if (will !== undefined) publishWill(this.#deps, session, will);
  }

  /** Asked by the wheel: moves gathered cursors. */
  #moveCursors(session: MqttSession): number {
    if (this.#moveSome(session)) return cursorsMs;
    this.#saveProgress(session);
    return 0;
  }

  /** As far as the limits of commands let it: the session may end now. */
  #moveAllCursors(session: MqttSession): void {
    if (session.delivered !== undefined) this.#moveSome(session);
  }

  /** Moves some of the gathered cursors; true if there are more. */
  #moveSome(session: MqttSession): boolean {
    const { own, delivered } = session;
    if (own !== undefined && !own.ended && delivered !== undefined) {
      let left = cursorsMax;
      for (const [conversation, seq] of delivered) {
        if (left-- === 0) return true;
        delivered.delete(conversation);
        this.#deps.dispatcher.dispatch(own, { type: "delivered", conversation, seq });
      }
    }
    session.delivered = undefined;
    return false;
  }

  #saveProgress(session: MqttSession): void {
    const { clock, log } = this.#deps;
    const isDue = clock.monotonic() - session.savedAtMs >= saveMs;
    if (!session.persistent || !isDue || session.attached === undefined) return;
    if (session.lastId === session.savedId) return;
    this.save(session).catch((error: unknown) =>
      log.error({ error }, "an MQTT session was not written"),
    );
  }
}

function keyOf(user: string, device: string): string {
  return `${user} ${device}`;
}
