import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { StreamListener } from "./tcp.ts";
import { Client, Listeners, Recorder } from "./testing.ts";

const listeners = new Listeners();
const listen = listeners.listen.bind(listeners);
afterEach(() => listeners.stop());

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
