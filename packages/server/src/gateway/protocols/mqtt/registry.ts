import type { Clock } from "../../../lib/clock.ts";
import type { Log } from "../../../lib/log.ts";
import type { Random } from "../../../lib/random.ts";
import { Wheel } from "../../../lib/wheel.ts";
import type { Dispatcher } from "../../../session/dispatch.ts";
import type { Sessions } from "../../../session/sessions.ts";
import { StoreError } from "../../../store/port.ts";
import { TokenWatch } from "../token-watch.ts";
import { recordsPerUserMax, type SessionRecords } from "./records.ts";
import { shareKey } from "./routing.ts";
import { MqttSession, type Attached, type Left } from "./session.ts";
import type { Shares } from "./shares.ts";
import { Wills } from "./wills.ts";

/** Cursors that were gathered go out after this time, or that one while they keep moving, and so many of one session at once. */
const cursorsMs = 1_000;
const streamCursorsMs = 3_000;
const cursorsMax = 32;
/** How often a session in use writes how far it is: after a crash, that much may come again. */
const saveMs = 60_000;
/** Sessions of all users that are in memory for the sake of their wills alone; of more, the one that is so for longest ends. */
const lateMax = 10_000;

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
 * of its device, or until its will is told; after that its record is all there is, until the client comes back or its time is over.
 */
