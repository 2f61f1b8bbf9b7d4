import {
  countedEvents,
  type EventFrame,
  type Params,
  type Result,
  shouldReconnect,
} from "@godwit/protocol";
import type { Backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Connection, ConnectionHandlers } from "./connection.ts";
import { closeError, type GodwitError, toGodwitError } from "./errors.ts";
import type { Network } from "./network.ts";

/**
 * - `connecting`: a connection is being made, or its hello waits for the welcome.
 * - `online`: commands are answered.
 * - `offline`: waiting before the next attempt.
 * - `closed`: for good, by `close` or by an error that no retry can mend.
 */
export type ClientState = "connecting" | "online" | "offline" | "closed";

export type Welcome = Result<"hello">;

export interface SessionPorts {
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** False if asking for a token again would give the same one. */
  readonly tokenRenewable: boolean;
  token(): Promise<string>;
  open(handlers: ConnectionHandlers): Promise<Connection>;
  hello(): Omit<Params<"hello">, "token" | "resume">;
  /** Commands may be sent from now on. An error ends the session for good. */
  up(connection: Connection, welcome: Welcome): GodwitError | undefined;
  /** No more commands: the connection is lost or drains. */
  down(): void;
  event(frame: EventFrame): void;
  state(state: ClientState, error?: GodwitError): void;
  failed(error: GodwitError): void;
  /** A connection ended before its welcome, and nobody said why. */
  unwelcome(): void;
  /** What is known of the network, once that is loaded. */
  network(): Network | undefined;
}

export interface SessionLimits {
  /** From the first packet to the welcome. */
  readonly connectTimeoutMs: number;
  /** A connection that lasted so long resets the back-off. */
  readonly stableMs: number;
  /** Events are acknowledged after so many, or so much time, whichever is first. */
  readonly acknowledgeEvery: number;
  readonly acknowledgeMs: number;
  /** How long commands in flight may take on a draining connection. */
  readonly drainMaxMs: number;
}

const counted: ReadonlySet<string> = new Set(countedEvents);
const pingTimeoutMsMax = 10_000;
const drainPollMs = 50;

type TimerName = "attempt" | "connect" | "beat" | "acknowledge" | "drain";

/**
 * One session over as many connections as it takes: connects, says hello (resuming where the last connection ended), keeps the
 * connection alive, counts and acknowledges events, renews the token, and reconnects with back-off until told to stop.
 */
export class Session {
  readonly #ports: SessionPorts;
  readonly #limits: SessionLimits;
  #state: ClientState = "offline";
  #connection: Connection | undefined;
  /** What the server gave to resume with. */
  #session: { id: string; position: number } | undefined;
  #unacknowledged = 0;
  /** As the server asked for it. */
  #heartbeatMs = 0;
  #up = false;
  #welcomedAtMs: number | undefined;
  /** Why the connection that closes now was refused, and how long the server asked to wait. */
  #refusal: GodwitError | undefined;
  #floorMs = 0;
  /** The connection is left for one that has just been tried. */
  #moving = false;
  #tokenAskedAgain = false;
  /** Timers by purpose; every one is cancelled when its connection ends. */
  readonly #timers = new Map<TimerName, () => void>();
  /** Counts attempts, so that what an abandoned one still waits for is ignored. */
  #attempt = 0;

  constructor(ports: SessionPorts, limits: SessionLimits) {
    this.#ports = ports;
    this.#limits = limits;
  }

  get state(): ClientState {
    return this.#state;
  }

