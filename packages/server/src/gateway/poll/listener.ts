import type { CloseName } from "@godwit/protocol";
import { Bucket } from "../../lib/bucket.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import { Wheel } from "../../lib/wheel.ts";
import type { Admission } from "../listeners/admission.ts";
import type { Listener } from "../listeners/listener.ts";
import { Waves } from "../listeners/waves.ts";
import type { NativeProtocol } from "../protocols/native.ts";
import { PollConnection, type PollLimits, type PollShared, type Reader } from "./connection.ts";

export interface PollConfig extends PollLimits {
  readonly connectDeadlineMs: number;
  readonly waitMsMax: number;
}

export interface PollListenerDeps {
  readonly config: PollConfig;
  readonly protocol: NativeProtocol;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly random: Random;
  /** Of the web's listener, whose requests come here. */
  readonly port: () => number;
}

/** What a batch came to. */
export type Taken = "taken" | "out_of_order";

const wheelTickMs = 250;
/** Within one turn of the wheel, so that an entry that comes up early is one that was replaced. */
const aheadMsMax = 100_000;
/** How long the end of a connection can still be asked for. */
const endKeptMs = 5_000;
/** Requests of one connection: each command may come by one, and each answer. More are no client's. */
const requestsPerSecondMax = 1_000;
const requestsBurst = 2_000;

/** The connections of the native protocol that are made of HTTP requests. It has no socket of its own: requests come from the web's listener. */
export class PollListener implements Listener {
  readonly name = "poll";
  readonly #deps: PollListenerDeps;
  readonly #connections = new Map<string, PollConnection>();
  readonly #wheel: Wheel<PollConnection>;
  readonly #shared: PollShared;
  readonly #waves: Waves;
  #open = 0;
  #accepting = true;

