import {
  closeCodes,
  type CloseName,
  type Codec,
  type RawFrame,
  type ServerFrame,
} from "@godwit/protocol";
import { Inflow, Lane } from "@godwit/protocol/tcp";
import type { Outgoing } from "../../../hub/outgoing.ts";
import type { Session } from "../../../session/session.ts";
import type { Peer } from "../native.ts";

/** What a channel needs of the connection that it is on. */
export interface ChannelHost {
  readonly codec: Codec;
  readonly address: string;
  /** True while the socket does not take more. */
  readonly congested: boolean;
  /** Queues a frame for this channel's client. */
  push(channel: Channel, data: string | Uint8Array): void;
  /** Sends what can be sent now. */
  pump(): void;
  /** Expands a frame and hands it to the protocol. */
  deliver(channel: Channel, flags: number, payload: Uint8Array): void;
  /** Lets the client send so many bytes more. */
  grant(channel: Channel, bytes: number): void;
  /** The session is known, and may be silent for so long. */
  known(silenceMsMax: number): void;
  /** The channel was told to close. */
  closing(channel: Channel): void;
  /** Nothing of the channel waits any more. */
  emptied(channel: Channel): void;
  /** The time to send what waits is over. */
  finish(channel: Channel): void;
}

/** Why a channel is over, as a WebSocket's close frame would say it. */
export interface End {
  readonly code: number;
  readonly reason: string;
}

interface Held {
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** One session's connection among others on the same socket. */
export class Channel extends Lane implements Peer {
  readonly #host: ChannelHost;
  readonly #inflow: Inflow;
  /** Frames that came while nothing was to be read; bounded by the client's credit. */
  #held: Held[] | undefined;
  #paused = false;
  #drained: (() => void)[] | undefined;
  #silenceMsMax = 0;
  end: End | undefined;
  closed = false;
  session: Session | undefined;
  waiting: RawFrame[] | undefined;
  refusals = 0;

  constructor(
    host: ChannelHost,
    channel: number,
    window: { readonly sendBytes: number; readonly receiveBytes: number },
  ) {
    super(channel, window.sendBytes);
    this.#host = host;
    this.#inflow = new Inflow(window.receiveBytes);
  }

  get codec(): Codec {
    return this.#host.codec;
  }

  get address(): string {
    return this.#host.address;
  }

  get closing(): boolean {
    return this.end !== undefined;
  }

  get congested(): boolean {
    return this.pendingBytes > 0 && (this.credit <= 0 || this.#host.congested);
  }

  get silenceMsMax(): number {
    return this.#silenceMsMax;
  }

  set silenceMsMax(ms: number) {
    // A ping says mostly what the one before has said.
    if (this.#silenceMsMax !== ms) this.#host.known(ms);
    this.#silenceMsMax = ms;
  }

  write(outgoing: Outgoing): void {
    if (!this.closed && this.end === undefined)
      this.#host.push(this, outgoing.encode(this.#host.codec));
  }

  reply(frame: ServerFrame): void {
    if (!this.closed && this.end === undefined)
      this.#host.push(this, this.#host.codec.encodeServer(frame));
  }

  drained(): Promise<void> {
    this.#host.pump();
    if (this.closed || this.pendingBytes === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#drained ??= []).push(resolve));
  }

  pause(): void {
    this.#paused = true;
  }

  /** Held frames follow in a turn of their own: whoever resumes is in the middle of something, and they may pause it again. */
  resume(): void {
    this.#paused = false;
    if (this.#held !== undefined) queueMicrotask(() => this.#release());
  }

  close(name: CloseName, detail?: string): void {
    if (this.closed || this.end !== undefined) return;
    const { code, message } = closeCodes[name];
    this.end = { code, reason: detail ?? message };
    this.#held = undefined;
    this.#host.closing(this);
  }

  /** Takes a frame of the client's. */
  received(flags: number, payload: Uint8Array): void {
    if (this.closed || this.end !== undefined) return;
    if (!this.#inflow.arrived(payload.length)) {
      this.close("flooding", "Frames kept coming without credit.");
    } else if (this.#paused || this.#held !== undefined) {
      (this.#held ??= []).push({ flags, payload: payload.slice() });
    } else this.#process(flags, payload);
  }

  /** Asked by the wheel: how much longer this channel may be as it is. */
  due(): number {
    if (this.closed) return 0;
    if (this.end !== undefined) this.#host.finish(this);
    else if (this.session === undefined) this.close("connect_deadline");
    return 0;
  }

  override emptied(): void {
    this.#releaseWaiters();
    this.#host.emptied(this);
  }

  /** The channel is over, at both sides. */
  gone(): void {
    this.closed = true;
    this.#held = undefined;
    this.#releaseWaiters();
  }

  #process(flags: number, payload: Uint8Array): void {
    this.#host.deliver(this, flags, payload);
    const granted = this.#inflow.processed(payload.length);
    if (granted > 0 && this.end === undefined && !this.closed) this.#host.grant(this, granted);
  }

  #release(): void {
    const held = this.#held;
    if (held === undefined) return;
    let next = 0;
    while (next < held.length && !this.#paused && this.end === undefined && !this.closed) {
      const { flags, payload } = held[next++] as Held;
      this.#process(flags, payload);
    }
    if (this.#held === held) this.#held = next === held.length ? undefined : held.slice(next);
  }

  #releaseWaiters(): void {
    for (const resolve of this.#drained?.splice(0) ?? []) resolve();
  }
}
