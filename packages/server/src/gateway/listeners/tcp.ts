import type { Socket, SocketHandler, TCPSocketListener, TLSOptions } from "bun";
import type { CloseName } from "@godwit/protocol";
import type { Config } from "../../config/config.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { Wheel } from "../../lib/wheel.ts";
import type { StreamProtocol } from "../protocols/stream.ts";
import type { Admission } from "./admission.ts";
import { watchCertificate } from "./certificate-watch.ts";
import { readCertificate } from "./certificate.ts";
import type { Listener } from "./listener.ts";
import { readProxyHeader } from "./proxy-header.ts";
import { Waves } from "./waves.ts";
import { StreamFlusher, TcpStream, type StreamShared, type TcpSocket } from "./tcp-stream.ts";

export interface StreamListenerConfig {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
  /**
   * When TLS 1.3 begins. `direct`: always, with the first byte. `detect`: if the first byte is that of a TLS handshake. `asked`: only when the protocol calls
   * `Stream.startTls`. Without `tls` there is no TLS, and `direct` admits nobody.
   */
  readonly encryption: "direct" | "detect" | "asked";
  /** Whether a load balancer says in a PROXY header for whom it connects. */
  readonly proxyProtocol: boolean;
  readonly connectDeadlineMs: number;
  readonly writeBufferBytesMax: number;
}

/** What is the same for the doors of all protocols. */
export function streamListenerConfig({
  listen,
  limits,
  sessions,
}: Config): Omit<StreamListenerConfig, "port" | "encryption"> {
  return {
    host: listen.host,
    tls: listen.tls,
    proxyProtocol: listen.proxyProtocol,
    connectDeadlineMs: sessions.connectDeadlineMs,
    writeBufferBytesMax: limits.writeBufferBytesMax,
  };
}

export interface StreamListenerDeps {
  /** Of the listener, for log and metrics. */
  readonly name: string;
  readonly config: StreamListenerConfig;
  readonly protocol: StreamProtocol;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly log: Log;
}

/** The content type of a handshake record, RFC 8446 section 5.1; no protocol of ours begins with it. */
const tlsHandshake = 22;
const tls13 = 0x0304;
/** Silence after which the kernel asks whether the other side is still there. */
const keepAliveMs = 60_000;
/** Connections of which the balancer has not said yet whose they are; more are cut. */
const unnamedMax = 1_024;

/** TCP and TLS for protocols that are streams of bytes. */
export class StreamListener implements Listener {
  readonly name: string;
  readonly #deps: StreamListenerDeps;
  readonly #shared: StreamShared;
  readonly #silence: Wheel<TcpStream>;
  readonly #waves: Waves;
  readonly #streams = new Set<TcpStream>();
  /** With the bytes that they have sent of their PROXY header. */
  readonly #unnamed = new Map<TcpStream, Buffer>();
  readonly #handlers: SocketHandler<TcpStream>;
  readonly #server: TCPSocketListener<TcpStream>;
  #certificate: TLSOptions | undefined;
  #accepting = true;
  readonly #stopCertificateWatch: (() => void) | undefined;

