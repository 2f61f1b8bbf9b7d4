import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { CloseName } from "@godwit/protocol";
import { createLog } from "../../lib/log.ts";
import { FakeClock } from "../../lib/testing/fake-clock.ts";
import type { Stream, StreamHandler, StreamProtocol } from "../protocols/stream.ts";
import { Admission } from "./admission.ts";
import { StreamListener, type StreamListenerConfig } from "./tcp.ts";

const clock = new FakeClock();
const log = createLog("silent", "json");
const listeners: StreamListener[] = [];
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.stop();
});

/** What a test sees of one stream from the server's side. */
interface Seen {
  readonly stream: Stream;
  text: string;
  readonly closes: CloseName[];
  closed: boolean;
}

/** A protocol that keeps what it hears, and says what the test tells it to. */
class Recorder implements StreamProtocol {
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

function listen(
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
    clock,
    log,
  });
  listeners.push(listener);
  return listener;
}

/** A client's socket and what came over it. */
class Client {
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

describe("a stream over TCP", () => {
  test("carries bytes both ways, those of one turn together, and knows the address", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => {
      stream.write("<");
      stream.write(Buffer.from(piece));
      stream.write(">");
    };
    const client = Client.to(listen(protocol), "ab");
    await client.reads("<ab>");
    client.socket.write("cd");
    await client.reads("<cd>");
    expect(protocol.seen[0]?.stream.address).toBe("127.0.0.1");
    expect(protocol.seen[0]?.stream.secure).toBe(false);
    client.socket.destroy();
    await protocol.until(([seen]) => seen?.closed === true);
    expect(listeners[0]?.connections).toBe(0);
  });

  test("gives a slow but steady reader everything, in order", async () => {
    const protocol = new Recorder();
    const part = Buffer.alloc(50_000, 0x61);
    let sent = 0;
    protocol.answer = ({ stream }) => {
      const more = async () => {
        for (; sent < 400; sent++) {
          part.writeUInt32BE(sent);
          stream.write(Buffer.from(part));
          await stream.drained();
        }
        stream.end();
      };
      void more();
    };
    const socket = connect({ host: "127.0.0.1", port: listen(protocol).port });
    socket.write("go");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      socket.pause();
      setImmediate(() => socket.resume());
    });
    await new Promise((resolve) => socket.on("end", resolve));
    const all = Buffer.concat(chunks);
    expect(all.length).toBe(400 * part.length);
    for (let at = 0; at < 400; at++) expect(all.readUInt32BE(at * part.length)).toBe(at);
  });

  test("is cut when its reader is too slow", async () => {
    const protocol = new Recorder();
    let written = 0;
    protocol.answer = ({ stream }) => {
      const more = () => {
        if (protocol.seen[0]?.closed === true || written > 1_000) return;
        written++;
        stream.write(Buffer.alloc(50_000));
        setImmediate(more);
      };
      more();
    };
    const client = Client.to(listen(protocol), "go");
    client.socket.pause();
    await protocol.until(([seen]) => seen?.closed === true);
    expect(written).toBeLessThan(1_000);
    client.socket.destroy();
  });

  test("stops reading while it is paused", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => {
      if (piece === "a") stream.pause();
      stream.write(piece);
    };
    const client = Client.to(listen(protocol), "a");
    await client.reads("a");
    client.socket.write("b");
    // Whoever came later is heard earlier.
    const other = Client.to(listeners[0] as StreamListener, "c");
    await other.reads("c");
    expect(protocol.seen[0]?.text).toBe("a");
    protocol.seen[0]?.stream.resume();
    await client.reads("b");
    client.socket.destroy();
    other.socket.destroy();
  });

  test("delivers its last words although the client still writes", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }) => {
      stream.write("x".repeat(90_000));
      stream.write("last");
      stream.end();
    };
    const client = Client.to(listen(protocol), "go");
    client.socket.write("more");
    await client.ended;
    expect(client.text).toEndWith("last");
  });

  test("is cut if its protocol throws", async () => {
    const protocol = new Recorder();
    protocol.answer = () => {
      throw new Error("of the test");
    };
    const client = Client.to(listen(protocol), "go");
    await client.ended;
    expect(listeners[0]?.connections).toBe(0);
  });
});

