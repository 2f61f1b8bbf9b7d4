/**
 * A WebSocket client written for load: one TCP socket, frames parsed in place, writes of many frames at once. It does what
 * RFC 6455 asks of a client (upgrade with a checked accept key, masked frames, pong, close) and nothing more.
 */
import { Backlog } from "./backlog.ts";
import { headBytes, opcodes, walkFrames, writeHead } from "./frames.ts";

export interface LinkOwner {
  /** One text or binary frame: the payload is `bytes[from, to)`, valid only during the call. */
  frame(bytes: Buffer, from: number, to: number): void;
  /** What had to wait was written; more may be. */
  writable(): void;
  /** The link has ended, by either side. `code` is the WebSocket close code, 1006 if there was none. */
  closed(code: number, reason: string): void;
}

/** A connection of one client of a load, whatever carries it. */
export interface Link {
  /** Nothing waits to be written. While false, `write` must not be called. */
  readonly ready: boolean;
  /** Writes whole frames (`bytes[from, to)`); what the socket does not take is kept and `ready` is false until it is gone. */
  write(bytes: Buffer, from: number, to: number): void;
  /** Frames and writes one payload: for what is not hot. */
  send(payload: string | Uint8Array): void;
  /** Says goodbye and ends the connection at once. */
  close(): void;
  /** Breaks the connection without a word, as a lost network does. */
  cut(): void;
}

export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
}

/** The example key of RFC 6455 section 1.3 and its answer: the check is as good with a fixed key. */
const key = "dGhlIHNhbXBsZSBub25jZQ==";
const acceptKey = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const none = Buffer.alloc(0);

export class WebSocketLink implements Link {
  readonly #owner: LinkOwner;
  #socket: Bun.Socket<WebSocketLink> | undefined;
  #rest: Buffer = none;
  readonly #backlog = new Backlog();
  #upgraded = false;
  #ended = false;
  #closeCode = 1006;
  #closeReason = "";
  #opened: { resolve: (link: WebSocketLink) => void; reject: (error: Error) => void } | undefined;
  readonly #request: string;
  readonly #onFrame = (opcode: number, from: number, to: number) => this.#frame(opcode, from, to);
  #bytes: Buffer = none;

  private constructor(endpoint: Endpoint, subprotocol: string | undefined, owner: LinkOwner) {
    this.#owner = owner;
    this.#request =
      `GET ${endpoint.path} HTTP/1.1\r\nHost: ${endpoint.hostname}:${endpoint.port}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n` +
      (subprotocol === undefined ? "" : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`) +
      "\r\n";
  }

  /** Connects and upgrades. Rejects if the server refuses or closes before the upgrade is through. */
  static open(
    endpoint: Endpoint,
    subprotocol: string | undefined,
    owner: LinkOwner,
  ): Promise<WebSocketLink> {
    const link = new WebSocketLink(endpoint, subprotocol, owner);
    return new Promise((resolve, reject) => {
      link.#opened = { resolve, reject };
      Bun.connect<WebSocketLink>({
        hostname: endpoint.hostname,
        port: endpoint.port,
        data: link,
        socket: handlers,
      }).catch((error: unknown) =>
        link.#end(error instanceof Error ? error : new Error(String(error))),
      );
    });
  }

  get ready(): boolean {
    return this.#upgraded && !this.#ended && this.#backlog.empty;
  }

  write(bytes: Buffer, from: number, to: number): void {
    const socket = this.#socket;
    if (socket === undefined || this.#ended) return;
    this.#backlog.write(socket, bytes, from, to);
  }

  send(payload: string | Uint8Array): void {
    const opcode = typeof payload === "string" ? opcodes.text : opcodes.binary;
    this.#sendFrame(opcode, Buffer.from(payload as string));
  }

  /** Says goodbye (1000) and ends the connection at once. */
  close(): void {
    if (this.#ended) return;
    this.#closeCode = 1000;
    this.#sendFrame(opcodes.close, Buffer.from([0x03, 0xe8]));
    this.#socket?.end();
  }

  cut(): void {
    this.#socket?.terminate();
  }

  #sendFrame(opcode: number, payload: Buffer): void {
    const out = Buffer.allocUnsafe(headBytes(payload.length) + payload.length);
    payload.copy(out, writeHead(out, 0, opcode, payload.length));
    this.write(out, 0, out.length);
  }

  connected(socket: Bun.Socket<WebSocketLink>): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.write(this.#request);
  }

  received(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    if (!this.#upgraded) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) {
        this.#rest = bytes;
        return;
      }
      const head = bytes.toString("latin1", 0, end);
      if (!head.startsWith("HTTP/1.1 101") || !head.includes(acceptKey)) {
        this.#end(new Error(`the server refused the upgrade: ${head.split("\r\n")[0]}`));
        this.cut();
        return;
      }
      this.#upgraded = true;
      at = end + 4;
      this.#opened?.resolve(this);
    }
    const body = at === 0 ? bytes : bytes.subarray(at);
    this.#bytes = body;
    const consumed = walkFrames(body, body.length, this.#onFrame);
    this.#rest = consumed === body.length ? none : body.subarray(consumed);
  }

  drained(): void {
    this.#backlog.drain(this.#socket);
    if (this.ready) this.#owner.writable();
  }

  disconnected(error?: Error): void {
    if (error !== undefined) {
      this.#closeReason = error.message;
      this.#socket?.terminate();
    }
    this.#end(error ?? new Error("the server closed the connection before the upgrade"));
  }

  #frame(opcode: number, from: number, to: number): void {
    if (opcode === opcodes.text || opcode === opcodes.binary)
      this.#owner.frame(this.#bytes, from, to);
    else if (opcode === opcodes.ping) this.#sendFrame(opcodes.pong, this.#bytes.subarray(from, to));
    else if (opcode === opcodes.close) {
      if (to - from >= 2) this.#closeCode = this.#bytes.readUInt16BE(from);
      this.#closeReason = this.#bytes.toString("utf8", from + 2, to);
      this.#socket?.end();
    }
  }

  #end(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#backlog.drop();
    if (this.#upgraded) this.#owner.closed(this.#closeCode, this.#closeReason);
    else this.#opened?.reject(error);
  }
}

const handlers: Bun.SocketHandler<WebSocketLink> = {
  binaryType: "buffer",
  open: (socket) => socket.data.connected(socket),
  data: (socket, chunk) => socket.data.received(chunk),
  drain: (socket) => socket.data.drained(),
  close: (socket) => socket.data.disconnected(),
  // A reset, or bytes that are no frames of a server: either way the link is of no more use, and the owner is told why.
  error: (socket, error) => socket.data.disconnected(error),
};
