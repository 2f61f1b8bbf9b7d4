import { closeCodes, DecodeError, type CloseName, type Codec } from "@godwit/protocol";
import {
  decodeControl,
  encodeControl,
  encodeFrame,
  FairOutbox,
  FrameReader,
  VersionError,
  type Control,
  type FrameSink,
  type LinkHello,
  type PayloadCoder,
} from "@godwit/protocol/tcp";
import { Bucket } from "../../../lib/bucket.ts";
import type { Wheel } from "../../../lib/wheel.ts";
import type { Admission } from "../../listeners/admission.ts";
import type { NativeProtocol } from "../native.ts";
import type { Stream, StreamHandler } from "../stream.ts";
import { Channel, type ChannelHost } from "./channel.ts";
import { Channels } from "./channels.ts";

export interface LinkLimits {
  readonly channelsMax: number;
  /** Credit of a channel towards the server. */
  readonly windowBytesMax: number;
  /** Unsent bytes of one channel, and of all of a connection. */
  readonly writeBufferBytesMax: number;
  readonly pendingBytesMax: number;
  readonly connectDeadlineMs: number;
}

/** What both ends agreed on. */
export interface Terms {
  readonly codec: Codec;
  readonly coder: PayloadCoder;
  readonly welcome: Extract<Control, { op: "welcome" }>;
}

/** What the connections of one listener share. */
export interface LinkShared {
  readonly native: Pick<NativeProtocol, "receive" | "closed">;
  readonly admission: Admission;
  readonly limits: LinkLimits;
  readonly monotonic: () => number;
  /** Asks each channel whether its time is over. */
  readonly deadlines: Wheel<Channel>;
  readonly agree: (hello: LinkHello) => Terms;
  /** Calls `pump` at the end of the turn. */
  readonly pumpLater: (link: Link) => void;
}

/** Handed to the socket at once; then it is asked whether it takes more. */
const burstBytes = 65_536;
/** Channels that a connection may open in a second, and at once: all of its sessions may come back together. */
const opensPerSecondMax = 200;
const opensBurst = (channelsMax: number) => Math.max(64, channelsMax * 2);
/** Frames in a row for channels that are over, as they may be under way when one is closed. */
const straysMax = 10_000;
/** How long one frame may take to come. */
const frameDeadlineMs = 120_000;
/** How long a closing channel may take to take its last frames. */
const closeGraceMs = 5_000;
/** Nobody grants more in all; more would be a mistake or an attack. */
const creditMax = 2 ** 40;

/** One connection of binary TCP with its channels. docs/protocols/tcp.md says what is spoken. */
export class Link implements StreamHandler, ChannelHost, FrameSink {
  readonly #shared: LinkShared;
  readonly #stream: Stream;
  readonly #reader: FrameReader;
  readonly #outbox = new FairOutbox();
  readonly #channels = new Channels();
  /** Undefined until the hello. */
  #terms: Terms | undefined;
  /** Credit of a channel towards the client. */
  #windowBytes = 0;
  #highest = 0;
  #opened = 0;
  /** From the second channel on. */
  #opens: Bucket | undefined;
  #strays = 0;
  #silenceMsMax = 0;
  #frames = 0;
  #partialSinceMs: number | undefined;
  #draining = false;
  #ended = false;
  /** Whether it is pumped at the end of this turn. */
  scheduled = false;

  constructor(shared: LinkShared, stream: Stream) {
    this.#shared = shared;
    this.#stream = stream;
    this.#reader = new FrameReader(this);
  }

