import type { Server } from "bun";
import type { CloseName, Codec } from "@godwit/protocol";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { Wheel } from "../../lib/wheel.ts";
import { callerAddress } from "../http/address.ts";
import type { HttpApp } from "../http/app.ts";
import type { NativeProtocol } from "../protocols/native.ts";
import { originAllowed, type Admission } from "./admission.ts";
import { watchCertificate } from "./certificate-watch.ts";
import { readCertificate } from "./certificate.ts";
import { WebSocketConnection } from "./connection.ts";
import type { Listener } from "./listener.ts";
import { Waves } from "./waves.ts";
import { Flusher, type ServedWebSocket, type SocketShared } from "./web-socket.ts";
import { WebSocketStream, type Mount } from "./web-stream.ts";

export interface WebListenerConfig {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly trustProxy: boolean;
  readonly origins: readonly string[];
  readonly connectDeadlineMs: number;
  readonly frameBytesMax: number;
  readonly bodyBytesMax: number;
  readonly writeBufferBytesMax: number;
}

export interface WebListenerDeps {
  readonly config: WebListenerConfig;
  readonly protocol: NativeProtocol;
  /** In order of preference; the first is spoken with clients that offer no subprotocol. */
  readonly codecs: readonly [Codec, ...Codec[]];
  /** Paths of other protocols; the native one is at `/ws`. */
  readonly mounts: readonly Mount[];
  readonly http: HttpApp;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a closing socket may take to take its last bytes. */
const closeGraceMs = 5_000;

/** What a client's offer of subprotocols comes to at one path. */
interface Offer {
  /** Named in the answer to the handshake; undefined if none was offered and none is needed. */
  readonly subprotocol: string | undefined;
  readonly serve: (from: { readonly address: string; readonly secure: boolean }) => ServedWebSocket;
}

/** WebSocket and HTTP on one port. */
export class WebListener implements Listener {
  readonly name = "web";
  readonly #deps: WebListenerDeps;
  readonly #shared: SocketShared;
  readonly #admission: Admission;
  readonly #silence: Wheel<ServedWebSocket>;
  readonly #connections = new Set<ServedWebSocket>();
  #server: Server<ServedWebSocket>;
  #accepting = true;
  readonly #waves: Waves;
  #stopCertificateWatch: (() => void) | undefined;

