/** Binary TCP as a way to the server, spoken by hand on a socket, by the letter of docs/protocols/tcp.md. */
import { connect, type Socket } from "node:net";
import zlib from "node:zlib";
import type { Codec } from "@godwit/protocol";
import {
  costOf,
  decodeControl,
  dictionaryOf,
  dictionaryVersion,
  encodeControl,
  encodeFrame,
  FrameReader,
  Inflow,
  PayloadCoder,
  tcpLimits,
  type Control,
  type Payload,
} from "@godwit/protocol/tcp";
import type { Ear, Way, Wire } from "./way.ts";

/** What the server may send ahead on each channel: little, so that plays run out of it. */
const windowBytes = tcpLimits.windowBytesMin;

interface LinkOptions {
  readonly port: number;
  readonly codec: Codec;
  readonly compressed: boolean;
}

/** One connection with its channels. */
class Link {
  readonly #socket: Socket;
  readonly #channels = new Map<number, ChannelWire>();
  readonly #reader = new FrameReader(this);
  readonly ready: Promise<void>;
  #coder = new PayloadCoder();
  /** Credit of a channel towards the server. */
  #window: number = tcpLimits.windowBytesMin;
  #last = 0;
  open = true;

  constructor({ port, codec, compressed }: LinkOptions) {
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#socket.on("connect", () => {
      const offer = { compression: ["deflate"], dictionary: dictionaryVersion };
      this.say({ op: "hello", codec: codec.name, windowBytes, ...(compressed ? offer : {}) });
      resolve();
    });
    this.#socket.on("data", (data: Buffer) => this.#reader.push(data));
    this.#socket.on("error", (error) => reject(error));
    this.#socket.on("close", () => this.#end(1_006, ""));
    this.#codec = codec;
  }

  readonly #codec: Codec;

  channel(ear: Ear): ChannelWire {
    const channel = new ChannelWire(this, ++this.#last, ear, this.#window);
    this.#channels.set(channel.number, channel);
    this.say({ op: "open", channel: channel.number });
    return channel;
  }

  encode(data: string | Uint8Array): Payload {
    return this.#coder.encode(data);
  }

  write(number: number, { flags, bytes }: Payload): void {
    this.#socket.write(encodeFrame(number, bytes, flags));
  }

  say(control: Exclude<Control, { op: "unknown" }>): void {
    this.#socket.write(encodeFrame(0, encodeControl(control)));
  }

  /** Ends a channel, and with the last one the connection; `abruptly` without a word where nobody else is on it. */
  leave(channel: ChannelWire, abruptly: boolean): void {
    if (!this.#channels.delete(channel.number)) return;
    if (this.#channels.size > 0)
      this.say({ op: "close", channel: channel.number, code: 1_000, reason: "" });
    else {
      this.open = false;
      if (abruptly) this.#socket.resetAndDestroy();
      else
        this.#socket.end(
          encodeFrame(0, encodeControl({ op: "close", channel: 0, code: 1_000, reason: "" })),
        );
    }
  }

  frame(flags: number, number: number, payload: Uint8Array): void {
    if (number !== 0) {
      const frame = this.#coder.decode(flags, payload).slice();
      this.#channels.get(number)?.received(frame, payload.length, this.#codec);
      return;
    }
    const control = decodeControl(payload);
    if (control.op === "welcome") this.#welcomed(control);
    else if (control.op === "credit") this.#channels.get(control.channel)?.granted(control.bytes);
    else if (control.op === "close" && control.channel === 0)
      this.#end(control.code, control.reason);
    else if (control.op === "close") {
      const channel = this.#channels.get(control.channel);
      if (channel === undefined) return;
      channel.end(control.code, control.reason);
      this.leave(channel, false);
    }
  }

  #welcomed(welcome: Extract<Control, { op: "welcome" }>): void {
    const { compression, dictionary } = welcome;
    if (compression !== undefined) {
      const shared = dictionary === dictionaryVersion ? dictionaryOf(this.#codec.name) : undefined;
      const agreed = { codec: this.#codec.name, compression, dictionary: shared };
      this.#coder = new PayloadCoder(agreed, zlib);
    }
    const more = welcome.windowBytes - this.#window;
    this.#window = welcome.windowBytes;
    for (const channel of this.#channels.values()) channel.granted(more);
  }

  #end(code: number, reason: string): void {
    this.open = false;
    for (const channel of this.#channels.values()) channel.end(code, reason);
    this.#channels.clear();
    this.#socket.destroy();
  }
}

/** An actor's channel. */
class ChannelWire implements Wire {
  readonly number: number;
  readonly #link: Link;
  readonly #ear: Ear;
  readonly #inflow = new Inflow(windowBytes);
  readonly #waiting: Payload[] = [];
  #credit: number;
  isOpen = true;

  constructor(link: Link, number: number, ear: Ear, credit: number) {
    this.#link = link;
    this.number = number;
    this.#ear = ear;
    this.#credit = credit;
  }

  send(data: string | Uint8Array): void {
    if (!this.isOpen) return;
    this.#waiting.push(this.#link.encode(data));
    this.granted(0);
  }

  close(): void {
    this.#leave(false);
  }

  terminate(): void {
    this.#leave(true);
  }

  granted(bytes: number): void {
    this.#credit += bytes;
    while (this.#credit > 0) {
      const payload = this.#waiting.shift();
      if (payload === undefined) return;
      this.#credit -= costOf(payload.bytes.length);
      this.#link.write(this.number, payload);
    }
  }

  received(frame: Uint8Array, payloadBytes: number, codec: Codec): void {
    if (!this.#inflow.arrived(payloadBytes)) throw new Error("The server sent without credit.");
    this.#ear.message(codec.name === "json" ? new TextDecoder().decode(frame) : frame);
    const bytes = this.#inflow.processed(payloadBytes);
    if (bytes > 0 && this.isOpen) this.#link.say({ op: "credit", channel: this.number, bytes });
  }

  end(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#ear.closed(code, reason);
  }

  #leave(abruptly: boolean): void {
    if (!this.isOpen) return;
    this.#link.leave(this, abruptly);
    queueMicrotask(() => this.end(1_006, ""));
  }
}

/** TCP with one of the codecs; `shared`: all actors on one connection, whose frames are compressed. */
export function tcpWay(codec: Codec, shared = false): Way {
  const links = new Map<number, Link>();
  return {
    name: `TCP, ${codec.name}${shared ? ", shared and compressed" : ""}`,
    codec,
    // What one says on a connection shows that all on it are there.
    listeningBeats: shared,
    takesBytes: true,
    settings: { "tcp.enabled": true, "tcp.port": 0 },
    async dial({ ports }, _protocol, ear) {
      const port = ports["tcp"] ?? 0;
      const there = links.get(port);
      const link =
        shared && there?.open === true ? there : new Link({ port, codec, compressed: shared });
      if (shared) links.set(port, link);
      await link.ready;
      return link.channel(ear);
    },
  };
}
