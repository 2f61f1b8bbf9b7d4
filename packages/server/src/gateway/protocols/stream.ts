import type { CloseName } from "@godwit/protocol";

/**
 * A duplex of bytes or frames, as a protocol that is not the native one sees its client: a TCP or TLS socket, or a WebSocket. Listeners make them, so
 * that a protocol needs no socket to be tested.
 */
export interface Stream {
  /** The client's network address. */
  readonly address: string;
  /** Whether nobody on the way can read along. */
  readonly secure: boolean;
  /** True while the socket does not take more: whoever replays should wait for `drained`. */
  readonly congested: boolean;
  /**
   * The client is known. From now on only silence of so many milliseconds makes the listener call the handler's `close("idle")`; until then it is
   * `close("connect_deadline")`, counted from the beginning, whatever is said. May be called again with another bound; Infinity: silence is never too long.
   */
  admitted(silenceMsMax: number): void;
  /**
   * Queues bytes (on a WebSocket: one binary frame) or text (UTF-8 bytes; one text frame). What is written in one turn of the event loop leaves together. Bounded: a
   * reader too slow for it is cut, and `closed` told so. Ignored once closed.
   */
  write(data: Uint8Array | string): void;
  /** Resolves when the socket has taken everything, or has closed. */
  drained(): Promise<void>;
  /**
   * Begins TLS with this side as the server, after what is queued has left in plain text (STARTTLS). False, and nothing happens, without a certificate, on a stream that is
   * secure already, or if the socket does not take what is queued. Absent where the transport has its own ways, as WebSockets do.
   */
  startTls?(): boolean;
  /** What names this TLS connection and no other (RFC 9266, `tls-exporter`), 32 bytes; undefined without TLS. Absent where the transport does not tell. */
  tlsExporter?(): Uint8Array | undefined;
  /** Stops and restarts reading: back-pressure on the sender. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Cuts at once. */
  terminate(): void;
}

/** A protocol's side of one stream. */
export interface StreamHandler {
  /** Bytes in whatever pieces they came, valid only during the call; on a WebSocket exactly one frame, a text if it was one. Must not throw. */
  data(data: Uint8Array | string): void;
  /** The stream is gone, by whichever side. Called once. */
  closed(): void;
  /** Closes politely, with what the close code means in this protocol. */
  close(name: CloseName): void;
}

/** What a listener hands new streams to. */
export interface StreamProtocol {
  open(stream: Stream): StreamHandler;
  /** The server stops, and every stream has ended: no timer may go on. */
  stop?(): void;
}
