/** What the tests of binary TCP share: a stream without a socket whose client reads as the test says, and a protocol behind it that notes what it gets. */
import type { CloseName } from "@godwit/protocol";
import {
  decodeControl,
  encodeControl,
  encodeFrame,
  FrameReader,
  type Control,
  type LinkHello,
} from "@godwit/protocol/tcp";
import { FakeClock } from "../../../lib/testing/fake-clock.ts";
import { Admission } from "../../listeners/admission.ts";
import type { Peer } from "../native.ts";
import type { Stream, StreamHandler } from "../stream.ts";
import type { LinkLimits } from "./link.ts";
import { BinProtocol } from "./protocol.ts";

/** Lets what waits for the end of the turn run. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** One client and the connection that the server has with it. */
export class TestLink implements Stream {
  readonly address: string;
  readonly secure = false;
  readonly #handler: StreamHandler;
  readonly #reader: FrameReader;
  #drained: (() => void)[] = [];
  congested = false;
  ended = false;
  silenceMsMax: number | undefined;
  /** Written while the socket takes nothing. */
  readonly buffered: Uint8Array[] = [];
  /** What the server said on channel 0. */
  readonly said: Control[] = [];
  /** What came on channels, as texts. */
  readonly frames: { readonly channel: number; readonly text: string }[] = [];

  constructor(protocol: BinProtocol, address = "192.0.2.1") {
    this.address = address;
    this.#reader = new FrameReader({
      frame: (_flags, channel, payload) => {
        if (channel === 0) this.said.push(decodeControl(payload));
        else this.frames.push({ channel, text: Buffer.from(payload).toString() });
      },
    });
    this.#handler = protocol.open(this);
  }

  admitted(silenceMsMax: number): void {
    this.silenceMsMax = silenceMsMax;
  }

  write(data: Uint8Array | string): void {
    if (this.ended) return;
    if (this.congested) this.buffered.push((data as Uint8Array).slice());
    else this.#reader.push(data as Uint8Array);
  }

  drained(): Promise<void> {
    if (!this.congested) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  pause(): void {
    throw new Error("Channels are paused, not the connection.");
  }

  resume(): void {
    throw new Error("Channels are resumed, not the connection.");
  }

  end(): void {
    this.ended = true;
  }

  terminate(): void {
    this.gone();
  }

  /** The client reads no more. */
  block(): void {
    this.congested = true;
  }

  /** The client reads again. */
  unblock(): void {
    this.congested = false;
    for (const data of this.buffered.splice(0)) this.#reader.push(data);
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** The socket is gone. */
  gone(): void {
    this.ended = true;
    this.#handler.closed();
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** The listener closes the connection. */
  closeBy(name: CloseName): void {
    this.#handler.close(name);
  }

  /** The client sends bytes as they are. */
  bytes(data: Uint8Array): void {
    this.#handler.data(data);
  }

  says(...controls: readonly Exclude<Control, { op: "unknown" }>[]): void {
    for (const control of controls) this.bytes(encodeFrame(0, encodeControl(control)));
  }

  sends(channel: number, text: string): void {
    this.bytes(encodeFrame(channel, Buffer.from(text)));
  }

  /** Says hello and opens channels. */
  begins(channels: readonly number[] = [1], hello: Partial<LinkHello> = {}): this {
    this.says({ op: "hello", codec: "json", windowBytes: 65_536, ...hello });
    for (const channel of channels) this.says({ op: "open", channel });
    return this;
  }

  /** What ended the connection, as far as it was said. */
  get ending(): Extract<Control, { op: "close" }> | undefined {
    return this.closes.find(({ channel }) => channel === 0);
  }

  get closes(): readonly Extract<Control, { op: "close" }>[] {
    return this.said.filter((control) => control.op === "close");
  }
}

export interface Received {
  readonly peer: Peer;
  readonly text: string;
}

/** A protocol that notes frames, as the native one would get them. */
export class Native {
  readonly received: Received[] = [];
  readonly closedPeers: Peer[] = [];
  /** Called with each frame. */
  answer: (received: Received) => void = () => undefined;

  receive(peer: Peer, data: string | Uint8Array): void {
    if (peer.closing) return;
    const received = { peer, text: Buffer.from(data as Uint8Array).toString() };
    this.received.push(received);
    this.answer(received);
  }

  closed(peer: Peer): void {
    this.closedPeers.push(peer);
  }

  texts(): readonly string[] {
    return this.received.map(({ text }) => text);
  }
}

/** A server frame of about so many bytes; its number tells it from others. */
export function frameOf(id: number, bytes = 0) {
  return { type: "refresh", id, note: "x".repeat(bytes) } as never;
}

export function openBin(limits: Partial<LinkLimits> = {}, connectionsPerAddressMax = 10_000) {
  const clock = new FakeClock();
  const native = new Native();
  const admission = new Admission({ connectionsMax: 100_000, connectionsPerAddressMax });
  const protocol = new BinProtocol({
    limits: {
      channelsMax: 100,
      windowBytesMax: 65_536,
      writeBufferBytesMax: 1_000_000,
      pendingBytesMax: 4_000_000,
      connectDeadlineMs: 10_000,
      ...limits,
    },
    compression: true,
    native,
    admission,
    clock,
  });
  return { clock, native, admission, protocol };
}