  get codec(): Codec {
    // Channels come after the hello.
    return (this.#terms as Terms).codec;
  }

  get address(): string {
    return this.#stream.address;
  }

  get congested(): boolean {
    return this.#stream.congested;
  }

  frame(flags: number, channel: number, payload: Uint8Array): void {
    this.#frames++;
    if (channel === 0) this.#control(flags, payload);
    else this.#frame(flags, channel, payload);
  }

  data(data: Uint8Array | string): void {
    const frames = this.#frames;
    try {
      this.#reader.push(data as Uint8Array);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#end(
        error instanceof VersionError ? "unsupported_version" : error.reason,
        error.message,
      );
      return;
    }
    if (!this.#reader.partial || frames !== this.#frames) this.#partialSinceMs = undefined;
    if (!this.#reader.partial) return;
    const nowMs = this.#shared.monotonic();
    this.#partialSinceMs ??= nowMs;
    if (nowMs - this.#partialSinceMs > frameDeadlineMs) this.#end("idle", "A frame took too long.");
  }

  closed(): void {
    this.#ended = true;
    this.#reader.stop();
    for (const channel of this.#channels.all()) this.#forget(channel);
  }

  close(name: CloseName): void {
    this.#end(name);
  }

  push(channel: Channel, data: string | Uint8Array): void {
    const { writeBufferBytesMax, pendingBytesMax } = this.#shared.limits;
    this.#outbox.push(channel, (this.#terms as Terms).coder.encode(data));
    // Much was written in one turn: the socket has had no chance yet to take any of it.
    if (channel.pendingBytes > writeBufferBytesMax || this.#outbox.pendingBytes > pendingBytesMax)
      this.pump();
    else this.#shared.pumpLater(this);
    if (channel.pendingBytes > writeBufferBytesMax) this.#tooSlow(channel);
    if (this.#outbox.pendingBytes > pendingBytesMax) this.#tooSlow(this.#fullest());
  }

  pump(): void {
    if (this.#draining || this.#ended) return;
    while (this.#outbox.ready && !this.#ended) {
      if (this.#stream.congested) {
        this.#pumpDrained(this.#stream.drained());
        return;
      }
      const frames = this.#outbox.take(burstBytes);
      if (frames === undefined) break;
      this.#stream.write(frames);
      this.#outbox.settle();
      // Asked only if there is more: what is written in one turn leaves together.
      if (this.#outbox.ready) this.#pumpDrained(this.#stream.drained());
      if (this.#draining) return;
    }
  }

  deliver(channel: Channel, flags: number, payload: Uint8Array): void {
    try {
      const frame = (this.#terms as Terms).coder.decode(flags, payload);
      this.#shared.native.receive(channel, frame);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      channel.close(error.reason, error.message);
    }
  }

  grant({ channel }: Channel, bytes: number): void {
    this.#say({ op: "credit", channel, bytes });
  }

  known(silenceMsMax: number): void {
    // Whoever is silent the longest keeps the connection: what one session says shows that all are there.
    this.#silenceMsMax =
      this.#channels.size > 1 ? Math.max(this.#silenceMsMax, silenceMsMax) : silenceMsMax;
    this.#stream.admitted(this.#silenceMsMax);
  }

  closing(channel: Channel): void {
    // Who does not read cannot put the end off by it.
    if (channel.congested) this.#outbox.drop(channel);
    this.#shared.deadlines.add(channel, closeGraceMs);
    // Not within the call: whoever closes is in the middle of something, and the session is told next.
    queueMicrotask(() => {
      if (channel.pendingBytes === 0) this.finish(channel);
    });
  }

  emptied(channel: Channel): void {
    if (channel.closing) this.finish(channel);
  }

  /** Tells the client that the channel is over, and the session that its connection is. */
  finish(channel: Channel): void {
    if (channel.closed || channel.end === undefined) return;
    this.#say({ op: "close", channel: channel.channel, ...channel.end });
    this.#forget(channel);
  }

  #control(flags: number, payload: Uint8Array): void {
    if (flags !== 0) throw new DecodeError("bad_frame", "Channel 0 has no flags.");
    const control = decodeControl(payload);
    if (this.#terms === undefined) {
      if (control.op !== "hello") throw new DecodeError("bad_frame", "The first message is hello.");
      this.#terms = this.#shared.agree(control);
      this.#windowBytes = control.windowBytes;
      this.#say(this.#terms.welcome);
      return;
    }
    switch (control.op) {
      case "open":
        return this.#open(control.channel);
      case "credit":
        return this.#credit(control.channel, control.bytes);
      case "close":
        return this.#closedByClient(control.channel);
      case "hello":
      case "welcome":
        throw new DecodeError("bad_frame", "Hello is said once, and by the client.");
      case "unknown":
    }
  }

  #open(number: number): void {
    if (number <= this.#highest)
      throw new DecodeError("bad_frame", "Numbers of channels are not used twice.");
    this.#highest = number;
    const { limits, admission, deadlines, monotonic } = this.#shared;
    const nowMs = monotonic();
    const burst = opensBurst(limits.channelsMax);
    if (this.#opened++ > 0) this.#opens ??= new Bucket(burst, nowMs);
    if (this.#opens !== undefined && this.#opens.take(opensPerSecondMax, burst, nowMs) > 0)
      return this.#end("flooding", "Channels kept being opened.");
    if (this.#channels.size >= limits.channelsMax || !admission.enter(this.address)) {
      const { code, message } = closeCodes.overloaded;
      return this.#say({ op: "close", channel: number, code, reason: message });
    }
    const channel = new Channel(this, number, {
      sendBytes: this.#windowBytes,
      receiveBytes: limits.windowBytesMax,
    });
    this.#channels.add(channel);
    deadlines.add(channel, limits.connectDeadlineMs);
  }

  #frame(flags: number, number: number, payload: Uint8Array): void {
    const channel = this.#channels.get(number);
    if (channel !== undefined) {
      this.#strays = 0;
      channel.received(flags, payload);
    } else if (this.#terms === undefined || number > this.#highest)
      throw new DecodeError("bad_frame", "This channel was not opened.");
    else if (++this.#strays > straysMax) this.#end("flooding");
  }

  #credit(number: number, bytes: number): void {
    const channel = this.#channels.get(number);
    if (channel === undefined) return;
    if (channel.credit + bytes > creditMax)
      throw new DecodeError("bad_frame", "More credit was granted than anybody has.");
    this.#outbox.grant(channel, bytes);
    if (channel.pendingBytes > 0) this.#shared.pumpLater(this);
  }

  #closedByClient(number: number): void {
    if (number === 0) {
      this.#reader.stop();
      this.#stream.end();
      return;
    }
    const channel = this.#channels.get(number);
    if (channel !== undefined) this.#forget(channel);
  }

  #forget(channel: Channel): void {
    this.#outbox.drop(channel);
    if (!this.#channels.delete(channel)) return;
    channel.gone();
    this.#shared.admission.left(this.address);
    this.#shared.native.closed(channel);
  }

  #tooSlow(channel: Channel | undefined): void {
    if (channel === undefined) return;
    this.#outbox.drop(channel);
    channel.close("slow_reader");
  }

  #fullest(): Channel | undefined {
    let fullest: Channel | undefined;
    for (const channel of this.#channels.all())
      if (channel.pendingBytes > (fullest?.pendingBytes ?? 0)) fullest = channel;
    return fullest;
  }

  #pumpDrained(drained: Promise<void>): void {
    if (!this.#stream.congested) return;
    this.#draining = true;
    void drained.then(() => {
      this.#draining = false;
      this.pump();
    });
  }

  #say(control: Exclude<Control, { op: "unknown" }>): void {
    this.#stream.write(encodeFrame(0, encodeControl(control)));
  }

  /** Sends what can be sent, says why it is over, and ends the connection. */
  #end(name: CloseName, detail?: string): void {
    if (this.#ended) return;
    this.#reader.stop();
    this.pump();
    this.#ended = true;
    const { code, message } = closeCodes[name];
    this.#say({ op: "close", channel: 0, code, reason: detail ?? message });
    this.#stream.end();
  }
}