  /** Listens at once. Throws if the port is taken or the certificate cannot be read. */
  constructor(deps: StreamListenerDeps) {
    const { name, config, protocol, clock, log } = deps;
    this.name = name;
    this.#deps = deps;
    this.#shared = {
      protocol,
      flusher: new StreamFlusher(),
      writeBufferBytesMax: config.writeBufferBytesMax,
      connectDeadlineMs: config.connectDeadlineMs,
      monotonic: () => clock.monotonic(),
      admitted: () => this.#waves.opened(),
      askAgain: (stream, ms) => this.#silence.add(stream, ms),
      log,
      upgrade: config.tls && ((socket, received) => this.#upgrade(socket, received)),
    };
    this.#waves = new Waves(clock);
    this.#silence = new Wheel(clock, 500, (stream) => stream.silent());
    this.#handlers = this.#handlersOf();
    this.#readCertificate();
    this.#server = Bun.listen<TcpStream>({
      hostname: config.host,
      port: config.port,
      socket: { ...this.#handlers, open: (socket) => this.#opened(socket) },
    });
    if (config.tls !== undefined)
      this.#stopCertificateWatch = watchCertificate(
        config.tls,
        () => this.#readCertificate(),
        deps,
      );
  }

  get port(): number {
    return this.#server.port;
  }

  get connections(): number {
    return this.#streams.size;
  }

  drain(): void {
    this.#accepting = false;
  }

  closeAll(name: CloseName): void {
    for (const stream of [...this.#streams, ...this.#unnamed.keys()]) stream.close(name);
  }

  stop(): Promise<void> {
    this.#stopCertificateWatch?.();
    this.#silence.stop();
    this.#waves.stop();
    this.#server.stop(true);
    for (const stream of [...this.#streams, ...this.#unnamed.keys()]) stream.terminate();
    return Promise.resolve();
  }

  #handlersOf(): SocketHandler<TcpStream> {
    return {
      data: (socket, data) => {
        // Asked for once: it is no plain field.
        const stream = socket.data;
        // Under TLS both sockets have the stream, and the one below tells of what is encrypted.
        if (stream.socket === socket) this.#received(stream, data);
      },
      drain: (socket) => {
        const stream = socket.data;
        if (stream.socket === socket) stream.drain();
      },
      close: (socket) => this.#gone(socket.data),
      // Of the other side's doing: a handshake or a record that is none.
      error: (socket, error) => {
        this.#deps.log.debug({ error, address: socket.data.address }, "a connection failed");
        socket.terminate();
      },
    };
  }

  #opened(socket: TcpSocket): void {
    const { connectDeadlineMs, proxyProtocol } = this.#deps.config;
    const stream = new TcpStream(this.#shared, socket, socket.remoteAddress, false);
    socket.data = stream;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
    if (proxyProtocol && this.#unnamed.size < unnamedMax)
      this.#unnamed.set(stream, Buffer.alloc(0));
    else if (proxyProtocol || !this.#admit(stream)) {
      socket.terminate();
      return;
    }
    this.#silence.add(stream, connectDeadlineMs);
  }

  /** False if there is no room for it. */
  #admit(stream: TcpStream): boolean {
    const { admission, config } = this.#deps;
    if (!this.#accepting || !admission.enter(stream.address)) return false;
    this.#streams.add(stream);
    return config.encryption !== "direct" || this.#unnamed.has(stream) || stream.startTls();
  }

  #received(stream: TcpStream, data: Buffer): void {
    const bytes = this.#unnamed.has(stream) ? this.#named(stream, data) : data;
    if (bytes === undefined || bytes.length === 0) return;
    const { encryption } = this.#deps.config;
    const encrypted = encryption === "detect" && bytes[0] === tlsHandshake;
    if (stream.fresh && !stream.secure && (encrypted || encryption === "direct")) {
      if (!stream.startTls(bytes)) stream.terminate();
    } else stream.received(bytes);
  }

  /** Takes the header off; what is behind it is the result, or undefined if it is not complete. Cuts who sends another. */
  #named(stream: TcpStream, data: Buffer): Buffer | undefined {
    const bytes = Buffer.concat([this.#unnamed.get(stream) ?? data.subarray(0, 0), data]);
    const header = readProxyHeader(bytes);
    if (header === "partial") {
      this.#unnamed.set(stream, bytes);
      return undefined;
    }
    if (header !== "malformed") {
      stream.address = header.address ?? stream.address;
      if (this.#admit(stream)) {
        this.#unnamed.delete(stream);
        return bytes.subarray(header.bytes);
      }
    }
    stream.terminate();
    return undefined;
  }

  #gone(stream: TcpStream): void {
    if (stream.closed) return;
    this.#unnamed.delete(stream);
    if (this.#streams.delete(stream)) this.#deps.admission.left(stream.address);
    stream.gone();
  }

  #upgrade(socket: TcpSocket, received: Uint8Array | undefined): TcpSocket {
    // Bun's declarations miss the two options with which its own node:tls makes a server's socket.
    const upgradeTLS = socket.upgradeTLS.bind(socket) as (options: object) => [Socket, TcpSocket];
    const [, secured] = upgradeTLS({
      data: socket.data,
      tls: this.#certificate,
      socket: this.#handlers,
      isServer: true,
      initialData: received,
    });
    return secured;
  }

  #readCertificate(): void {
    const { tls } = this.#deps.config;
    if (tls === undefined) return;
    const { cert, key } = readCertificate(tls);
    this.#certificate = { cert, key, minVersion: tls13 } as TLSOptions;
  }
}
