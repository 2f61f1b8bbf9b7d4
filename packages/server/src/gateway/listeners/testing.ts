/** What the tests of streams over TCP share: a protocol that notes what it hears, listeners, and a client. */
import { connect, type Socket } from "node:net";
import type { CloseName } from "@godwit/protocol";
import { createLog } from "../../lib/log.ts";
import { FakeClock } from "../../lib/testing/fake-clock.ts";
import type { Stream, StreamHandler, StreamProtocol } from "../protocols/stream.ts";
import { Admission } from "./admission.ts";
import { StreamListener, type StreamListenerConfig } from "./tcp.ts";

/** What a test sees of one stream from the server's side. */
export interface Seen {
  readonly stream: Stream;
  text: string;
  readonly closes: CloseName[];
  closed: boolean;
}

/** A protocol that keeps what it hears, and says what the test tells it to. */
export class Recorder implements StreamProtocol {
  readonly seen: Seen[] = [];
  #waiting: (() => void)[] = [];
  /** Called with each piece. */
  answer: (seen: Seen, piece: string) => void = () => undefined;

  open(stream: Stream): StreamHandler {
    const seen: Seen = { stream, text: "", closes: [], closed: false };
    this.seen.push(seen);
    return {
      data: (data) => {
        const piece = Buffer.from(data as Uint8Array).toString();
        seen.text += piece;
        this.answer(seen, piece);
        this.#told();
      },
      closed: () => {
        seen.closed = true;
        this.#told();
      },
      close: (name) => {
        seen.closes.push(name);
        stream.write(`bye:${name}`);
        stream.end();
        this.#told();
      },
    };
  }

  /** Resolves when the condition holds; looked at whenever something happens. */
  async until(holds: (seen: readonly Seen[]) => boolean): Promise<void> {
    while (!holds(this.seen)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #told(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Opens listeners, and stops them when the test is over. */
export class Listeners {
  readonly clock = new FakeClock();
  readonly #open: StreamListener[] = [];

  listen(
    protocol: StreamProtocol,
    more: Partial<StreamListenerConfig> = {},
    perAddress = 100,
  ): StreamListener {
    const listener = new StreamListener({
      name: "test",
      config: {
        host: "127.0.0.1",
        port: 0,
        encryption: "detect",
        proxyProtocol: false,
        connectDeadlineMs: 10_000,
        writeBufferBytesMax: 100_000,
        ...more,
      },
      protocol,
      admission: new Admission({ connectionsMax: 1_000, connectionsPerAddressMax: perAddress }),
      clock: this.clock,
      log: createLog("silent", "json"),
    });
    this.#open.push(listener);
    return listener;
  }

  get first(): StreamListener | undefined {
    return this.#open[0];
  }

  async stop(): Promise<void> {
    for (const listener of this.#open.splice(0)) await listener.stop();
  }
}

/** A client's socket and what came over it. */
export class Client {
  readonly socket: Socket;
  text = "";
  readonly ended: Promise<void>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (data: Buffer) => {
      this.text += data.toString();
    });
    socket.on("error", () => undefined);
    this.ended = new Promise((resolve) => socket.on("close", () => resolve()));
  }

  static to(listener: StreamListener, said = ""): Client {
    const client = new Client(connect({ host: "127.0.0.1", port: listener.port }));
    if (said !== "") client.socket.write(said);
    return client;
  }

  async reads(text: string): Promise<void> {
    while (!this.text.includes(text))
      await new Promise((resolve) => this.socket.once("data", resolve));
  }
}
