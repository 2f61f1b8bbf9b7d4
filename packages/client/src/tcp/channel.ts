import { DecodeError, type Codec } from "@godwit/protocol";
import { Inflow, Lane } from "@godwit/protocol/tcp";
import type { Socket } from "../socket.ts";

/** What waits for a server that does not take it; more ends the channel. */
const pendingBytesMax = 16 * 1_048_576;

/** Credit of a channel towards this client. */
export const windowBytes = 262_144;

/** The connection that a channel is on. */
export interface ChannelLink {
  readonly codec: Codec["name"];
  /** Credit of a new channel towards the server. */
  readonly sendBytes: number;
  /** The number of the next channel. */
  reserve(): number;
  /** Opens a channel; its events come in later turns. */
  adopt(channel: Channel): void;
  push(channel: Channel, data: string | Uint8Array): void;
  /** Expands a frame of the server's. @throws DecodeError */
  expand(flags: number, payload: Uint8Array): Uint8Array;
  /** Gives the server more credit. */
  grant(channel: Channel, bytes: number): void;
  /** Ends a channel from this side. */
  leave(channel: Channel, code: number, reason: string): void;
}

/** A channel as the SDK sees a connection: with the interface of a WebSocket. */
export class Channel extends Lane implements Socket {
  binaryType = "arraybuffer";
  onopen: ((event: unknown) => void) | null = null;
  /** The data is valid during the call only. */
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  readonly #link: ChannelLink;
  readonly #inflow: Inflow;
  #ended = false;

  constructor(link: ChannelLink) {
    super(link.reserve(), link.sendBytes);
    this.#link = link;
    this.#inflow = new Inflow(windowBytes);
    link.adopt(this);
  }

  get protocol(): string {
    return this.#link.codec === "json" ? "godwit.json.v1" : "godwit.bin.v1";
  }

  send(data: string | Uint8Array): void {
    if (this.#ended) return;
    this.#link.push(this, data);
    if (this.pendingBytes > pendingBytesMax) this.close(1_000, "The server takes too little.");
  }

  close(code = 1_000, reason = ""): void {
    if (this.#ended) return;
    this.#link.leave(this, code, reason);
    this.gone({ code, reason });
  }

  opened(): void {
    if (!this.#ended) this.onopen?.({});
  }

  /** Takes a frame of the server's. */
  received(flags: number, payload: Uint8Array): void {
    if (!this.#inflow.arrived(payload.length))
      throw new DecodeError("bad_frame", "The server sent more than it may.");
    this.onmessage?.({ data: this.#link.expand(flags, payload) });
    const granted = this.#inflow.processed(payload.length);
    if (granted > 0 && !this.#ended) this.#link.grant(this, granted);
  }

  failed(error: Error): void {
    if (!this.#ended) this.onerror?.(error);
  }

  /** It is over. The event comes in a turn of its own, as a WebSocket's does. */
  gone(end: { readonly code: number; readonly reason: string }): void {
    if (this.#ended) return;
    this.#ended = true;
    setImmediate(() => this.onclose?.(end));
  }

  override emptied(): void {
    // Nobody waits for it: what is sent is either acknowledged or sent again.
  }
}