describe("time", () => {
  test("who does not become known in time is told so, whatever it says meanwhile", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => stream.write(piece);
    const client = Client.to(listen(protocol), "a");
    await client.reads("a");
    clock.advance(6_000);
    client.socket.write("b");
    await client.reads("b");
    clock.advance(5_000);
    await client.reads("bye:connect_deadline");
    await client.ended;
  });

  test("who says nothing at all is closed at the deadline too", async () => {
    const listener = listen(new Recorder());
    const client = Client.to(listener);
    await new Promise((resolve) => client.socket.on("connect", resolve));
    while (listener.connections === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10_500);
    await client.ended;
  });

  test("after that only silence counts", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => {
      stream.admitted(30_000);
      stream.write(piece);
    };
    const client = Client.to(listen(protocol), "a");
    await client.reads("a");
    clock.advance(25_000);
    client.socket.write("b");
    await client.reads("b");
    clock.advance(29_000);
    expect(protocol.seen[0]?.closes).toEqual([]);
    clock.advance(2_000);
    await client.reads("bye:idle");
    await client.ended;
  });

  test("who does not take its last bytes is cut in the end", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }) => {
      stream.admitted(Infinity);
      stream.write(Buffer.alloc(90_000));
    };
    const client = Client.to(listen(protocol), "a");
    await protocol.until(([seen]) => seen?.text === "a");
    client.socket.pause();
    const socket = client.socket;
    socket.on("end", () => undefined);
    listeners[0]?.closeAll("draining");
    clock.advance(60_000);
    await protocol.until(([seen]) => seen?.closed === true);
    socket.destroy();
  });
});

describe("admission", () => {
  test("no more than the bound from one address, and none while draining", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => stream.write(piece);
    const listener = listen(protocol, {}, 2);
    const [a, b] = [Client.to(listener, "a"), Client.to(listener, "b")];
    await Promise.all([a.reads("a"), b.reads("b")]);
    await Client.to(listener, "c").ended;
    a.socket.destroy();
    await protocol.until((seen) => seen.some(({ closed }) => closed));
    const d = Client.to(listener, "d");
    await d.reads("d");
    listener.drain();
    b.socket.destroy();
    await protocol.until((seen) => seen.filter(({ closed }) => closed).length === 2);
    await Client.to(listener, "e").ended;
    d.socket.destroy();
  });

  test("behind a balancer it is the client's address that counts", async () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => stream.write(piece);
    const listener = listen(protocol, { proxyProtocol: true }, 1);
    const client = Client.to(listener, "PROXY TCP4 192.0.2.7 198.51.100.1 4000 1883\r\nhel");
    client.socket.write("lo");
    await client.reads("hello");
    expect(protocol.seen[0]?.stream.address).toBe("192.0.2.7");
    await Client.to(listener, "PROXY TCP4 192.0.2.7 198.51.100.1 4001 1883\r\nx").ended;
    await Client.to(listener, "hello").ended;
    const split = Client.to(listener, "PROXY TCP6 2001:db8::1 ");
    await new Promise((resolve) => split.socket.write("2001:db8::2 1 2\r\n", resolve));
    split.socket.write("yes");
    await split.reads("yes");
    expect(listener.connections).toBe(2);
    client.socket.destroy();
    split.socket.destroy();
  });
});

/** In CI a missing tool fails; elsewhere these tests are skipped. */
const missing = spawnSync("openssl", ["version"]).status !== 0 && process.env["CI"] === undefined;