  start(): void {
    if (this.#state !== "closed") void this.#connect();
  }

  /** The network may have changed: connects without waiting any longer, or makes sure that the connection still lives. */
  wake(): void {
    this.#ports.network()?.wake();
    if (this.#state === "offline" && this.#timers.has("attempt")) void this.#connect();
    else if (this.#up) this.#ping(0);
  }

  /** Ends the session for good; with an error if it is not the application's wish. */
  close(error?: GodwitError): void {
    if (this.#state === "closed") return;
    this.#attempt++;
    this.#cancelAll();
    const connection = this.#connection;
    this.#connection = undefined;
    const wasUp = this.#up;
    this.#up = false;
    if (wasUp && !error) connection?.post("bye", {});
    connection?.close(1000, "bye");
    this.#enter("closed", error);
    if (wasUp) this.#ports.down();
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    const stale = (): boolean => attempt !== this.#attempt;
    this.#cancelAll();
    this.#refusal = undefined;
    this.#floorMs = 0;
    this.#moving = false;
    this.#enter("connecting");
    if (stale()) return;
    try {
      const token = await this.#ports.token();
      if (stale()) return;
      this.#timer("connect", this.#limits.connectTimeoutMs, () => this.#abandon());
      const connection = await this.#ports.open({
        open: () => void (stale() || this.#hello(token)),
        event: (frame) => void (stale() || this.#event(frame)),
        failed: (error) => void (stale() || this.#ports.failed(error)),
        closed: (code, reason) => void (stale() || this.#lost(code, reason)),
      });
      if (stale()) connection.close(1000, "abandoned");
      else this.#connection = connection;
    } catch (thrown) {
      if (stale()) return;
      // The token function failed, or there is no usable WebSocket or URL.
      this.#refusal = toGodwitError(thrown, "token_failed");
      this.#lost(1006, "");
    }
  }

  /** The connection attempt takes too long. */
  #abandon(): void {
    if (this.#connection) this.#connection.close(1000, "no welcome in time");
    else {
      this.#attempt++;
      this.#lost(1006, "");
    }
  }

  #hello(token: string): void {
    const connection = this.#connection;
    if (!connection) return;
    const resume = this.#session && { session: this.#session.id, position: this.#session.position };
    connection
      .request(
        "hello",
        { ...this.#ports.hello(), token, ...(resume && { resume }) },
        this.#limits.connectTimeoutMs,
      )
      .then(
        (welcome) => void (connection === this.#connection && this.#welcome(connection, welcome)),
        (error: GodwitError) => {
          if (connection !== this.#connection || error.name === "connection_lost") return;
          this.#refusal = error;
          connection.close(1000, "hello refused");
        },
      );
  }

  #welcome(connection: Connection, welcome: Welcome): void {
    this.#cancel("connect");
    this.#session = { id: welcome.session, position: welcome.position };
    this.#unacknowledged = 0;
    this.#heartbeatMs = welcome.heartbeatMs;
    this.#tokenAskedAgain = false;
    this.#welcomedAtMs = this.#ports.clock.monotonic();
    this.#up = true;
    const error = this.#ports.up(connection, welcome);
    if (error) return this.close(error);
    if (connection !== this.#connection) return;
    this.#beat();
    this.#enter("online");
  }

  /** Leaves the connection for another one, once what is in flight is answered: at once, however long the attempts before this one had to wait. */
  move(): void {
    this.#moving = true;
    this.#drain(0);
  }

  #lost(code: number, reason: string): void {
    const { clock, backoff } = this.#ports;
    // What the server, or a proxy, closed with a reason says nothing of the network.
    if (code === 1006 && this.#up && this.#connection)
      this.#ports.network()?.lost(this.#connection.silenceMs);
    if (code < 4000 && this.#welcomedAtMs === undefined && !this.#refusal) this.#ports.unwelcome();
    this.#connection = undefined;
    this.#cancelAll();
    if (
      this.#welcomedAtMs !== undefined &&
      clock.monotonic() - this.#welcomedAtMs >= this.#limits.stableMs
    )
      backoff.reset();
    this.#welcomedAtMs = undefined;
    // Another connection took the session over: resuming would take it back, and so on without end.
    if (code === 4005) this.#session = undefined;
    if (this.#up) {
      this.#up = false;
      this.#ports.down();
    }
    const error = this.#refusal ?? (shouldReconnect(code) ? undefined : closeError(code, reason));
    if (error?.name === "token_invalid" || error?.name === "token_expired") {
      if (!this.#ports.tokenRenewable || this.#tokenAskedAgain) return this.close(error);
      this.#tokenAskedAgain = true;
      return void this.#connect();
    }
    if (error && !error.retryable) return this.close(error);
    if (this.#state === "closed") return;
    if (this.#moving && !error) return void this.#connect();
    this.#timer(
      "attempt",
      backoff.next(Math.max(this.#floorMs, error?.retryAfterMs ?? 0)),
      () => void this.#connect(),
    );
    this.#enter("offline", error);
  }

  #event(frame: EventFrame): void {
    if (!this.#session || !this.#connection) return;
    const session = this.#session;
    const connection = this.#connection;
    this.#ports.event(frame);
    // A listener may have closed the client.
    if (connection !== this.#connection) return;
    // Counted after it was recorded, so that an acknowledgement never runs ahead.
    if (counted.has(frame.type)) {
      session.position++;
      if (++this.#unacknowledged >= this.#limits.acknowledgeEvery) this.#acknowledge();
      else if (!this.#timers.has("acknowledge"))
        this.#timer("acknowledge", this.#limits.acknowledgeMs, () => this.#acknowledge());
    } else if (frame.type === "sync_required")
      session.position = frame.position ?? session.position;
    else if (frame.type === "draining") this.#drain(frame.reconnectAfterMs);
    else if (frame.type === "token_expiring") void this.#refresh();
  }

  #acknowledge(): void {
    this.#cancel("acknowledge");
    this.#unacknowledged = 0;
    if (this.#session) this.#connection?.post("received", { position: this.#session.position });
  }

  /** Probes the connection whenever it was quiet in either direction for a heartbeat. */
  #beat(): void {
    const connection = this.#connection;
    if (!connection || !this.#up) return;
    const quietMs = Math.max(1, this.#ports.network()?.beatMs ?? this.#heartbeatMs);
    const leftMs =
      quietMs -
      this.#ports.clock.monotonic() +
      Math.min(connection.sentAtMs, connection.receivedAtMs);
    if (leftMs <= 0) this.#ping(connection.silenceMs);
    this.#timer("beat", leftMs > 0 ? leftMs : quietMs, () => this.#beat());
  }

  /** @param silenceMs how long nothing has moved, if that is why the connection may be dead */
  #ping(silenceMs: number): void {
    const connection = this.#connection;
    const session = this.#session;
    if (!connection || !session) return;
    const network = this.#ports.network();
    const sentAtMs = this.#ports.clock.monotonic();
    this.#cancel("acknowledge");
    this.#unacknowledged = 0;
    connection
      .request(
        "ping",
        { position: session.position, ...network?.probe(silenceMs) },
        Math.min(this.#heartbeatMs, pingTimeoutMsMax),
      )
      .then(
        ({ position }) => {
          if (connection !== this.#connection) return;
          if (network?.answered(silenceMs, position, session.position))
            return connection.close(1000, "events were lost");
          this.#beat();
        },
        (error: GodwitError) => {
          // Anything else that arrived meanwhile shows as well that the connection lives.
          if (error.name === "timeout" && connection.receivedAtMs < sentAtMs)
            connection.close(1000, "no answer to a ping");
        },
      );
  }

  async #refresh(): Promise<void> {
    const connection = this.#connection;
    try {
      const token = await this.#ports.token();
      if (connection && connection === this.#connection)
        await connection.request("refresh", { token }, this.#limits.connectTimeoutMs);
    } catch (thrown) {
      const error = toGodwitError(thrown, "token_failed");
      // When the token ends, the server closes with a token code, and the next connection asks for another.
      if (error.name !== "connection_lost") this.#ports.failed(error);
    }
  }

  /** The server asks to go: lets commands in flight be answered, then leaves. */
  #drain(reconnectAfterMs: number): void {
    const connection = this.#connection;
    if (!connection || !this.#up) return;
    this.#up = false;
    this.#floorMs = reconnectAfterMs;
    this.#cancel("beat");
    this.#ports.down();
    const startedAtMs = this.#ports.clock.monotonic();
    const poll = (): void => {
      if (connection !== this.#connection) return;
      if (
        connection.inFlight === 0 ||
        this.#ports.clock.monotonic() - startedAtMs >= this.#limits.drainMaxMs
      ) {
        this.#acknowledge();
        connection.close(1000, "draining");
      } else this.#timer("drain", drainPollMs, poll);
    };
    poll();
  }

  #enter(state: ClientState, error?: GodwitError): void {
    if (this.#state === state && !error) return;
    this.#state = state;
    this.#ports.state(state, error);
  }

  #timer(name: TimerName, ms: number, callback: () => void): void {
    this.#cancel(name);
    const cancel = this.#ports.clock.after(ms, () => {
      this.#timers.delete(name);
      callback();
    });
    this.#timers.set(name, cancel);
  }

  #cancel(name: TimerName): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #cancelAll(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
