import type { CloseName } from "@godwit/protocol";
import type { Stream, StreamHandler } from "../stream.ts";
import { connect } from "./connecting.ts";
import type { PacketSink, Reading } from "./reading.ts";
import type { Shared } from "./shared.ts";
import { PacketError, reasons, returnCodeOf, type Reason } from "./wire/codes.ts";
import { decode } from "./wire/decode.ts";
import { Remainder, walkPackets, type PacketTaker } from "./wire/framer.ts";
import type { Connect, Version } from "./wire/packets.ts";
import { connack, disconnect } from "./wire/writer.ts";

/** A CONNECT has a token or password and a will at most; nobody is known yet. */
const connectBytesMax = 98_304;
const none = new Uint8Array(0);

/** One MQTT connection: bytes in, packets to whoever is connected; before that, the CONNECT. */
export class MqttClient implements StreamHandler, Reading, PacketTaker {
  readonly #stream: Stream;
  readonly #shared: Shared;
  /** Bytes that wait: undefined most of the time, because packets mostly come whole. */
  #remainder: Remainder | undefined;
  #version: Version | undefined;
  #connected: PacketSink | undefined;
  /** Works that must end before the next packet is read. */
  #holds = 0;
  #pauses = 0;
  #over = false;
  #pushing = false;

  constructor(stream: Stream, shared: Shared) {
    this.#stream = stream;
    this.#shared = shared;
  }

  get over(): boolean {
    return this.#over;
  }

  get wantsMore(): boolean {
    return this.#holds === 0 && !this.#over;
  }

  data(data: Uint8Array | string): void {
    if (this.#over) return;
    // MQTT 5.0 section 6: on WebSocket, packets come in binary frames.
    if (typeof data === "string")
      this.fail(reasons.malformedPacket, "MQTT is spoken in binary frames.");
    else this.#push(data);
  }

  closed(): void {
    this.#over = true;
    this.#connected?.gone();
  }

  close(name: CloseName): void {
    if (this.#connected !== undefined) this.#connected.close(name);
    else this.stop();
  }

  pause(): void {
    if (this.#pauses++ === 0) this.#stream.pause();
  }

  resume(): void {
    if (--this.#pauses === 0) this.#stream.resume();
  }

  hold(work: Promise<void>): void {
    this.#holds++;
    this.pause();
    work
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#holds--;
        this.resume();
        if (this.#holds === 0 && !this.#over && !this.#pushing) this.#push(none);
      });
  }

  /** Ends the connection because of what the client did: with its reason, where the version knows reasons. */
  fail(reason: Reason, why: string): void {
    if (this.#over) return;
    this.#shared.log.debug({ reason, why, address: this.#stream.address }, "MQTT client refused");
    if (this.#connected !== undefined) this.#connected.fail(reason, why);
    else {
      if (this.#version === 5) this.#stream.write(disconnect(reason, { reasonString: why }));
      this.stop();
    }
  }

  refuse(version: Version, reason: Reason, why: string): void {
    const code = version === 5 ? reason : returnCodeOf(reason);
    this.#stream.write(connack(version, false, code, { reasonString: why }));
    this.stop();
  }

  stop(): void {
    this.#over = true;
    this.#stream.end();
  }

  enter(sink: PacketSink): void {
    this.#connected = sink;
  }

  #failed(error: unknown): void {
    if (this.#over) return;
    if (error instanceof PacketError) return this.fail(error.reason, error.message);
    this.#shared.log.error({ error }, "MQTT packet failed");
    this.close("internal");
  }

  #push(data: Uint8Array): void {
    const bytesMax =
      this.#connected === undefined ? connectBytesMax : this.#shared.config.packetBytesMax;
    this.#pushing = true;
    try {
      if (this.#remainder === undefined) this.#walk(data, bytesMax);
      else {
        this.#remainder.push(data, bytesMax, this);
        if (this.#remainder.length === 0) this.#remainder = undefined;
      }
      // While packets are held the socket is paused; what was on its way is bounded all the same.
      const waitingBytes = this.#remainder?.length ?? 0;
      if (waitingBytes > this.#shared.config.packetBytesMax * 4) this.close("flooding");
    } catch (error) {
      // Whoever has called: behind what was held there is nobody to catch it.
      this.#failed(error);
    } finally {
      this.#pushing = false;
    }
  }

  #walk(data: Uint8Array, bytesMax: number): void {
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const at = walkPackets(bytes, bytesMax, this);
    if (at === bytes.length || this.#over) return;
    this.#remainder = new Remainder();
    // A copy: the chunk belongs to the listener.
    this.#remainder.push(bytes.subarray(at), bytesMax, this);
  }

  packet(first: number, bytes: Buffer, at: number, end: number): void {
    let packet;
    try {
      packet = decode(first, bytes, at, end, this.#version);
    } catch (error) {
      if (error instanceof PacketError && error.reason === reasons.unsupportedProtocolVersion) {
        // The answer of the version that the client may understand (MQTT 5.0 section 3.1.2.2).
        this.refuse(4, error.reason, error.message);
        return;
      }
      throw error;
    }
    if (packet.type === "connect") this.#connect(packet);
    else this.#connected?.receive(packet);
  }

  #connect(packet: Connect): void {
    this.#version = packet.version;
    this.hold(connect(this, this.#stream, this.#shared, packet));
  }
}
