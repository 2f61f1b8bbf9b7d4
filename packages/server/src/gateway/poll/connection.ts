import {
  closeCodes,
  jsonCodec,
  type CloseName,
  type RawFrame,
  type ServerFrame,
} from "@godwit/protocol";
import type { Outgoing } from "../../hub/outgoing.ts";
import type { Bucket } from "../../lib/bucket.ts";
import type { Session } from "../../session/session.ts";
import type { Peer } from "../protocols/native.ts";

/** Why a connection is over, as a WebSocket's close frame would say it. */
export interface End {
  readonly code: number;
  readonly reason: string;
}

/** What a reader gets: frames that follow its cursor, then perhaps the end. */
export interface Page {
  readonly frames: readonly string[];
  /** The cursor of the last of them; that of the reader if there are none. */
  readonly cursor: number;
  readonly end: End | undefined;
}

/**
 * One request that reads: a poll, or a stream of events. A newer one takes over from it. A class, and not a handful of functions, because very many of them wait.
 */
export abstract class Reader {
  readonly connection: PollConnection;
  /** The cursor of the last frame that it has. */
  cursor: number;
  #waits = false;

  constructor(connection: PollConnection, cursor: number) {
    this.connection = connection;
    this.cursor = cursor;
  }

  /** Gets what follows the cursor: an empty page when the time is over, undefined if another reader took over. */
  protected abstract deliver(page: Page | undefined): void;

  /** Delivers if there is something to deliver; false if it is to wait. */
  read(): boolean {
    const { connection } = this;
    this.#waits = connection.reads(this) && !connection.readable(this.cursor);
    if (!this.#waits) this.#deliver();
    return !this.#waits;
  }

  /** There may be something to read, the time is over, or another has taken over. */
  wake(): void {
    if (!this.#waits) return;
    this.#waits = false;
    this.#deliver();
  }

  #deliver(): void {
    const { connection } = this;
    if (!connection.reads(this)) return this.deliver(undefined);
    connection.readUntilMs = Number.POSITIVE_INFINITY;
    this.deliver(connection.page(this.cursor));
  }
}

export interface PollLimits {
  /** Frames and bytes kept until they are fetched. */
  readonly framesMax: number;
  readonly bytesMax: number;
}

/** What connections of one listener have in common. */
export interface PollShared {
  readonly limits: PollLimits;
  readonly connectDeadlineMs: number;
  /** Told once, in a turn of its own, when a connection is over. */
  readonly onEnd: (connection: PollConnection) => void;
}

const none: readonly string[] = [];

/** Frames that have not been fetched, above which a replay waits and what is ephemeral is dropped. */
const unfetchedBytesHigh = 64 * 1_024;
/** Bytes of frames in one answer; one frame more than that at most. */
const pageBytesMax = 256 * 1_024;

/**
 * A connection of the native protocol that is made of HTTP requests. Frames to the client are numbered from 1 and kept until the client says, with the cursor of
 * its next request, that it has them: a lost answer loses nothing. Past the bound the reader is closed as too slow.
 */
export class PollConnection implements Peer {
  readonly codec = jsonCodec;
  readonly id: string;
  readonly address: string;
  readonly #shared: PollShared;
  /** Frames that are not acknowledged; the first has the cursor `#acknowledged + 1`. Undefined while there are none: most connections are idle. */
  #kept: string[] | undefined;
  #bytes = 0;
  #acknowledged = 0;
  /** The highest cursor that was handed to a reader. */
  #fetched = 0;
  #unfetchedBytes = 0;
  #reader: Reader | undefined;
  #waking = false;
  #drained: (() => void)[] | undefined;
  #paused: PromiseWithResolvers<void> | undefined;
  end: End | undefined;
  /** The number of the last batch of commands, and its work while that is under way. */
  batch = 0;
  taking: Promise<void> | undefined;
  session: Session | undefined;
  waiting: RawFrame[] | undefined;
  refusals = 0;
  silenceMsMax: number;
  heardAtMs: number;
  /** Who has not said hello by then is sent away. */
  readonly helloUntilMs: number;
  /** By the monotonic clock: when the wheel asks next, when the reader's time is over, and until when the end can be asked for. */
  dueAtMs = Number.POSITIVE_INFINITY;
  readUntilMs = Number.POSITIVE_INFINITY;
  keptUntilMs = Number.POSITIVE_INFINITY;
  requests: Bucket | undefined;

  constructor(options: {
    readonly id: string;
    readonly address: string;
    readonly shared: PollShared;
    readonly nowMs: number;
  }) {
    this.id = options.id;
    this.address = options.address;
    this.#shared = options.shared;
    this.silenceMsMax = options.shared.connectDeadlineMs;
    this.heardAtMs = options.nowMs;
    this.helloUntilMs = options.nowMs + this.silenceMsMax;
  }

