import type { CloseName } from "@godwit/protocol";
import type { Stream, StreamHandler } from "../stream.ts";
import { CommandRefused } from "./link.ts";
import type { Shared } from "./shared.ts";
import { PacketError, reasons, returnCodeOf, type Reason } from "./wire/codes.ts";
import { decode } from "./wire/decode.ts";
import { Remainder, walkPackets, type PacketTaker } from "./wire/framer.ts";
import type { ClientPacket, Version } from "./wire/packets.ts";
import { connack } from "./wire/writer.ts";

const none = new Uint8Array(0);

/**
 * The reading side of one MQTT connection: bytes in, packets out, one after the other and not while one is held. The other side is a subclass and no object beside it,
 * because there are two of everything for each idle client otherwise.
 */
export abstract class Reading implements StreamHandler, PacketTaker {
  readonly shared: Shared;
  protected readonly stream: Stream;
  /** Nothing more is read. */
  over = false;
  /** Bytes that wait: undefined most of the time, because packets mostly come whole. */
  #remainder: Remainder | undefined;
  /** Works that must end before the next packet is read. */
  #holds = 0;
  #pauses = 0;
  #pushing = false;

  constructor(stream: Stream, shared: Shared) {
    this.stream = stream;
    this.shared = shared;
  }

  /** Undefined before the CONNECT. */
  protected abstract readonly version: Version | undefined;
  /** Larger packets are refused. */
  protected abstract readonly packetBytesMax: number;
  /** @throws PacketError if the packet is not allowed now. */
  protected abstract receive(packet: ClientPacket): void;
  /** Ends the connection because of what the client did: with its reason, where the version knows reasons. */
  abstract fail(reason: Reason, why: string): void;
  abstract close(name: CloseName): void;
  abstract closed(): void;

  get wantsMore(): boolean {
    return this.#holds === 0 && !this.over;
  }

  data(data: Uint8Array | string): void {
    if (this.over) return;
    // MQTT 5.0 section 6: on WebSocket, packets come in binary frames.
    if (typeof data === "string")
      this.fail(reasons.malformedPacket, "MQTT is spoken in binary frames.");
    else this.#push(data);
  }

  /** Stops and restarts reading from the socket; as often as was stopped must be restarted. */
  pause(): void {
    if (this.#pauses++ === 0) this.stream.pause();
  }

  resume(): void {
    if (--this.#pauses === 0) this.stream.resume();
  }

  /** Reads nothing more until the work is done. Its failure ends the connection. */
  hold(work: Promise<void>): void {
    this.#holds++;
    this.pause();
    work.then(
      () => this.#release(),
      (error: unknown) => {
        this.#failed(error);
        this.#release();
      },
    );
  }

  /** Answers the CONNECT with a refusal, and ends the connection. */
  refuse(version: Version, reason: Reason, why: string): void {
    const code = version === 5 ? reason : returnCodeOf(reason);
    this.stream.write(connack(version, false, code, { reasonString: why }));
    this.stop();
  }

  /** Sends what is queued, then closes. */
  stop(): void {
    this.over = true;
    this.stream.end();
  }

  /** Takes one packet from the bytes that came. */
  packet(first: number, bytes: Buffer, at: number, end: number): void {
    let packet;
    try {
      packet = decode(first, bytes, at, end, this.version);
    } catch (error) {
      if (error instanceof PacketError && error.reason === reasons.unsupportedProtocolVersion) {
        // The answer of the version that the client may understand (MQTT 5.0 section 3.1.2.2).
        this.refuse(4, error.reason, error.message);
        return;
      }
      throw error;
    }
    this.receive(packet);
  }

  #release(): void {
    this.#holds--;
    this.resume();
    if (this.#holds === 0 && !this.over && !this.#pushing) this.#push(none);
  }

  #failed(error: unknown): void {
    if (this.over) return;
    if (error instanceof PacketError) return this.fail(error.reason, error.message);
    if (error instanceof CommandRefused) return this.fail(reasons.serverBusy, error.message);
    this.shared.log.error({ error }, "MQTT packet failed");
    this.close("internal");
  }

  #push(data: Uint8Array): void {
    this.#pushing = true;
    try {
      if (this.#remainder === undefined) this.#walk(data);
      else {
        this.#remainder.push(data, this.packetBytesMax, this);
        if (this.#remainder.length === 0) this.#remainder = undefined;
      }
      // While packets are held the socket is paused; what was on its way is bounded all the same.
      const waitingBytes = this.#remainder?.length ?? 0;
      if (waitingBytes > this.shared.config.packetBytesMax * 4) this.close("flooding");
    } catch (error) {
      // Whoever has called: behind what was held there is nobody to catch it.
      this.#failed(error);
    } finally {
      this.#pushing = false;
    }
  }

  #walk(data: Uint8Array): void {
    const { packetBytesMax } = this;
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const at = walkPackets(bytes, packetBytesMax, this);
    if (at === bytes.length || this.over) return;
    this.#remainder = new Remainder();
    // A copy: the chunk belongs to the listener.
    this.#remainder.push(bytes.subarray(at), packetBytesMax, this);
  }
}
