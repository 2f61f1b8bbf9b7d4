import type { ServerWebSocket } from "bun";
import { closeCodes, type CloseName } from "@godwit/protocol";

/** Collects the sockets written to in one turn of the event loop, and sends for all of them at its end: one system call each. */
export class Flusher {
  #dirty: ServedWebSocket[] = [];

  add(socket: ServedWebSocket): void {
    if (this.#dirty.push(socket) === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const socket of dirty) socket.flush();
  }
}

/** What the WebSockets of one listener share. */
export interface SocketShared {
  readonly flusher: Flusher;
  /** Unsent bytes of one connection; a slower reader is closed. */
  readonly writeBufferBytesMax: number;
  /** How long a client may take to say who it is. */
  readonly connectDeadlineMs: number;
  readonly monotonic: () => number;
}

/**
 * One WebSocket, whatever is spoken on it. Frames wait in `#pending` until the end of the turn, and longer while the socket does not take more; past the
 * bound the reader is closed as too slow.
 */
export abstract class ServedWebSocket {
  readonly address: string;
  readonly #shared: SocketShared;
  #socket: ServerWebSocket<ServedWebSocket> | undefined;
  /** Undefined while nothing waits: most connections are idle. */
  #pending: (string | Uint8Array)[] | undefined;
  #pendingBytes = 0;
  #dirty = false;
  #closing: { readonly code: number; readonly reason: string } | undefined;
  #drained: (() => void)[] | undefined;
  congested = false;
  closed = false;
  /** Longest silence before it is closed; until the client is known, the time that it has for that. */
  silenceMsMax: number;
  heardAtMs: number;

  constructor(shared: SocketShared, address: string) {
    this.#shared = shared;
    this.address = address;
    this.silenceMsMax = shared.connectDeadlineMs;
    this.heardAtMs = shared.monotonic();
  }

  /** Whether the client has said who it is. */
  abstract get known(): boolean;
  /** Takes one frame. */
  abstract received(data: string | Uint8Array): void;
  /** Closes with what the code of that name means in the protocol that is spoken here. */
  abstract close(name: CloseName, detail?: string): void;
  /** Tells the protocol that the socket is gone. */
  protected abstract ended(): void;

  /** The handshake is through. */
  opened(socket: ServerWebSocket<ServedWebSocket>): void {
    this.#socket = socket;
  }

  heard(data: string | Uint8Array): void {
    this.heardAtMs = this.#shared.monotonic();
    this.received(data);
  }

  drained(): Promise<void> {
    if (!this.congested) this.flush();
    if (!this.congested) return Promise.resolve();
    return new Promise((resolve) => (this.#drained ??= []).push(resolve));
  }

  pause(): void {
    if (!this.closed) this.#socket?.pause();
  }

  resume(): void {
    if (!this.closed) this.#socket?.resume();
  }

  /** True once it was told to close. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** Cuts the socket without a close handshake. */
  terminate(): void {
    this.#socket?.terminate();
  }

  /** Sends what waits; called by the flusher at the end of the turn. */
  flush(): void {
    this.#dirty = false;
    const socket = this.#socket;
    if (this.closed || socket === undefined || this.congested) return;
    const pending = this.#pending;
    this.#pending = undefined;
    this.#pendingBytes = 0;
    if (pending?.length === 1) this.#send(socket, pending[0] as string | Uint8Array);
    else if (pending !== undefined) {
      socket.cork(() => {
        for (const data of pending) this.#send(socket, data);
      });
    }
    if (this.#closing !== undefined && !this.congested) {
      socket.close(this.#closing.code, this.#closing.reason);
    }
  }

  /** The socket takes more again. */
  drain(): void {
    this.congested = false;
    this.flush();
    this.#releaseWaiters();
  }

  gone(): void {
    this.closed = true;
    this.congested = false;
    this.#pending = undefined;
    this.#socket = undefined;
    this.#releaseWaiters();
    this.ended();
  }

  /** Queues one frame; ignored once closing. */
  protected queue(data: string | Uint8Array): void {
    if (this.closed || this.#closing !== undefined) return;
    if (this.#pending === undefined) this.#pending = [data];
    else this.#pending.push(data);
    this.#pendingBytes += data.length;
    // Much was written in one turn: the socket has had no chance yet to take any of it.
    if (!this.congested && this.#pendingBytes > this.#shared.writeBufferBytesMax) this.flush();
    if (
      this.#pendingBytes + (this.congested ? (this.#socket?.getBufferedAmount() ?? 0) : 0) >
      this.#shared.writeBufferBytesMax
    ) {
      this.#tooSlow();
    } else if (!this.congested) this.#markDirty();
  }

  /** Sends what is queued, then the close frame. */
  protected closeWith(code: number, reason: string): void {
    if (this.closed || this.#closing !== undefined) return;
    this.#closing = { code, reason: clip(reason) };
    // Who does not read cannot put the end off by it.
    if (this.congested) this.#giveUp(this.#closing);
    else this.#markDirty();
  }

  #markDirty(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#shared.flusher.add(this);
  }

  #send(socket: ServerWebSocket<ServedWebSocket>, data: string | Uint8Array): void {
    // -1: taken, but the socket is full now; 0: not taken, the connection is lost.
    if (socket.send(data) === -1) this.congested = true;
  }

  #tooSlow(): void {
    const { code, message } = closeCodes.slow_reader;
    this.#closing = { code, reason: message };
    this.#giveUp(this.#closing);
  }

  /** Closes at once, without what the socket has not taken yet: the close frame could only stand behind it. */
  #giveUp({ code, reason }: { readonly code: number; readonly reason: string }): void {
    this.#pending = undefined;
    this.#pendingBytes = 0;
    this.#socket?.close(code, reason);
  }

  #releaseWaiters(): void {
    for (const resolve of this.#drained?.splice(0) ?? []) resolve();
  }
}

/** RFC 6455 section 5.5.1: a reason has at most 123 bytes of UTF-8. */
function clip(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > 123) text = text.slice(0, -1);
  return text;
}
