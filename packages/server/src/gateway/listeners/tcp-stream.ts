import type { Socket } from "bun";
import type { CloseName } from "@godwit/protocol";
import type { Log } from "../../lib/log.ts";
import type { Stream, StreamHandler, StreamProtocol } from "../protocols/stream.ts";

export type TcpSocket = Socket<TcpStream>;

/** How long a closing socket may take to take its last bytes. */
const closeGraceMs = 5_000;
/** What is written in one turn is gathered here, to leave in one system call. */
const scratchBytes = 65_536;

/** Collects the streams written to in one turn of the event loop, and sends for all of them at its end. */
export class StreamFlusher {
  #dirty: TcpStream[] = [];
  readonly scratch = new Uint8Array(scratchBytes);

  add(stream: TcpStream): void {
    if (this.#dirty.push(stream) === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const stream of dirty) stream.flush();
  }
}

/** What the streams of one listener share. */
export interface StreamShared {
  readonly protocol: StreamProtocol;
  readonly flusher: StreamFlusher;
  /** Unsent bytes of one connection; a slower reader is cut. */
  readonly writeBufferBytesMax: number;
  /** How long a client may take to say who it is. */
  readonly connectDeadlineMs: number;
  readonly monotonic: () => number;
  /** Told of each client that becomes known, also of several on one stream. */
  readonly admitted: () => void;
  /** Asks a stream again after so many milliseconds how much longer it may be as it is. */
  readonly askAgain: (stream: TcpStream, ms: number) => void;
  readonly log: Log;
  /** Makes a socket one of TLS, with us as the server; undefined without a certificate. */
  readonly upgrade:
    | ((socket: TcpSocket, received: Uint8Array | undefined) => TcpSocket)
    | undefined;
}

/** One TCP or TLS socket as a stream of bytes. What the socket does not take at once waits in a bounded queue. */
export class TcpStream implements Stream {
  address: string;
  readonly #shared: StreamShared;
  #socket: TcpSocket | undefined;
  #handler: StreamHandler | undefined;
  /** Undefined while nothing waits: most connections are idle. Mostly one packet is written in a turn, and needs no list. */
  #pending: Uint8Array | Uint8Array[] | undefined;
  #pendingBytes = 0;
  #dirty = false;
  #drained: (() => void)[] | undefined;
  #known = false;
  /** Longest silence before it is closed; until the client is known, the time that it has for that. */
  #silenceMsMax: number;
  #heardAtMs: number;
  /** When its end was asked for. */
  #endingAtMs: number | undefined;
  /** The handler was told to close. */
  #asked = false;
  secure: boolean;
  congested = false;
  closed = false;
  /** Nothing has come from the client yet. */
  fresh = true;

  constructor(shared: StreamShared, socket: TcpSocket, address: string, secure: boolean) {
    this.#shared = shared;
    this.#socket = socket;
    this.address = address;
    this.secure = secure;
    this.#silenceMsMax = shared.connectDeadlineMs;
    this.#heardAtMs = shared.monotonic();
  }

  /** The socket that it reads from now: under TLS the one of plain text. */
  get socket(): TcpSocket | undefined {
    return this.#socket;
  }

  admitted(silenceMsMax: number): void {
    this.#shared.admitted();
    this.#known = true;
    this.#silenceMsMax = silenceMsMax;
  }

