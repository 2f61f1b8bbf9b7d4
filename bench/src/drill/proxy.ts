/**
 * A TCP proxy that breaks connections as networks do: at once, in silence, late, slowly, or so that an old connection's bytes arrive after a newer connection's. Each
 * connection goes on from an address of its own (127.0.0.x), as that of a client does that changes networks.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

/** How connections are treated. Changes hold for those that are there, too, but for the address. */
export interface Faults {
  /** Each piece of data is passed on so much later, in both directions. */
  delayMs: number;
  /** Bytes per second of each connection and direction. */
  bytesPerSecondMax: number;
  /** New connections are cut at once. */
  refuse: boolean;
  /** New connections are accepted, and nothing passes: a network that is there and leads nowhere. */
  blackhole: boolean;
}

const chunkBytes = 4_096;
/** Unwritten bytes above which the other side is not read. */
const highWaterBytes = 256 * 1_024;

export class FaultProxy {
  readonly faults: Faults = {
    delayMs: 0,
    bytesPerSecondMax: Number.POSITIVE_INFINITY,
    refuse: false,
    blackhole: false,
  };
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  /** Where the next connection comes from. */
  readonly #address: () => string;
  readonly #pairs = new Set<Pair>();
  /** Connections taken so far. */
  accepted = 0;

  private constructor(target: { host: string; port: number }, address: () => string) {
    this.#target = target;
    this.#address = address;
    this.#server = createServer({ pauseOnConnect: true }, (client) => this.#accept(client));
  }

  /** Listens on a free port. @param address of each connection to the target, in 127.0.0.0/8 */
  static async open(
    target: { readonly host: string; readonly port: number },
    address: () => string = () => "127.0.0.1",
  ): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, address);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Connections that are open on the client's side. */
  get connections(): number {
    return [...this.#pairs].filter(({ clientGone }) => !clientGone).length;
  }

  /** Cuts every connection on both sides, without a word; what was under way is lost. Returns how many. */
  cut(): number {
    return this.#each((pair) => pair.destroy());
  }

  /** From now on nothing passes on the connections that are there, and neither side is told, for `ms`; then they are cut. */
  silence(ms: number): number {
    return this.#each((pair) => {
      pair.silenced = true;
      pair.later(ms, () => pair.destroy());
    });
  }

  /**
   * Cuts the connections on the client's side. What the client wrote before still reaches the server, but only `ms` later, and so does the news of the end: a new
   * connection overtakes the old one.
   */
  straggle(ms: number): number {
    return this.#each((pair) => pair.straggle(ms));
  }

  async stop(): Promise<void> {
    this.#each((pair) => pair.destroy());
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #each(work: (pair: Pair) => void): number {
    const pairs = [...this.#pairs].filter(({ clientGone }) => !clientGone);
    for (const pair of pairs) work(pair);
    return pairs.length;
  }

  #accept(client: Socket): void {
    this.accepted++;
    if (this.faults.refuse) return void client.resetAndDestroy();
    const server = connect({ ...this.#target, localAddress: this.#address() });
    const pair = new Pair(client, server, this.faults, () => this.#pairs.delete(pair));
    this.#pairs.add(pair);
    pair.silenced = this.faults.blackhole;
  }
}

/** One direction of a connection. */
interface Way {
  readonly from: Socket;
  readonly to: Socket;
  /** When what arrived last is passed on. */
  dueAtMs: number;
  /** Pieces that wait for their time, in order. */
  readonly waiting: (() => void)[];
}

/** One connection: the client's socket, and the one to the server. */
class Pair {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #faults: Faults;
  readonly #onGone: () => void;
  readonly #ways = new Map<Socket, Way>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  /** On top of the delay of all. */
  #extraMs = 0;
  #gone = false;
  silenced = false;
  clientGone = false;

  constructor(client: Socket, server: Socket, faults: Faults, onGone: () => void) {
    this.#client = client;
    this.#server = server;
    this.#faults = faults;
    this.#onGone = onGone;
    client.setNoDelay(true);
    server.setNoDelay(true);
    this.#pipe(client, server);
    this.#pipe(server, client);
    client.resume();
  }

  later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }

  destroy(): void {
    if (this.#gone) return;
    this.#gone = this.clientGone = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
    this.#onGone();
  }

  straggle(ms: number): void {
    if (this.#gone || this.clientGone) return;
    this.clientGone = true;
    this.#extraMs = ms;
    // What has arrived here is on its way; the client's kernel keeps nothing back.
    const way = this.#ways.get(this.#client) as Way;
    const rest = this.#client.read() as Buffer | null;
    if (rest !== null) this.#write(way, rest);
    this.#client.resetAndDestroy();
    this.later(this.#waitMs(way) + 1, () => this.destroy());
  }

  #pipe(from: Socket, to: Socket): void {
    const way: Way = { from, to, dueAtMs: 0, waiting: [] };
    this.#ways.set(from, way);
    from.on("data", (data: Buffer) => this.#write(way, data));
    // A reset is an end like any other.
    from.on("error", () => {});
    from.on("close", () => {
      if (this.silenced || (from === this.#client && this.clientGone)) return;
      // Behind what it said last.
      this.later(this.#waitMs(way), () => {
        if (!to.destroyed) to.end();
        this.later(0, () => this.destroy());
      });
    });
  }

  /** How long what arrives now has to wait: never less than what arrived before it. */
  #waitMs(way: Way): number {
    const nowMs = performance.now();
    way.dueAtMs = Math.max(way.dueAtMs, nowMs + this.#faults.delayMs + this.#extraMs);
    return way.dueAtMs - nowMs;
  }

  #write(way: Way, data: Buffer): void {
    if (this.silenced) return;
    const { bytesPerSecondMax } = this.#faults;
    if (Number.isFinite(bytesPerSecondMax)) return this.#trickle(way, data, bytesPerSecondMax);
    const waitMs = this.#waitMs(way);
    if (waitMs <= 0 && way.waiting.length === 0) this.#pass(way, data);
    else this.#enqueue(way, waitMs, () => this.#pass(way, data));
  }

  /** Two timers may come in the wrong order by a fraction of a millisecond: each takes what waits longest. */
  #enqueue(way: Way, waitMs: number, work: () => void): void {
    way.waiting.push(work);
    this.later(waitMs, () => way.waiting.shift()?.());
  }

  /** Passes data on piece by piece, and reads nothing more until it has. */
  #trickle(way: Way, data: Buffer, bytesPerSecond: number): void {
    way.from.pause();
    const pass = (at: number): void => {
      if (at >= data.length) return void way.from.resume();
      const piece = data.subarray(at, at + chunkBytes);
      this.#pass(way, piece);
      this.later((piece.length / bytesPerSecond) * 1_000, () => pass(at + piece.length));
    };
    this.#enqueue(way, this.#waitMs(way), () => pass(0));
  }

  #pass({ from, to }: Way, data: Buffer): void {
    if (this.silenced || to.destroyed) return;
    to.write(data);
    if (to.writableLength < highWaterBytes || from.destroyed) return;
    from.pause();
    to.once("drain", () => from.resume());
  }
}