describe.skipIf(missing)("TLS (needs openssl: apt-get install openssl)", () => {
  const dir = mkdtempSync(join(tmpdir(), "godwit-tcp-"));
  const tls = { certFile: join(dir, "cert.pem"), keyFile: join(dir, "key.pem") };
  beforeAll(() => {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const files = ["-keyout", tls.keyFile, "-out", tls.certFile, "-subj", "/CN=localhost"];
    execFileSync("openssl", ["req", "-x509", ...key, ...files], { stdio: "ignore" });
  });
  afterAll(() => rmSync(dir, { recursive: true }));
  const secure = (listener: StreamListener, options = {}) =>
    connectTls({ host: "127.0.0.1", port: listener.port, rejectUnauthorized: false, ...options });
  const echo = () => {
    const protocol = new Recorder();
    protocol.answer = ({ stream }, piece) => stream.write(piece);
    return protocol;
  };

  test("on the port of plain TCP, by the first byte", async () => {
    const protocol = echo();
    const listener = listen(protocol, { tls });
    const [plain, encrypted] = [Client.to(listener, "plain"), new Client(secure(listener))];
    encrypted.socket.write("encrypted");
    await Promise.all([plain.reads("plain"), encrypted.reads("encrypted")]);
    expect(
      protocol.seen
        .map(({ text, stream }) => [text, stream.secure])
        .sort(([a], [b]) => String(a).localeCompare(String(b))),
    ).toEqual([
      ["encrypted", true],
      ["plain", false],
    ]);
    encrypted.socket.end();
    await encrypted.ended;
    await protocol.until((seen) => seen.some(({ stream, closed }) => stream.secure && closed));
    plain.socket.destroy();
  });

  test("carries much both ways", async () => {
    const protocol = echo();
    const client = new Client(secure(listen(protocol, { tls, writeBufferBytesMax: 3_000_000 })));
    const much = "0123456789".repeat(100_000);
    client.socket.write(`${much}.`);
    await client.reads(".");
    expect(client.text).toBe(`${much}.`);
    client.socket.destroy();
  });

  test("from the beginning on a port of its own, where plain text is refused", async () => {
    const protocol = echo();
    const listener = listen(protocol, { tls, encryption: "direct" });
    const client = new Client(secure(listener));
    client.socket.write("hello");
    await client.reads("hello");
    await Client.to(listener, "plain text").ended;
    expect(protocol.seen.map(({ text }) => text)).toEqual(["hello"]);
    client.socket.destroy();
  });

  test("behind a balancer, after its header", async () => {
    const protocol = echo();
    const listener = listen(protocol, { tls, encryption: "direct", proxyProtocol: true });
    const raw = connect({ host: "127.0.0.1", port: listener.port });
    raw.write("PROXY TCP4 192.0.2.9 198.51.100.1 4000 8883\r\n");
    const client = new Client(secure(listener, { socket: raw }));
    client.socket.write("hello");
    await client.reads("hello");
    expect(protocol.seen[0]?.stream.address).toBe("192.0.2.9");
    client.socket.destroy();
  });

  test("when the protocol asks for it", async () => {
    const protocol = echo();
    protocol.answer = ({ stream }, piece) => {
      stream.write(piece === "starttls" ? "proceed" : piece);
      if (piece === "starttls") expect(stream.startTls?.()).toBe(true);
    };
    const listener = listen(protocol, { tls, encryption: "asked" });
    const raw = connect({ host: "127.0.0.1", port: listener.port });
    raw.write("starttls");
    await new Promise<void>((resolve) => raw.once("data", () => resolve()));
    const client = new Client(secure(listener, { socket: raw }));
    client.socket.write("in secret");
    await client.reads("in secret");
    expect(protocol.seen[0]?.text).toBe("starttlsin secret");
    expect(protocol.seen[0]?.stream.secure).toBe(true);
    client.socket.destroy();
  });

  test("1.3 and nothing older", async () => {
    const listener = listen(echo(), { tls });
    const socket = secure(listener, { maxVersion: "TLSv1.2" });
    const failed = await new Promise<boolean>((resolve) => {
      socket.on("secureConnect", () => resolve(false));
      socket.on("error", () => resolve(true));
      socket.on("close", () => resolve(true));
    });
    expect(failed).toBe(true);
    socket.destroy();
  });
});