  /** Listens at once. Throws if the port is taken or the certificate cannot be read. */
  constructor(deps: WebListenerDeps) {
    this.#deps = deps;
    const { clock, config } = deps;
    this.#admission = deps.admission;
    this.#shared = {
      flusher: new Flusher(),
      writeBufferBytesMax: config.writeBufferBytesMax,
      connectDeadlineMs: config.connectDeadlineMs,
      monotonic: () => clock.monotonic(),
    };
    this.#waves = new Waves(clock);
    this.#silence = new Wheel(clock, 500, (connection) => this.#silent(connection));
    this.#server = this.#listen(config.port);
    if (config.tls !== undefined)
      this.#stopCertificateWatch = watchCertificate(
        config.tls,
        () => this.reloadCertificate(),
        deps,
      );
  }

  get port(): number {
    return this.#server.port ?? this.#deps.config.port;
  }

  get connections(): number {
    return this.#connections.size;
  }

  closeAll(name: CloseName): void {
    for (const connection of this.#connections) connection.close(name);
  }

  /** Takes no new connections; HTTP goes on, so that health checks can tell. */
  drain(): void {
    this.#accepting = false;
  }

  async stop(): Promise<void> {
    this.#stopCertificateWatch?.();
    this.#waves.stop();
    this.#silence.stop();
    await this.#server.stop(true);
    for (const { protocol } of this.#deps.mounts) protocol.stop?.();
  }

  #listen(port: number): Server<ServedWebSocket> {
    const { config, log } = this.#deps;
    return Bun.serve<ServedWebSocket>({
      hostname: config.host,
      port,
      // A new certificate needs a new listener: for a moment both share the port.
      ...(config.tls === undefined ? {} : { tls: readCertificate(config.tls), reusePort: true }),
      maxRequestBodySize: config.bodyBytesMax,
      idleTimeout: 60,
      fetch: (request, server) => this.#fetch(request, server),
      error: (error) => {
        log.error({ error }, "request failed");
        return new Response("Internal error", { status: 500 });
      },
      websocket: {
        maxPayloadLength: config.frameBytesMax,
        // Silence is ours to judge (heartbeats differ by session), and so is back-pressure (the writer stops at the first sign).
        idleTimeout: 0,
        sendPings: false,
        backpressureLimit: config.writeBufferBytesMax * 2,
        closeOnBackpressureLimit: true,
        perMessageDeflate: false,
        open: (socket) => {
          socket.data.opened(socket);
          this.#connections.add(socket.data);
          this.#silence.add(socket.data, config.connectDeadlineMs);
          this.#waves.opened();
        },
        message: (socket, data) => {
          try {
            socket.data.heard(data);
          } catch (error) {
            // Thrown on, it would end the process.
            log.error({ error }, "a protocol failed on what it received");
            socket.data.terminate();
          }
        },
        drain: (socket) => socket.data.drain(),
        close: (socket) => {
          this.#connections.delete(socket.data);
          this.#admission.left(socket.data.address);
          socket.data.gone();
        },
      },
    });
  }

  #fetch(
    request: Request,
    server: Server<ServedWebSocket>,
  ): Response | Promise<Response> | undefined {
    const peer = server.requestIP(request)?.address ?? "unknown";
    const path = pathOf(request.url);
    const mount = this.#deps.mounts.find((each) => each.path === path);
    if (path !== "/ws" && mount === undefined)
      return this.#deps.http.fetch(request, { address: peer });
    const { config } = this.#deps;
    const { headers } = request;
    if (!originAllowed(headers.get("origin"), headers.get("host"), config.origins)) {
      return new Response("This origin may not connect; see listen.origins.", { status: 403 });
    }
    const offered = headers.get("sec-websocket-protocol");
    const names = offered === null ? undefined : offered.split(",").map((name) => name.trim());
    const offer = mount === undefined ? this.#native(names) : this.#mounted(mount, names);
    if (offer === undefined)
      return new Response("None of the offered subprotocols is spoken here.", { status: 400 });
    if (headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return new Response("This address speaks WebSocket.", {
        status: 426,
        headers: { upgrade: "websocket" },
      });
    }
    const forwarded = headers.get("x-forwarded-for") ?? undefined;
    return this.#upgrade(request, server, offer, callerAddress(peer, forwarded, config.trustProxy));
  }

  #upgrade(
    request: Request,
    server: Server<ServedWebSocket>,
    { subprotocol, serve }: Offer,
    address: string,
  ): Response | undefined {
    if (!this.#accepting || !this.#admission.enter(address)) {
      return new Response("No room for this connection now.", {
        status: 503,
        headers: { "retry-after": "1" },
      });
    }
    const data = serve({ address, secure: this.#deps.config.tls !== undefined });
    const headers = subprotocol === undefined ? {} : { "sec-websocket-protocol": subprotocol };
    if (server.upgrade(request, { data, headers })) return undefined;
    this.#admission.left(address);
    return new Response("The WebSocket handshake is not valid.", { status: 400 });
  }

  /** RFC 6455 section 4.2.2: one of the offered subprotocols, or none if none is offered. */
  #native(offered: readonly string[] | undefined): Offer | undefined {
    const { codecs, protocol } = this.#deps;
    const codec =
      offered === undefined
        ? codecs[0]
        : offered
            .map((name) => codecs.find((each) => each.subprotocol === name))
            .find((each) => each !== undefined);
    if (codec === undefined) return undefined;
    return {
      subprotocol: offered && codec.subprotocol,
      serve: ({ address }) => new WebSocketConnection(this.#shared, protocol, codec, address),
    };
  }

  #mounted(
    { subprotocol, protocol }: Mount,
    offered: readonly string[] | undefined,
  ): Offer | undefined {
    if (offered?.includes(subprotocol) !== true) return undefined;
    return { subprotocol, serve: (from) => new WebSocketStream(this.#shared, protocol, from) };
  }

  /** Asked by the wheel: how much longer this connection may be silent. */
  #silent(connection: ServedWebSocket): number {
    if (connection.closed) return 0;
    const silentMs = this.#shared.monotonic() - connection.heardAtMs;
    if (connection.closing) {
      connection.terminate();
      return 0;
    }
    // Before the client is known the deadline counts from the beginning, whatever else is said.
    const leftMs = connection.silenceMsMax - silentMs;
    if (connection.known && leftMs > 0) return leftMs;
    connection.close(connection.known ? "idle" : "connect_deadline");
    return closeGraceMs;
  }

  /** Takes the certificate files anew for the connections to come; those that are open stay. Throws if the files cannot be used. */
  reloadCertificate(): void {
    const before = this.#server;
    this.#server = this.#listen(this.port);
    void before.stop(false);
  }
}

function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const query = url.indexOf("?", start);
  return start < 0 ? "/" : query < 0 ? url.slice(start) : url.slice(start, query);
}
