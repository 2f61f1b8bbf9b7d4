import {
  closeCodes,
  type CloseName,
  type Codec,
  type RawFrame,
  type ServerFrame,
} from "@godwit/protocol";
import type { Outgoing } from "../../hub/outgoing.ts";
import type { Session } from "../../session/session.ts";
import type { NativeProtocol, Peer } from "../protocols/native.ts";
import { ServedWebSocket, type SocketShared } from "./web-socket.ts";

/** A WebSocket on which the native protocol is spoken. */
export class WebSocketConnection extends ServedWebSocket implements Peer {
  readonly codec: Codec;
  readonly #protocol: NativeProtocol;
  session: Session | undefined;
  waiting: RawFrame[] | undefined;
  refusals = 0;

  constructor(shared: SocketShared, protocol: NativeProtocol, codec: Codec, address: string) {
    super(shared, address);
    this.#protocol = protocol;
    this.codec = codec;
  }

  override get known(): boolean {
    return this.session !== undefined;
  }

  override received(data: string | Uint8Array): void {
    this.#protocol.receive(this, data);
  }

  protected override ended(): void {
    this.#protocol.closed(this);
  }

  write(outgoing: Outgoing): void {
    if (!this.closed && !this.closing) this.queue(outgoing.encode(this.codec));
  }

  reply(frame: ServerFrame): void {
    if (!this.closed && !this.closing) this.queue(this.codec.encodeServer(frame));
  }

  override close(name: CloseName, detail?: string): void {
    const { code, message } = closeCodes[name];
    this.closeWith(code, detail ?? message);
  }
}