  /** As the interface says; `received` are bytes of the handshake that came already. */
  startTls(received?: Uint8Array): boolean {
    const { upgrade } = this.#shared;
    if (upgrade === undefined || this.secure || this.#socket === undefined) return false;
    this.flush();
    // What has not left in plain text by now would be taken for the beginning of TLS.
    if (this.congested) return false;
    this.secure = true;
    this.fresh = false;
    this.#socket = upgrade(this.#socket, received);
    return true;
  }

  tlsExporter(): Uint8Array | undefined {
    if (!this.secure) return undefined;
    return this.#socket?.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
  }

  /** Takes bytes as they came. */
  received(data: Uint8Array): void {
    this.fresh = false;
    if (this.closed || this.#endingAtMs !== undefined) return;
    this.#heardAtMs = this.#shared.monotonic();
    try {
      this.#handler ??= this.#shared.protocol.open(this);
      this.#handler.data(data);
    } catch (error) {
      this.#shared.log.error({ error }, "a protocol failed on what it received");
      this.terminate();
    }
  }

  write(data: Uint8Array | string): void {
    if (this.closed || this.#endingAtMs !== undefined) return;
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    if (this.#pending === undefined) this.#pending = bytes;
    else if (Array.isArray(this.#pending)) this.#pending.push(bytes);
    else this.#pending = [this.#pending, bytes];
    this.#pendingBytes += bytes.length;
    // Much was written in one turn: the socket has had no chance yet to take any of it.
    if (!this.congested && this.#pendingBytes > this.#shared.writeBufferBytesMax) this.flush();
    if (this.#pendingBytes > this.#shared.writeBufferBytesMax) this.terminate();
    else if (!this.congested) this.#markDirty();
  }

  drained(): Promise<void> {
    if (!this.congested) this.flush();
    if (!this.congested) return Promise.resolve();
    return new Promise((resolve) => (this.#drained ??= []).push(resolve));
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  end(): void {
    if (this.closed || this.#endingAtMs !== undefined) return;
    this.#endingAtMs = this.#shared.monotonic();
    this.#shared.askAgain(this, closeGraceMs);
    // Nothing would tell that a paused socket was closed at the other side.
    this.#socket?.resume();
    this.#markDirty();
  }

  terminate(): void {
    this.#socket?.terminate();
  }

  /** Asks the protocol to say goodbye; without a word from the client there is nobody to say it to. */
  close(name: CloseName): void {
    if (this.closed || this.#asked || this.#endingAtMs !== undefined) return;
    this.#asked = true;
    if (this.#handler === undefined) this.end();
    else this.#handler.close(name);
  }

  /** Asked by the wheel: how much longer this stream may be as it is. Closes it when it may not. */
  silent(): number {
    if (this.closed) return 0;
    const nowMs = this.#shared.monotonic();
    const leftMs =
      this.#endingAtMs === undefined
        ? this.#silenceMsMax - (nowMs - this.#heardAtMs)
        : this.#endingAtMs + closeGraceMs - nowMs;
    // Before the client is known the deadline counts from the beginning, whatever else is said.
    if (leftMs > 0 && (this.#known || this.#endingAtMs !== undefined))
      return Math.min(leftMs, 0x7fff_ffff);
    if (this.#asked || this.#endingAtMs !== undefined) {
      this.terminate();
      return 0;
    }
    this.close(this.#known ? "idle" : "connect_deadline");
    return closeGraceMs;
  }

  /** Sends what waits; called by the flusher at the end of the turn. */
  flush(): void {
    this.#dirty = false;
    const socket = this.#socket;
    if (this.closed || socket === undefined || this.congested) return;
    const pending = this.#pending;
    if (pending !== undefined) {
      this.#pending = undefined;
      this.#pendingBytes = 0;
      if (Array.isArray(pending)) this.#sendAll(socket, pending);
      else this.#sendOne(socket, pending);
    }
    // Half a close: the client may have written, and a full one would reset the connection before it has read our last bytes.
    if (this.#endingAtMs !== undefined && !this.congested) socket.shutdown();
  }

  /** The socket takes more again. */
  drain(): void {
    this.congested = false;
    this.flush();
    if (!this.congested) this.#releaseWaiters();
  }

  gone(): void {
    if (this.closed) return;
    this.closed = true;
    this.congested = false;
    this.#pending = undefined;
    this.#socket = undefined;
    this.#releaseWaiters();
    this.#handler?.closed();
  }

  #markDirty(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#shared.flusher.add(this);
  }

  /** What the socket has not taken; undefined if it has taken all. */
  #send(socket: TcpSocket, data: Uint8Array): Uint8Array | undefined {
    const taken = Math.max(0, socket.write(data));
    return taken === data.length ? undefined : data.slice(taken);
  }

  #sendOne(socket: TcpSocket, data: Uint8Array): void {
    const left = this.#send(socket, data);
    if (left !== undefined) this.#keep([left]);
  }

  #sendAll(socket: TcpSocket, pending: readonly Uint8Array[]): void {
    const { scratch } = this.#shared.flusher;
    for (let first = 0; first < pending.length;) {
      let bytes = 0;
      let next = first;
      for (; next < pending.length; next++) {
        const chunk = pending[next] as Uint8Array;
        if (bytes + chunk.length > scratch.length) break;
        scratch.set(chunk, bytes);
        bytes += chunk.length;
      }
      // One chunk, or one too large for the scratch, goes as it is.
      const alone = next <= first + 1;
      const data = alone ? (pending[first] as Uint8Array) : scratch.subarray(0, bytes);
      first = alone ? first + 1 : next;
      const left = this.#send(socket, data);
      if (left !== undefined) return this.#keep([left, ...pending.slice(first)]);
    }
  }

  /** What the socket has not taken waits for it to drain. */
  #keep(rest: Uint8Array[]): void {
    if (this.closed) return;
    this.congested = true;
    this.#pending = rest;
    this.#pendingBytes = rest.reduce((sum, { length }) => sum + length, 0);
  }

  #releaseWaiters(): void {
    for (const resolve of this.#drained?.splice(0) ?? []) resolve();
  }
}