  get #frames(): readonly string[] {
    return this.#kept ?? none;
  }

  get closed(): boolean {
    return this.end !== undefined;
  }

  get closing(): boolean {
    return this.end !== undefined;
  }

  get congested(): boolean {
    return this.#unfetchedBytes > unfetchedBytesHigh;
  }

  /** The cursor of the newest frame. */
  get cursor(): number {
    return this.#acknowledged + this.#frames.length;
  }

  /** The cursor up to which the client has everything. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  write(outgoing: Outgoing): void {
    if (this.end === undefined) this.#queue(outgoing.encode(this.codec) as string);
  }

  reply(frame: ServerFrame): void {
    if (this.end === undefined) this.#queue(this.codec.encodeServer(frame) as string);
  }

  drained(): Promise<void> {
    if (this.closed || this.#unfetchedBytes === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#drained ??= []).push(resolve));
  }

  pause(): void {
    if (!this.closed) this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  /** Settles when commands may be handed on; undefined if they may be at once. */
  get paused(): Promise<void> | undefined {
    return this.#paused?.promise;
  }

  close(name: CloseName, detail?: string): void {
    if (this.end !== undefined) return;
    const { code, message } = closeCodes[name];
    this.end = { code, reason: detail ?? message };
    this.resume();
    this.#release();
    this.#wake();
    // Not within the call: whoever closes is in the middle of something, and the session is told next.
    queueMicrotask(() => this.#shared.onEnd(this));
  }

  /** Makes this reader the only one; the one before is woken, and reads no more. */
  begin(reader: Reader): void {
    const before = this.#reader;
    this.#reader = reader;
    before?.wake();
  }

  reads(reader: Reader): boolean {
    return this.#reader === reader;
  }

  leave(reader: Reader): void {
    if (this.#reader === reader) this.#reader = undefined;
  }

  /** The reader's time is over. */
  expireReader(): void {
    this.readUntilMs = Number.POSITIVE_INFINITY;
    this.#reader?.wake();
  }

  /** Forgets what the client has. False if the cursor is one that it cannot have. */
  acknowledge(cursor: number): boolean {
    if (cursor > this.#fetched) return false;
    const count = cursor - this.#acknowledged;
    if (count <= 0) return true;
    for (const frame of this.#kept?.splice(0, count) ?? none) this.#bytes -= frame.length;
    if (this.#kept?.length === 0) this.#kept = undefined;
    this.#acknowledged = cursor;
    return true;
  }

  /** True if there is something after the cursor. */
  readable(after: number): boolean {
    return this.end !== undefined || this.cursor > after;
  }

  /** Hands over what follows a cursor. It stays until it is acknowledged itself. */
  page(after: number): Page {
    const frames: string[] = [];
    // Only the end is left to be told once frames were given up.
    if (after < this.#acknowledged) return { frames, cursor: after, end: this.end };
    let bytes = 0;
    for (let at = after - this.#acknowledged; at < this.#frames.length; at++) {
      const frame = this.#frames[at] as string;
      frames.push(frame);
      bytes += frame.length;
      if (bytes >= pageBytesMax) break;
    }
    const cursor = after + frames.length;
    this.#fetch(cursor);
    return { frames, cursor, end: cursor === this.cursor ? this.end : undefined };
  }

  #fetch(cursor: number): void {
    for (let at = this.#fetched; at < cursor; at++)
      this.#unfetchedBytes -= (this.#frames[at - this.#acknowledged] as string).length;
    this.#fetched = Math.max(this.#fetched, cursor);
    if (this.#unfetchedBytes === 0) this.#release();
  }

  #queue(frame: string): void {
    (this.#kept ??= []).push(frame);
    this.#bytes += frame.length;
    this.#unfetchedBytes += frame.length;
    const { framesMax, bytesMax } = this.#shared.limits;
    if (this.#frames.length > framesMax || this.#bytes > bytesMax) this.#tooSlow();
    else this.#wake();
  }

  /** Without what waited: the session remembers what is of worth. */
  #tooSlow(): void {
    this.#kept = undefined;
    this.#bytes = 0;
    this.#unfetchedBytes = 0;
    // The numbers go on where the reader is, so that it is answered and not taken for lost.
    this.#acknowledged = this.#fetched;
    this.close("slow_reader");
  }

  /** At the end of the turn, so that what is written in one turn is read in one. */
  #wake(): void {
    if (this.#waking || this.#reader === undefined) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      this.#reader?.wake();
    });
  }

  #release(): void {
    for (const resolve of this.#drained?.splice(0) ?? []) resolve();
  }
}
