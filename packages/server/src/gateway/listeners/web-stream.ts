import type { CloseName } from "@godwit/protocol";
import type { Stream, StreamHandler, StreamProtocol } from "../protocols/stream.ts";
import { ServedWebSocket, type SocketShared } from "./web-socket.ts";

/** A path at which another protocol than the native one is spoken over WebSocket. */
export interface Mount {
  /** Such as `/mqtt`. */
  readonly path: string;
  /** What a client must offer, as the protocol's own binding to WebSocket says. */
  readonly subprotocol: string;
  readonly protocol: StreamProtocol;
}

/** RFC 6455 section 7.4.1: the purpose is fulfilled; why it ended was said in the protocol itself. */
const normalClosure = 1_000;

/** A WebSocket as a stream of frames, for such a protocol. */
export class WebSocketStream extends ServedWebSocket implements Stream {
  readonly secure: boolean;
  readonly #protocol: StreamProtocol;
  #handler: StreamHandler | undefined;
  #known = false;
  #asked = false;

  constructor(
    shared: SocketShared,
    protocol: StreamProtocol,
    { address, secure }: { readonly address: string; readonly secure: boolean },
  ) {
    super(shared, address);
    this.#protocol = protocol;
    this.secure = secure;
  }

  override get known(): boolean {
    return this.#known;
  }

  override get closing(): boolean {
    return this.#asked || super.closing;
  }

  admitted(silenceMsMax: number): void {
    this.#known = true;
    this.silenceMsMax = silenceMsMax;
  }

  override received(data: string | Uint8Array): void {
    if (super.closing) return;
    this.#handler ??= this.#protocol.open(this);
    this.#handler.data(data);
  }

  protected override ended(): void {
    this.#handler?.closed();
  }

  write(data: Uint8Array | string): void {
    this.queue(data);
  }

  end(): void {
    this.closeWith(normalClosure, "");
  }

  /** The protocol says goodbye in its own words and ends the stream; without a word from the client there is nobody to say it to. */
  override close(name: CloseName): void {
    if (this.closed || this.closing) return;
    this.#asked = true;
    if (this.#handler === undefined) this.end();
    else this.#handler.close(name);
  }
}