  constructor(deps: PollListenerDeps) {
    this.#deps = deps;
    const { clock, config, protocol } = deps;
    this.#shared = {
      limits: config,
      connectDeadlineMs: config.connectDeadlineMs,
      onEnd: (ended) => {
        this.#open--;
        protocol.closed(ended);
        ended.keptUntilMs = clock.monotonic() + endKeptMs;
        this.#schedule(ended, ended.keptUntilMs);
      },
    };
    this.#waves = new Waves(clock);
    this.#wheel = new Wheel(clock, wheelTickMs, (connection) => this.#due(connection));
  }

  get port(): number {
    return this.#deps.port();
  }

  /** Those that have not ended, although the end of others can still be asked for. */
  get connections(): number {
    return this.#open;
  }

  /** Longest wait of a poll, in milliseconds. */
  get waitMsMax(): number {
    return this.#deps.config.waitMsMax;
  }

  get accepting(): boolean {
    return this.#accepting;
  }

  drain(): void {
    this.#accepting = false;
  }

  closeAll(name: CloseName): void {
    for (const connection of this.#connections.values()) connection.close(name);
  }

  stop(): Promise<void> {
    this.#accepting = false;
    this.closeAll("draining");
    for (const connection of this.#connections.values()) this.#forget(connection);
    this.#wheel.stop();
    this.#waves.stop();
    return Promise.resolve();
  }

  /** A new connection with an id that nobody guesses; undefined if there is no room. */
  open(address: string): PollConnection | undefined {
    const { admission, clock, config, random } = this.#deps;
    if (!this.#accepting || !admission.enter(address)) return undefined;
    const nowMs = clock.monotonic();
    const connection = new PollConnection({
      id: Buffer.from(random.bytes(24)).toString("base64url"),
      address,
      shared: this.#shared,
      nowMs,
    });
    this.#open++;
    this.#waves.opened();
    this.#connections.set(connection.id, connection);
    this.#schedule(connection, nowMs + config.connectDeadlineMs);
    return connection;
  }

  /** The connection of that id, which was heard of just now; undefined if it has ended, or never was. */
  find(id: string): PollConnection | undefined {
    const connection = this.#connections.get(id);
    if (connection === undefined) return undefined;
    const nowMs = this.#deps.clock.monotonic();
    connection.heardAtMs = nowMs;
    connection.requests ??= new Bucket(requestsBurst, nowMs);
    if (connection.requests.take(requestsPerSecondMax, requestsBurst, nowMs) > 0)
      connection.close("flooding");
    return connection;
  }

  /**
   * Takes a batch of commands, numbered from 1. One that was taken already is not run again: its answer was lost. Settles when all of it was handed on, which
   * back-pressure may put off.
   */
  async take(
    connection: PollConnection,
    batch: number,
    frames: readonly Uint8Array[],
  ): Promise<Taken> {
    if (batch === connection.batch) {
      await connection.taking;
      return "taken";
    }
    if (batch !== connection.batch + 1 || connection.taking !== undefined) return "out_of_order";
    connection.batch = batch;
    connection.taking = this.hand(connection, frames);
    await connection.taking;
    connection.taking = undefined;
    return "taken";
  }

  /** Hands frames on in order, as fast as the session takes them. */
  async hand(connection: PollConnection, frames: readonly Uint8Array[]): Promise<void> {
    for (const frame of frames) {
      while (connection.paused !== undefined) await connection.paused;
      if (connection.closed) return;
      this.#deps.protocol.receive(connection, frame);
    }
  }

  /** Makes this reader the connection's, for the first page; the one before gets nothing more. */
  begin(reader: Reader, waitMs: number): void {
    reader.connection.begin(reader);
    this.read(reader, waitMs);
  }

  /** Lets a reader have what follows its cursor, now or when there is something, or nothing after `waitMs`. What it has stays kept: see `PollConnection.acknowledge`. */
  read(reader: Reader, waitMs: number): void {
    if (reader.read()) return;
    if (waitMs <= 0) return reader.wake();
    const { clock, config } = this.#deps;
    const { connection } = reader;
    connection.readUntilMs = clock.monotonic() + Math.min(waitMs, config.waitMsMax);
    this.#schedule(connection, connection.readUntilMs);
  }

  /** The client says goodbye to the connection; its session may be resumed by another. */
  leave(connection: PollConnection): void {
    connection.close("idle", "The client has left.");
    this.#forget(connection);
  }

  #forget(connection: PollConnection): void {
    if (this.#connections.delete(connection.id)) this.#deps.admission.left(connection.address);
  }

  /** Sees to it that the wheel asks for the connection by then; it is in the wheel once, but for times that were brought forward. */
  #schedule(connection: PollConnection, atMs: number): void {
    if (atMs >= connection.dueAtMs) return;
    const nowMs = this.#deps.clock.monotonic();
    connection.dueAtMs = Math.min(atMs, nowMs + aheadMsMax);
    this.#wheel.add(connection, connection.dueAtMs - nowMs);
  }

  /** Asked by the wheel: in how many milliseconds to ask again. */
  #due(connection: PollConnection): number {
    const nowMs = this.#deps.clock.monotonic();
    // An entry from before the time was brought forward.
    if (nowMs < connection.dueAtMs || !this.#connections.has(connection.id)) return 0;
    connection.dueAtMs = Number.POSITIVE_INFINITY;
    const nextMs = this.#attend(connection, nowMs);
    if (nextMs === undefined) return 0;
    connection.dueAtMs = Math.min(nextMs, nowMs + aheadMsMax);
    return connection.dueAtMs - nowMs;
  }

  /** Does what is due on a connection, and says when something will be again. */
  #attend(connection: PollConnection, nowMs: number): number | undefined {
    if (connection.closed) {
      if (nowMs < connection.keptUntilMs) return connection.keptUntilMs;
      this.#forget(connection);
      return undefined;
    }
    if (connection.readUntilMs <= nowMs) connection.expireReader();
    // Before the client is known the deadline counts from the beginning, whatever else is said.
    const known = connection.session !== undefined;
    const silentUntilMs = connection.heardAtMs + connection.silenceMsMax;
    if (known && nowMs < silentUntilMs) return Math.min(silentUntilMs, connection.readUntilMs);
    if (!known && nowMs < connection.helloUntilMs) return connection.helloUntilMs;
    connection.close(known ? "idle" : "connect_deadline");
    return undefined;
  }
}
