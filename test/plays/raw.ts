/** A TCP client that does what no WebSocket library would: half a handshake, broken frames, reading nothing. RFC 6455 sections 4.1 and 5.2. */
import { connect, type Socket } from "node:net";
import { patiently } from "./actor.ts";

export const opcodes = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

export interface FrameOptions {
  /** False for all fragments of a message but the last. */
  readonly fin?: boolean;
  /** Clients must mask. */
  readonly masked?: boolean;
  /** The reserved bits of the first byte. */
  readonly reserved?: number;
}

/** The bytes of one frame from a client. */
export function frame(
  opcode: number,
  payload: string | Uint8Array,
  options: FrameOptions = {},
): Uint8Array {
  const data = Buffer.from(payload as Uint8Array);
  const masked = options.masked ?? true;
  const head = Buffer.alloc(data.length < 126 ? 2 : data.length < 65_536 ? 4 : 10);
  head[0] = (options.fin === false ? 0 : 0x80) | ((options.reserved ?? 0) << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (head.length === 2 ? data.length : head.length === 4 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(data.length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(data.length), 2);
  if (!masked) return Buffer.concat([head, data]);
  const mask = Buffer.of(1, 2, 3, 4);
  return Buffer.concat([head, mask, data.map((byte, at) => byte ^ (mask[at & 3] ?? 0))]);
}

interface Received {
  readonly opcode: number;
  readonly payload: Buffer;
}

export class RawSocket {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #arrived: (() => void)[] = [];
  ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    const wake = () => {
      for (const resolve of this.#arrived.splice(0)) resolve();
    };
    socket.on("data", (data: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, data]);
      wake();
    });
    const end = () => {
      this.ended = true;
      wake();
    };
    // A reset is how a server may end a connection whose reader is deaf.
    socket.on("error", end);
    socket.on("close", end);
    socket.on("end", () => socket.end());
  }

  /** Opens the connection and says nothing. */
  static async open(url: string): Promise<RawSocket> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("connect", resolve);
    socket.once("error", reject);
    await promise;
    return new RawSocket(socket);
  }

  /** Opens the connection and performs the WebSocket handshake; the status that came back decides what follows. */
  static async upgraded(
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly socket: RawSocket; readonly status: number; readonly head: string }> {
    const socket = await RawSocket.open(url);
    socket.write(handshake(url, headers));
    const head = await socket.head();
    return { socket, status: Number(head.split(" ", 2)[1]), head };
  }

  write(data: string | Uint8Array): void {
    if (!this.ended) this.#socket.write(data);
  }

  /** The head of an HTTP response. */
  async head(): Promise<string> {
    await this.#until(() => this.#bytes.includes("\r\n\r\n"), "an HTTP response");
    const end = this.#bytes.indexOf("\r\n\r\n");
    const head = this.#bytes.subarray(0, end).toString();
    this.#bytes = this.#bytes.subarray(end + 4);
    return head;
  }

  /** The next frame; undefined if the connection has ended instead. */
  async frame(): Promise<Received | undefined> {
    await this.#until(() => this.ended || this.#parse(false) !== undefined, "a frame");
    return this.#parse(true);
  }

  /** Reads to the end: the code of the close frame if there was one, otherwise undefined. */
  async closeCode(): Promise<number | undefined> {
    for (;;) {
      const next = await this.frame();
      if (next === undefined) return undefined;
      if (next.opcode === opcodes.close) return next.payload.readUInt16BE(0);
    }
  }

  /** Resolves when the server has ended the connection. */
  async gone(ms?: number): Promise<void> {
    await this.#until(() => this.ended, "the connection to end", ms);
  }

  /** Reads nothing any more, so that what the server writes piles up. */
  deafen(): void {
    this.#socket.pause();
  }

  listen(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #until(holds: () => boolean, what: string, ms?: number): Promise<void> {
    const wait = async () => {
      while (!holds()) await new Promise<void>((resolve) => this.#arrived.push(resolve));
    };
    return patiently(wait(), what, ms);
  }

  #parse(take: boolean): Received | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const short = (bytes[1] ?? 0) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < head) return undefined;
    const length =
      head === 2 ? short : head === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < head + length) return undefined;
    if (take) this.#bytes = bytes.subarray(head + length);
    return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(head, head + length) };
  }
}

/** The opening handshake of a client; `headers` replaces its lines by name, and an empty value leaves one out. */
export function handshake(url: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({
    host: new URL(url).host,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
    ...headers,
  }).filter(([, value]) => value !== "");
  return `GET /ws HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}
