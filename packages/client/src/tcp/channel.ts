import { DecodeError } from "@godwit/protocol";
import { Inflow, Lane } from "@godwit/protocol/tcp";
import type { Socket } from "../socket.ts";
import { windowBytes, type Link } from "./link.ts";

/** What waits for a server that does not take it; more ends the channel. */
const pendingBytesMax = 16 * 1_048_576;

/** A channel as the SDK sees a connection: with the interface of a WebSocket. */
export class Channel extends Lane implements Socket {
  binaryType = "arraybuffer";
  onopen: ((event: unknown) => void) | null = null;
  /** The data is valid during the call only. */
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  readonly #link: Link;
  readonly #inflow: Inflow;
  #ended = false;

  constructor(link: Link) {
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
