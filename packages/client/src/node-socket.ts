import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** RFC 6455 section 1.3. */
const acceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** RFC 6455 section 5.2. */
const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
/** A server's frame exceeds none of the protocol's bounds by this much. */
const messageBytesMax = 4 * 1024 * 1024;
/** RFC 6455 section 7.1.1: how long the server may take to close its side. */
const closeTimeoutMs = 3_000;

/**
 * A WebSocket client (RFC 6455) for Node 20, which has none of its own: what the SDK needs of the standard interface, without extensions.
 * Proxies are not looked at; pass another implementation as `webSocket` where one is needed.
 */
export class NodeSocket {
  binaryType = "arraybuffer";
  protocol = "";
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  readonly #upgrade: ReturnType<typeof httpRequest>;
  #stream: Duplex | undefined;
  #input: Buffer = Buffer.alloc(0);
  /** A message that came in several frames so far. */
  #fragments: { opcode: number; chunks: Buffer[]; bytes: number } | undefined;
  #closeSent = false;
  #ended = false;
  #closeWith: { code: number; reason: string } = { code: 1006, reason: "" };
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(url: string, protocols: string[]) {
    const target = new URL(url.replace(/^ws/, "http"));
    const key = randomBytes(16).toString("base64");
    const request = target.protocol === "https:" ? httpsRequest : httpRequest;
    this.#upgrade = request(target, {
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Protocol": protocols.join(", "),
      },
    });
    this.#upgrade.on("upgrade", (response, stream, head) => {
      const accept = createHash("sha1")
        .update(key + acceptGuid)
        .digest("base64");
      const protocol = response.headers["sec-websocket-protocol"] ?? "";
      if (
        response.headers["sec-websocket-accept"] !== accept ||
        (protocol !== "" && !protocols.includes(protocol))
      ) {
        stream.destroy();
        return this.#fail(new Error("The server did not complete the WebSocket handshake."));
      }
      this.protocol = protocol;
      this.#opened(stream, head);
    });
    this.#upgrade.on("response", (response) => {
      response.resume();
      this.#fail(new Error(`The server refused the WebSocket with status ${response.statusCode}.`));
    });
    this.#upgrade.on("error", (error) => this.#fail(error));
    this.#upgrade.end();
  }

  send(data: string | Uint8Array): void {
    if (typeof data === "string") this.#write(opcodes.text, Buffer.from(data));
    else this.#write(opcodes.binary, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }

  close(code = 1000, reason = ""): void {
    if (!this.#stream) {
      this.#upgrade.destroy();
      return this.#end();
    }
    this.#sendClose(code, reason);
  }

  #opened(stream: Duplex, head: Buffer): void {
    if (this.#ended) return void stream.destroy();
    this.#stream = stream;
    if (stream instanceof Socket) stream.setNoDelay(true);
    stream.on("data", (chunk: Buffer) => this.#received(chunk));
    stream.on("end", () => stream.end());
    stream.on("error", () => this.#end());
    stream.on("close", () => {
      clearTimeout(this.#closeTimer);
      this.#end();
    });
    this.onopen?.({});
    if (head.length > 0) this.#received(head);
  }

  #received(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    try {
      for (let frame = this.#parse(); frame && !this.#ended; frame = this.#parse())
        this.#frame(frame);
    } catch (error) {
      // RFC 6455 section 7.1.7: fail the connection.
      this.#closeWith = { code: error instanceof RangeError ? 1009 : 1002, reason: String(error) };
      this.#sendClose(this.#closeWith.code, "");
      this.#stream?.destroy();
      this.#end();
    }
  }

  /** Cuts one frame off the input (RFC 6455 section 5.2); undefined until it is whole. */
  #parse(): { fin: boolean; opcode: number; payload: Buffer } | undefined {
    const input = this.#input;
    if (input.length < 2) return undefined;
    const first = input.readUInt8(0);
    const second = input.readUInt8(1);
    if ((first & 0x70) !== 0) throw new Error("A reserved bit is set.");
    if ((second & 0x80) !== 0) throw new Error("A server must not mask its frames.");
    let length = second & 0x7f;
    let start = 2;
    if (length === 126) {
      if (input.length < 4) return undefined;
      length = input.readUInt16BE(2);
      start = 4;
    } else if (length === 127) {
      if (input.length < 10) return undefined;
      length = Number(input.readBigUInt64BE(2));
      start = 10;
    }
    if (length > messageBytesMax) throw new RangeError("A frame is too large.");
    if (input.length < start + length) return undefined;
    this.#input = input.subarray(start + length);
    return {
      fin: (first & 0x80) !== 0,
      opcode: first & 0x0f,
      payload: input.subarray(start, start + length),
    };
  }

  #frame({ fin, opcode, payload }: { fin: boolean; opcode: number; payload: Buffer }): void {
    if (opcode >= 8 && (!fin || payload.length > 125))
      throw new Error("A control frame is fragmented or too long.");
    switch (opcode) {
      case opcodes.ping:
        return this.#write(opcodes.pong, payload);
      case opcodes.pong:
        return;
      case opcodes.close:
        return this.#closeReceived(payload);
      case opcodes.text:
      case opcodes.binary:
        if (this.#fragments) throw new Error("A message began inside another.");
        this.#fragments = { opcode, chunks: [], bytes: 0 };
        break;
      case opcodes.continuation:
        break;
      default:
        throw new Error(`Unknown opcode ${opcode}.`);
    }
    const fragments = this.#fragments;
    if (!fragments) throw new Error("A continuation of nothing.");
    fragments.chunks.push(payload);
    fragments.bytes += payload.length;
    if (fragments.bytes > messageBytesMax) throw new RangeError("A message is too large.");
    if (!fin) return;
    this.#fragments = undefined;
    this.#message(
      fragments.opcode,
      fragments.chunks.length === 1 ? payload : Buffer.concat(fragments.chunks),
    );
  }

  #message(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.text) {
      this.onmessage?.({ data: new TextDecoder("utf-8", { fatal: true }).decode(payload) });
    } else {
      const copy = new ArrayBuffer(payload.length);
      new Uint8Array(copy).set(payload);
      this.onmessage?.({ data: copy });
    }
  }

  #closeReceived(payload: Buffer): void {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    this.#closeWith = { code, reason: payload.subarray(2).toString() };
    this.#sendClose(code === 1005 ? 1000 : code, "");
    this.#stream?.end();
    this.#end();
  }

  #sendClose(code: number, reason: string): void {
    if (this.#closeSent || !this.#stream) return;
    // RFC 6455 section 5.5: a control frame carries at most 125 bytes.
    const text = Buffer.from(reason).subarray(0, 123);
    const payload = Buffer.alloc(2 + text.length);
    payload.writeUInt16BE(code, 0);
    text.copy(payload, 2);
    this.#write(opcodes.close, payload);
    this.#closeSent = true;
    const stream = this.#stream;
    this.#closeTimer = setTimeout(() => stream.destroy(), closeTimeoutMs);
    this.#closeTimer.unref();
  }

  /** Writes one masked frame (RFC 6455 section 5.3). Nothing follows a close frame. */
  #write(opcode: number, payload: Buffer): void {
    if (!this.#stream || this.#closeSent || this.#ended) return;
    const { length } = payload;
    const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    const start = 2 + lengthBytes + 4;
    const frame = Buffer.allocUnsafe(start + length);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
    if (lengthBytes === 2) frame.writeUInt16BE(length, 2);
    else if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(length), 2);
    const mask = randomBytes(4);
    mask.copy(frame, start - 4);
    for (let at = 0; at < length; at++)
      frame[start + at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
    this.#stream.write(frame);
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    this.onerror?.(error);
    this.#closeWith = { code: 1006, reason: error.message };
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onclose?.(this.#closeWith);
  }
}
