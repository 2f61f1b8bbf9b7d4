import { connect as connectTcp, type Socket as NetSocket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import zlib from "node:zlib";
import { DecodeError, type Codec } from "@godwit/protocol";
import {
  compressionsOf,
  decodeControl,
  dictionaryOf,
  dictionaryVersion,
  encodeControl,
  encodeFrame,
  FairOutbox,
  FrameReader,
  PayloadCoder,
  tcpLimits,
  type Control,
  type LinkWelcome,
} from "@godwit/protocol/tcp";
import { windowBytes, type Channel, type ChannelLink } from "./channel.ts";

export interface LinkOptions {
  /** `tcp://host:8481` or `tls://host:8481`. */
  readonly url: string;
  readonly codec: Codec["name"];
  /** Whether to ask the server to compress. */
  readonly compression: boolean;
  /** What to trust, for `tls`; by default what the platform trusts. */
  readonly tls: ConnectionOptions | undefined;
  /** Told once, when nothing can be opened here any more. */
  readonly ended: () => void;
}

/** Handed to the socket at once; then it is asked whether it takes more. */
const burstBytes = 65_536;
const keepAliveMs = 60_000;
/** How long the server may take to close its side. */
const closeTimeoutMs = 3_000;
const defaultPort = 8_481;
const normalClosure = 1_000;
const lost = { code: 1_006, reason: "" } as const;

/** One TCP or TLS connection to a server, with channels for any number of sessions. docs/protocols/tcp.md says what is spoken. */
export class Link implements ChannelLink {
  readonly #options: LinkOptions;
  readonly #socket: NetSocket;
  readonly #outbox = new FairOutbox();
  readonly #channels = new Map<number, Channel>();
  readonly #reader: FrameReader;
  #coder = new PayloadCoder();
  #welcome: LinkWelcome | undefined;
  #connected = false;
  #highest = 0;
  #scheduled = false;
  /** The socket has taken enough for now. */
  #full = false;
  #ended = false;

  /** @throws TypeError if the URL is none of TCP. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.#reader = new FrameReader({
      frame: (flags, channel, payload) =>
        channel === 0 ? this.#control(payload) : this.#frame(flags, channel, payload),
    });
    this.#socket = dial(options, () => this.#opened());
    this.#socket.on("data", (data: Buffer) => this.#received(data));
    this.#socket.on("drain", () => {
      this.#full = false;
      this.#pump();
    });
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#end(lost));
  }

  get codec(): Codec["name"] {
    return this.#options.codec;
  }

  /** Whether another channel can be opened, as far as is known. */
  get open(): boolean {
    return !this.#ended && this.#channels.size < (this.#welcome?.channelsMax ?? Infinity);
  }

  get sendBytes(): number {
    return this.#welcome?.windowBytes ?? tcpLimits.windowBytesMin;
  }

  reserve(): number {
    return ++this.#highest;
  }

  adopt(channel: Channel): void {
    this.#channels.set(channel.channel, channel);
    if (this.#connected) this.#introduce(channel);
  }

  push(channel: Channel, data: string | Uint8Array): void {
    this.#outbox.push(channel, this.#coder.encode(data));
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  expand(flags: number, payload: Uint8Array): Uint8Array {
    return this.#coder.decode(flags, payload);
  }

  grant({ channel }: Channel, bytes: number): void {
    this.#say({ op: "credit", channel, bytes });
  }

  /** Ends a channel from this side. The connection ends with its last one. */
  leave(channel: Channel, code: number, reason: string): void {
    this.#pump();
    this.#outbox.drop(channel);
    if (!this.#channels.delete(channel.channel) || this.#ended) return;
    if (this.#connected) this.#say({ op: "close", channel: channel.channel, code, reason });
    if (this.#channels.size > 0) return;
    if (this.#connected) this.#say({ op: "close", channel: 0, code: normalClosure, reason: "" });
    this.#retire();
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), closeTimeoutMs);
    timer.unref();
    this.#socket.once("close", () => clearTimeout(timer));
  }

  #opened(): void {
    if (this.#ended) return;
    this.#connected = true;
    const { codec, compression } = this.#options;
    this.#say({
      op: "hello",
      codec,
      windowBytes,
      ...(compression ? { compression: compressionsOf(zlib), dictionary: dictionaryVersion } : {}),
    });
    for (const channel of this.#channels.values()) this.#introduce(channel);
  }

  /** Nobody waits for the welcome: the channel's first frames travel with the hello. */
  #introduce(channel: Channel): void {
    this.#say({ op: "open", channel: channel.channel });
    // In a later turn, as with a WebSocket: who made the channel has yet to say what listens.
    setImmediate(() => channel.opened());
  }

  #received(data: Uint8Array): void {
    try {
      this.#reader.push(data);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      // RFC 6455 has a code for it, and so has who knows that one.
      this.#end({ code: 1_002, reason: error.message });
      this.#socket.destroy();
    }
  }

  #control(payload: Uint8Array): void {
    const control = decodeControl(payload);
    switch (control.op) {
      case "welcome":
        return this.#welcomed(control);
      case "credit":
        return this.#credit(control.channel, control.bytes);
      case "close":
        return this.#closed(control);
      default:
    }
  }

  #welcomed(welcome: LinkWelcome): void {
    if (this.#welcome !== undefined) throw new DecodeError("bad_frame", "A second welcome.");
    this.#welcome = welcome;
    const { compression, dictionary, windowBytes: sendBytes } = welcome;
    if (compression !== undefined) {
      const { codec } = this.#options;
      const shared = dictionary === dictionaryVersion ? dictionaryOf(codec) : undefined;
      this.#coder = new PayloadCoder({ codec, compression, dictionary: shared }, zlib);
    }
    for (const channel of this.#channels.values())
      this.#outbox.grant(channel, sendBytes - tcpLimits.windowBytesMin);
    this.#pump();
  }

  #credit(number: number, bytes: number): void {
    const channel = this.#channels.get(number);
    if (channel === undefined) return;
    this.#outbox.grant(channel, bytes);
    this.#pump();
  }

  #frame(flags: number, number: number, payload: Uint8Array): void {
    // One that was closed here may still be written to there.
    this.#channels.get(number)?.received(flags, payload);
  }

  #closed({ channel: number, code, reason }: Extract<Control, { op: "close" }>): void {
    if (number === 0) {
      this.#end({ code, reason });
      this.#socket.end();
      return;
    }
    const channel = this.#channels.get(number);
    if (channel === undefined) return;
    this.#channels.delete(number);
    this.#outbox.drop(channel);
    channel.gone({ code, reason });
    if (this.#channels.size > 0 || this.#ended) return;
    this.#retire();
    this.#socket.end();
  }

  #pump(): void {
    while (this.#connected && !this.#full && !this.#ended) {
      const frames = this.#outbox.take(burstBytes);
      if (frames === undefined) return;
      this.#full = !this.#socket.write(frames);
      this.#outbox.settle();
    }
  }

  #say(control: Exclude<Control, { op: "unknown" }>): void {
    if (!this.#ended) this.#socket.write(encodeFrame(0, encodeControl(control)));
  }

  #fail(error: Error): void {
    for (const channel of this.#channels.values()) channel.failed(error);
    this.#end({ ...lost, reason: error.message });
  }

  /** Takes no more channels; what was said last may still leave. */
  #retire(): void {
    this.#ended = true;
    this.#reader.stop();
    this.#options.ended();
  }

  #end(end: { readonly code: number; readonly reason: string }): void {
    if (this.#ended) return;
    this.#retire();
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const channel of channels) channel.gone(end);
  }
}

function dial({ url, tls }: LinkOptions, opened: () => void): NetSocket {
  const { protocol, hostname, port } = new URL(url);
  const address = {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? defaultPort : Number(port),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  };
  if (protocol === "tcp:") return connectTcp(address, opened);
  if (protocol !== "tls:") throw new TypeError(`${url} is no address of TCP: tcp:// or tls://.`);
  // RFC 6066 section 3: names only.
  const servername = /^[\d.:]+$|:/.test(address.host) ? {} : { servername: address.host };
  return connectTls({ ...address, ...servername, minVersion: "TLSv1.3", ...tls }, opened);
}