export class Registry {
  readonly #deps: Deps;
  /** By user, each the first of a list: most users have one, and a name of each device to look it up by would cost more than the list. */
  readonly #ofUser = new Map<string, MqttSession>();
  #count = 0;
  /** Sessions that were left: their wills, and their ends. */
  readonly #left: Wheel<Left>;
  /** Those that only wait for their will: no session of the server's bounds them. In the order in which they were found so. */
  readonly #late = new Set<Left>();
  /** Sessions with delivered cursors to move. */
  readonly #cursors: Wheel<MqttSession>;
  readonly #tokens: TokenWatch;
  readonly #wills: Wills;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#left = new Wheel(deps.clock, 250, (left) => this.#due(left));
    this.#cursors = new Wheel(deps.clock, 250, (session) => this.#moveCursors(session));
    this.#tokens = new TokenWatch(deps.clock);
    this.#wills = new Wills(deps);
  }

  get count(): number {
    return this.#count;
  }

  find(user: string, device: string): MqttSession | undefined {
    let session = this.#ofUser.get(user);
    while (session !== undefined && session.device !== device) session = session.next;
    return session;
  }

  /** A session that is not in memory, from its record; undefined if there is none. */
  async restored(user: string, device: string): Promise<MqttSession | undefined> {
    const record = await this.#deps.records.load(user, device);
    return record && MqttSession.of(user, device, record);
  }

  /** Resolves once no session of this device would be found after a crash. */
  forget(user: string, device: string): Promise<void> {
    return this.#deps.records.save(user, device, undefined);
  }

  /** This is the session of its device from now on; another one ends. */
  enter(session: MqttSession): void {
    const held = this.find(session.user, session.device);
    this.#found(session);
    if (held === session) return;
    if (held !== undefined) this.#end(held);
    session.next = this.#ofUser.get(session.user);
    this.#ofUser.set(session.user, session);
    this.#count++;
    for (const { filter, share } of session.subscriptions.all())
      if (share !== undefined) this.#deps.shares.join(shareKey(session, filter), session);
    this.#makeRoom(session.user);
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
    if (isThrough(session)) session.catchUp = undefined;
    if (takenOver && session.persistent) return;
    if (!session.persistent) {
      this.#end(session);
      if (session.saved !== undefined) this.#forget(session);
      return;
    }
    const left = { session, atMs: clock.monotonic() };
    session.left = left;
    if (session.willDelayS === 0) this.#tellWill(session);
    this.#left.add(left, this.#leftMs(left));
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
    const record = session.record(undefined);
    session.saved = { id: record.lastId, atMs: this.#deps.clock.monotonic() };
    try {
      await this.#deps.records.save(session.user, session.device, record);
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
    this.#wills.stop();
  }

  #forget({ user, device }: MqttSession): void {
    const { log } = this.#deps;
    this.forget(user, device).catch((error: unknown) =>
      log.warn({ error }, "an MQTT session was not forgotten"),
    );
  }

  #write(session: MqttSession, leftAtMs: number): void {
    const { records, clock, log } = this.#deps;
    const record = session.record(leftAtMs);
    session.saved = { id: record.lastId, atMs: clock.monotonic() };
    records
      .save(session.user, session.device, record)
      .catch((error: unknown) => log.warn({ error }, "an MQTT session was not written"));
  }

  /** Asked by the wheel. */
  #due(left: Left): number {
    const { session } = left;
    if (session.left !== left) return 0;
    const nowMs = this.#deps.clock.monotonic();
    if (willAtMs(left) <= nowMs) this.#tellWill(session);
    if (nowMs - left.atMs >= session.expiryS * 1_000) {
      this.#end(session);
      this.#forget(session);
      return 0;
    }
    if (!isAlone(session)) return this.#leftMs(left);
    if (session.will === undefined) {
      this.#drop(session);
      return 0;
    }
    this.#late.add(left);
    const [oldest] = this.#late;
    if (oldest !== undefined && this.#late.size > lateMax) this.#giveUp(oldest);
    return this.#leftMs(left);
  }

  /** When to look at a session that was left: its will, its end, or soon after the server's own session may have ended. */
  #leftMs(left: Left): number {
    const nowMs = this.#deps.clock.monotonic();
    const endMs = left.atMs + left.session.expiryS * 1_000 - nowMs;
    return Math.max(1, Math.min(endMs, willAtMs(left) - nowMs, 30_000));
  }

  /** Somebody has come back for a session, or it goes. */
  #found(session: MqttSession): void {
    if (session.left !== undefined) this.#late.delete(session.left);
    session.left = undefined;
  }

  /**
   * Of a user's sessions that were left and that no session of the server's bounds any more, as many stay as are remembered: whoever comes with ever new client ids and
   * wills that wait for long has no more in memory than that.
   */
  #makeRoom(user: string): void {
    const alone: Left[] = [];
    for (let session = this.#ofUser.get(user); session !== undefined; session = session.next)
      if (session.left !== undefined && isAlone(session)) alone.push(session.left);
    if (alone.length <= recordsPerUserMax) return;
    alone.sort((a, b) => b.atMs - a.atMs);
    for (const left of alone.slice(recordsPerUserMax)) this.#giveUp(left);
  }

  /** One too many. With a will it ends, because a will is told when its time has come or its session ends (MQTT 5.0 section 3.1.3.2.2); the others are in their records. */
  #giveUp({ session }: Left): void {
    if (session.will === undefined) return this.#drop(session);
    this.#end(session);
    this.#forget(session);
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
    this.#found(session);
    if (this.find(user, device) === session) this.#unlist(session);
    for (const { filter, share } of session.subscriptions.all())
      if (share !== undefined) this.#deps.shares.leave(shareKey(session, filter), session);
  }

  #unlist(session: MqttSession): void {
    const { user, next } = session;
    let before = this.#ofUser.get(user);
    if (before === session) {
      if (next === undefined) this.#ofUser.delete(user);
      else this.#ofUser.set(user, next);
    } else {
      while (before !== undefined && before.next !== session) before = before.next;
      if (before !== undefined) before.next = next;
    }
    session.next = undefined;
    this.#count--;
  }

  #tellWill(session: MqttSession): void {
    const { will, own } = session;
    session.will = undefined;
    if (will !== undefined && own !== undefined) this.#wills.tell(own, will);
  }

  /** Asked by the wheel: moves gathered cursors. Goes on gathering if there were any. */
  #moveCursors(session: MqttSession): number {
    const { delivered } = session;
    const isStream = (delivered?.size ?? 0) > 0;
    if (this.#moveSome(session)) return cursorsMs;
    this.#saveProgress(session);
    if (!isStream || session.attached === undefined) return 0;
    session.delivered = delivered;
    return streamCursorsMs;
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
    const { saved } = session;
    const isDue = clock.monotonic() - (saved?.atMs ?? 0) >= saveMs;
    if (!session.persistent || !isDue || session.attached === undefined) return;
    if (session.lastId === saved?.id) return;
    this.save(session).catch((error: unknown) =>
      log.error({ error }, "an MQTT session was not written"),
    );
  }
}

/** Whether no event comes any more that the store has brought already. */
function isThrough({ catchUp, own, handedTo }: MqttSession): boolean {
  return (
    catchUp?.afterId === undefined && (own === undefined || own.ended || own.position <= handedTo)
  );
}

/** Whether the server's own session of its device is no more. */
function isAlone({ own }: MqttSession): boolean {
  return own?.ended !== false;
}

/** When the will of a session that was left is due; monotonic milliseconds. */
function willAtMs({ session: { will, willDelayS }, atMs }: Left): number {
  return will === undefined ? Number.POSITIVE_INFINITY : atMs + willDelayS * 1_000;
}
