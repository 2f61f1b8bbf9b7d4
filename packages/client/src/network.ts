import type { Codec, CommandFrame, Result } from "@godwit/protocol";
import { Backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { type FetchMode, FetchSocket } from "./fetch-socket.ts";
import { Heartbeat, type HeartbeatMemory } from "./heartbeat.ts";
import type { ConnectOptions } from "./options.ts";
import { direct, type Socket } from "./socket.ts";
import type { NetworkMemory, Transport } from "./transport.ts";

export type NetworkOptions = Pick<
  ConnectOptions,
  "transports" | "heartbeatMinMs" | "heartbeatMaxMs" | "network" | "fetch"
>;

export interface NetworkPorts {
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly fraction: () => number;
  /** What the WebSocket speaks. */
  readonly codec: Codec;
  /** By kind of network. */
  readonly memories: Map<string, NetworkMemory>;
  /** Keeps a memory for the next start. */
  remember(network: string, memory: NetworkMemory): void;
  /** The address of the WebSocket. */
  readonly url: string;
  /** Opens a WebSocket, to see whether it comes through. */
  probe(): Promise<Socket>;
  /** Leaves the connection for another one, as soon as nothing waits for an answer. */
  move(): void;
}

/** Kinds of networks that are remembered; more are forgotten, oldest first. */
const memoriesMax = 16;
const rememberedMs = 3_600_000;
/** Bounds of the back-off between looks for the better way. */
const climbMsMin = 4_000;
const climbMsMax = 30 * 60_000;
const probeMsMax = 5_000;
/** What a server answers, before any hello, with a refusal: enough to see that frames pass in both directions. */
const probeFrame: CommandFrame = { type: "ping", id: 1 };
const allTransports: readonly Exclude<Transport, "tcp">[] = ["websocket", "sse", "poll"];
const heartbeatMsMin = 5_000;
/** When to look again whether events that the server has handed over are there. */
const behindMs = 1_000;

/**
 * What a client learns about the network it is on: which transport comes through, and how long a connection may be silent. Loaded only when there is something to learn.
 *
 * WebSocket comes first; if it fails before the welcome without a reason, requests are tried in its place, and after them WebSocket again: a server that is away
 * fails both. Once requests have come through, the WebSocket is tried beside them, ever more rarely, until the way back is open; soon again after every loss, and when
 * the platform says that the network is another one.
 */
export class Network {
  readonly #ports: NetworkPorts;
  readonly #modes: readonly FetchMode[];
  readonly #webSocket: boolean;
  readonly #kind: () => string;
  readonly #fetch: NetworkOptions["fetch"];
  readonly #beatMs: { readonly min: number; readonly max: number };
  #heartbeat: Heartbeat | undefined;
  #heartbeatKind = "";
  /** What the server was told last. */
  #announcedMs = 0;
  /** The silence before a ping whose answer is awaited. */
  #probedMs: number | undefined;
  /** The position at which the server was found ahead. */
  #behind: number | undefined;
  #next: "websocket" | "fetch";
  #socket: FetchSocket | undefined;
  readonly #climbBackoff: Backoff;
  #cancelClimb: (() => void) | undefined;

  constructor(options: NetworkOptions, ports: NetworkPorts) {
    const { transports = allTransports, network = networkKind, fetch } = options;
    const { heartbeatMinMs = heartbeatMsMin, heartbeatMaxMs = Number.POSITIVE_INFINITY } = options;
    this.#ports = ports;
    this.#kind = network;
    this.#fetch = fetch;
    this.#beatMs = { min: heartbeatMinMs, max: heartbeatMaxMs };
    const tcp = direct(ports.url) === "tcp";
    this.#webSocket = tcp || transports.includes("websocket");
    this.#modes = tcp ? [] : transports.filter((each) => each !== "websocket");
    this.#climbBackoff = new Backoff(climbMsMin, climbMsMax, ports.fraction);
    const requests = this.#modes.length > 0 && (this.#remembered || !this.#webSocket);
    this.#next = requests ? "fetch" : "websocket";
  }

  /** The transport of the connection that is there or is being made. */
  get transport(): Transport {
    return this.#socket?.mode ?? direct(this.#ports.url);
  }

  /** The socket of the next attempt; undefined if it is to be a WebSocket. */
  socket(): Socket | undefined {
    this.#stopClimbing();
    this.#socket = undefined;
    if (this.#next === "websocket") return undefined;
    const { clock, url } = this.#ports;
    const known = this.#modes.indexOf(this.#remembered?.mode ?? "sse");
    this.#socket = new FetchSocket(streamUrl(url), {
      modes: this.#modes.slice(Math.max(0, known)),
      clock,
      fetch: this.#fetch,
      quietMs: () => this.#heartbeat?.beatMs ?? Number.POSITIVE_INFINITY,
    });
    return this.#socket;
  }

  /** The attempt ended before the welcome, and nobody said why. */
  failed(): void {
    if (this.#webSocket && this.#modes.length > 0)
      this.#next = this.#next === "websocket" ? "fetch" : "websocket";
  }

  /** What to say in the hello about heartbeats, if something is known. */
  hello(): { heartbeatMs?: number } {
    const kind = this.#kind();
    const known = this.#ports.memories.get(kind)?.heartbeat;
    if (kind !== this.#heartbeatKind || !this.#heartbeat)
      this.#heartbeat = known && this.#learn(kind, known, this.#beatMs.max);
    if (this.#heartbeat?.connected()) this.#keepHeartbeat();
    return this.#heartbeat ? { heartbeatMs: this.#heartbeat.beatMs } : {};
  }

  welcomed({
    heartbeatMs,
    heartbeatMsMax,
  }: Pick<Result<"hello">, "heartbeatMs" | "heartbeatMsMax">): void {
    this.#announcedMs = heartbeatMs;
    this.#probedMs = this.#behind = undefined;
    // A server that takes no announcements gets beats as it asks for them.
    const most =
      heartbeatMsMax === undefined ? heartbeatMs : Math.min(this.#beatMs.max, heartbeatMsMax);
    const known = this.#heartbeat?.memory ?? heartbeatMs;
    this.#heartbeat = this.#learn(this.#kind(), known, most);
    if (this.#socket) this.#settleFor(this.#socket);
    else this.#climbBackoff.reset();
  }

  /** How long the connection may be silent; undefined before the welcome. */
  get beatMs(): number | undefined {
    const beatMs = this.#heartbeat?.beatMs;
    return beatMs && this.#behind !== undefined ? Math.min(beatMs, behindMs) : beatMs;
  }

  /** A ping goes out after so long a silence (0 if that is not why): what to say with it about beats to come. */
  probe(silenceMs: number): { heartbeatMs?: number } {
    this.#probedMs = silenceMs;
    const nextMs = this.#heartbeat?.nextMs ?? this.#announcedMs;
    if (nextMs === this.#announcedMs) return {};
    this.#announcedMs = nextMs;
    return { heartbeatMs: nextMs };
  }

  /**
   * The ping was answered, and with it how many events the server had handed over. True if some of them were lost: those that are not here yet may still come out of
   * a replay, but not if nothing has come until the next answer.
   */
  answered(silenceMs: number, handedOver: number, position: number): boolean {
    this.#probedMs = undefined;
    // Requests come and go, whatever a connection bears.
    if (!this.#socket && this.#heartbeat?.borne(silenceMs)) this.#keepHeartbeat();
    const before = this.#behind;
    this.#behind = handedOver > position ? position : undefined;
    return this.#behind !== undefined && this.#behind === before;
  }

  /** The connection was lost after so long a silence, unless that of a ping without an answer was longer. */
  lost(silenceMs: number): void {
    this.#climbBackoff.reset();
    if (!this.#socket) this.#heartbeat?.lost(this.#probedMs ?? silenceMs);
  }

  /** The network may be another one, where what has failed comes through. */
  wake(): void {
    this.#climbBackoff.reset();
    if (this.#cancelClimb && this.#socket) this.#settleFor(this.#socket);
    else if (this.#webSocket && !this.#remembered) this.#next = "websocket";
  }

  close(): void {
    this.#stopClimbing();
  }

  #learn(kind: string, start: HeartbeatMemory | number, maxMs: number): Heartbeat {
    this.#heartbeatKind = kind;
    const { clock } = this.#ports;
    return new Heartbeat(start, { minMs: this.#beatMs.min, maxMs }, () => clock.now());
  }

  get #remembered(): NetworkMemory["transport"] {
    const { memories, clock } = this.#ports;
    const transport = memories.get(this.#kind())?.transport;
    return transport && transport.until > clock.now() ? transport : undefined;
  }

  #keepHeartbeat(): void {
    if (this.#heartbeat) this.#keep(this.#heartbeatKind, { heartbeat: this.#heartbeat.memory });
  }

  #keep(kind: string, change: NetworkMemory): void {
    const { memories } = this.#ports;
    const memory = { ...memories.get(kind), ...change };
    memories.delete(kind);
    memories.set(kind, memory);
    for (const [oldest] of memories) if (memories.size > memoriesMax) memories.delete(oldest);
    this.#ports.remember(kind, memory);
  }

  /** Requests have come through where a WebSocket did not: remembers it, and goes on trying. */
  #settleFor(socket: FetchSocket): void {
    if (!this.#webSocket) return;
    this.#stopClimbing();
    const kind = this.#kind();
    const { clock, move } = this.#ports;
    const until = clock.now() + rememberedMs;
    this.#keep(kind, { transport: { mode: socket.mode, until } });
    const stop = clock.after(this.#climbBackoff.next(), () => {
      void this.#comesThrough().then((open) => {
        // Another connection has been begun, or another look: this one is of the past.
        if (this.#cancelClimb !== stop) return;
        if (!open) return this.#settleFor(socket);
        this.#next = "websocket";
        this.#keep(kind, { transport: { mode: socket.mode, until: 0 } });
        move();
      });
    });
    this.#cancelClimb = stop;
  }

  /** Whether a WebSocket opens now, and carries frames. */
  async #comesThrough(): Promise<boolean> {
    const { clock, codec, probe } = this.#ports;
    try {
      const socket = await probe();
      return await new Promise((resolve) => {
        const settle = (open: boolean): void => {
          cancel();
          socket.onopen = socket.onmessage = socket.onclose = null;
          socket.close(1000, "probe");
          resolve(open);
        };
        const cancel = clock.after(probeMsMax, () => settle(false));
        socket.onopen = () => socket.send(codec.encodeCommand(probeFrame));
        socket.onmessage = () => settle(true);
        socket.onclose = () => settle(false);
        socket.onerror = () => {};
      });
    } catch {
      return false;
    }
  }

  #stopClimbing(): void {
    this.#cancelClimb?.();
    this.#cancelClimb = undefined;
  }
}

/** The kind of network where the browser tells it (Network Information API). */
function networkKind(): string {
  const { navigator } = globalThis as { navigator?: { connection?: { type?: string } } };
  return navigator?.connection?.type ?? "unknown";
}

/** Where the server of a WebSocket takes requests: `/api/stream` in place of `/ws`. */
export function streamUrl(url: string): string {
  const stream = new URL(url);
  stream.protocol = stream.protocol.replace(/^ws/, "http");
  stream.pathname = `${stream.pathname.replace(/\/[^/]*$/, "")}/api/stream`;
  stream.search = "";
  return stream.href;
}
