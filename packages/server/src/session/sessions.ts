import type { CloseName, Platform, Status } from "@godwit/protocol";
import type { Connection } from "../hub/connection.ts";
import type { Hub } from "../hub/hub.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { OfflineQueue } from "../offline/port.ts";
import type { Presence } from "../presence/presence.ts";
import { Session, type SessionFields } from "./session.ts";

/** Shortest pause between two looks at the sessions that are due: many go in one. */
const expiryMsMin = 100;

export interface SessionsConfig {
  readonly resumeMs: number;
  readonly devicePolicy: "all" | "one_per_platform" | "one";
  readonly sessionsPerUserMax: number;
  readonly detachedSessionsMax: number;
  readonly ringEntriesMax: number;
}

/**
 * The sessions of this node: begun at a hello, kept without a connection for `resumeMs`, ended by expiry, by the client, by policy or by an
 * administrator. A session that ends unexpectedly leaves what it had not acknowledged in the offline queue.
 */
export class Sessions {
  readonly #hub: Hub;
  readonly #offline: OfflineQueue;
  readonly #presence: Presence;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #config: SessionsConfig;
  readonly #byId = new Map<string, Session>();
  /** Sessions without a connection, in the order in which they lost it. */
  readonly #detached = new Set<Session>();
  /** Cancels the one timer of all detached sessions: they have the same time to come back, so the first to go is the first in the set. */
  #cancelExpiry: (() => void) | undefined;

  constructor(deps: {
    hub: Hub;
    offline: OfflineQueue;
    presence: Presence;
    clock: Clock;
    random: Random;
    config: SessionsConfig;
  }) {
    this.#hub = deps.hub;
    this.#offline = deps.offline;
    this.#presence = deps.presence;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#config = deps.config;
  }

  get count(): number {
    return this.#byId.size;
  }

  get detachedCount(): number {
    return this.#detached.size;
  }

  /**
   * Begins a session, with what the offline queue kept for its device in its ring; `complete` says whether that is all that the device missed. Sessions
   * that the device policy displaces end with `replaced`.
   */
  begin(
    fields: Omit<SessionFields, "id" | "ringEntriesMax" | "onFault">,
    connection: Connection,
  ): { session: Session; complete: boolean } {
    for (const other of this.#displaced(fields.user, fields.device, fields.platform))
      this.end(other, "replaced");
    const id = Buffer.from(this.#random.bytes(12)).toString("base64url");
    const session = new Session({
      ...fields,
      id,
      ringEntriesMax: this.#config.ringEntriesMax,
      onFault: this.#hub.fault,
    });
    this.#byId.set(id, session);
    session.connection = connection;
    const { refs, complete } = this.#offline.claim(session.user, session.device);
    for (const { conversation, seq } of refs) session.ring.push(conversation, seq);
    this.#hub.add(session);
    this.#presence.changed(session, false);
    return {
      session,
      complete: complete && (refs.length === 0 || session.ring.length === refs.length),
    };
  }

  /** The session with this id, if it lives and is this device's. */
  find(id: string, user: string, device: string): Session | undefined {
    const session = this.#byId.get(id);
    return session !== undefined && session.user === user && session.device === device
      ? session
      : undefined;
  }

  /** Gives a session a new connection; the old one, if it is still there, is closed. Nothing is written to the new one before the replay. */
  attach(session: Session, connection: Connection, status: Status = session.status): void {
    const wasShown = session.shown !== undefined;
    const before = session.connection;
    session.connection = connection;
    session.status = status;
    session.live = false;
    this.#detached.delete(session);
    // Only now that it is not this session's any more: a socket that is closed at once must not detach the session.
    before?.close("resumed_elsewhere");
    this.#presence.changed(session, wasShown);
  }

  /** To be called when a connection is gone. The session waits for the client to come back. */
  detach(session: Session, connection: Connection): void {
    if (session.connection !== connection || session.ended) return;
    const shown = session.shown !== undefined;
    session.connection = undefined;
    session.live = false;
    session.detachedAtMs = this.#clock.monotonic();
    this.#detached.add(session);
    this.#awaitExpiry();
    if (shown) this.#presence.left(session.user);
    if (this.#detached.size > this.#config.detachedSessionsMax) {
      for (const oldest of this.#detached) {
        this.#retire(oldest);
        break;
      }
    }
  }

  /** Ends a session for good and closes its connection with this code. What it had not acknowledged goes to the offline queue. */
  end(session: Session, close: CloseName, detail?: string): void {
    const connection = session.connection;
    this.#retire(session);
    connection?.close(close, detail);
  }

  /** Ends a session that did not come about; its connection is left to the caller. */
  abandon(session: Session): void {
    this.#retire(session);
  }

  /** Ends the sessions of a user (of one device, or all but one session) and says how many. */
  endAll(
    user: string,
    close: CloseName,
    options: {
      device?: string | undefined;
      except?: Session | undefined;
      detail?: string | undefined;
    } = {},
  ): number {
    const ending = this.of(user).filter(
      (session) =>
        session !== options.except &&
        (options.device === undefined || session.device === options.device),
    );
    for (const session of ending) this.end(session, close, options.detail);
    return ending.length;
  }

  of(user: string): Session[] {
    return this.#hub
      .of(user)
      .filter((receiver): receiver is Session => receiver instanceof Session);
  }

  all(): IterableIterator<Session> {
    return this.#byId.values();
  }

  /** Hands every session over to the offline queue, as a graceful stop does. */
  parkAll(): void {
    for (const session of [...this.#byId.values()]) this.#retire(session);
    this.#cancelExpiry?.();
    this.#cancelExpiry = undefined;
  }

  #displaced(user: string, device: string, platform: Platform): Session[] {
    const others = this.of(user);
    const { devicePolicy, sessionsPerUserMax } = this.#config;
    const displaced = others.filter(
      (other) =>
        other.device === device ||
        devicePolicy === "one" ||
        (devicePolicy === "one_per_platform" && other.platform === platform),
    );
    const staying = others.filter((other) => !displaced.includes(other));
    return [
      ...displaced,
      ...staying.slice(0, Math.max(0, staying.length - sessionsPerUserMax + 1)),
    ];
  }

  /** Sees to it that the session that waits longest is looked at when its time is over. */
  #awaitExpiry(): void {
    const [first] = this.#detached;
    if (first === undefined || this.#cancelExpiry !== undefined) return;
    const leftMs = first.detachedAtMs + this.#config.resumeMs - this.#clock.monotonic();
    this.#cancelExpiry = this.#clock.after(Math.max(leftMs, expiryMsMin), () => {
      this.#cancelExpiry = undefined;
      this.#expire();
      this.#awaitExpiry();
    });
  }

  #expire(): void {
    const dueMs = this.#clock.monotonic() - this.#config.resumeMs;
    for (const session of this.#detached) {
      if (session.detachedAtMs > dueMs) return;
      this.#retire(session);
    }
  }

  #retire(session: Session): void {
    if (session.ended) return;
    const shown = session.shown !== undefined;
    session.ended = true;
    session.live = false;
    session.connection = undefined;
    this.#byId.delete(session.id);
    this.#detached.delete(session);
    this.#hub.remove(session);
    this.#presence.forget(session);
    if (shown) this.#presence.left(session.user);
    // After an overflow the ring is not all that was missed: without a mark the device will have to synchronise.
    if (!session.overflowed)
      this.#offline.park(session.user, session.device, session.unacknowledged());
  }
}
