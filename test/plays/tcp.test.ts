/** What is binary TCP's own: TLS by the first byte, neighbours on one connection, and strangers at the door. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as dial, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "@godwit/client";
import { tcp } from "@godwit/client/tcp";
import { closeCodes, jsonCodec } from "@godwit/protocol";
import { decodeControl, encodeControl, encodeFrame, FrameReader } from "@godwit/protocol/tcp";
import { Actor, patiently } from "./actor.ts";
import { PlayClock } from "./clock.ts";
import { setStage, token, type Stage } from "./stage.ts";
import { tcpWay } from "./tcp-way.ts";

const settings = { "tcp.enabled": true, "tcp.port": 0 };
let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** A client of the wire that does what it is told and nothing else. */
class Stranger {
  readonly socket: Socket;
  readonly gone: Promise<void>;
  /** Code of the close of the connection. */
  code: number | undefined;
  readonly frames: object[] = [];
  /** Codes of the closes of channels. */
  readonly refused: number[] = [];
  #told: (() => void)[] = [];

  constructor({ ports }: Stage, options: { readonly reads?: boolean } = {}) {
    this.socket = dial({ host: "127.0.0.1", port: ports["tcp"] ?? 0, noDelay: true });
    const reader = new FrameReader({
      frame: (_flags, channel, payload) => {
        const control = channel === 0 ? decodeControl(payload) : undefined;
        if (control?.op === "close" && control.channel === 0) this.code = control.code;
        if (control?.op === "close" && control.channel > 0) this.refused.push(control.code);
        if (channel > 0) this.frames.push(jsonCodec.decodeServer(payload));
        for (const resolve of this.#told.splice(0)) resolve();
      },
    });
    if (options.reads !== false) this.socket.on("data", (data: Buffer) => reader.push(data));
    this.socket.on("error", () => undefined);
    this.gone = new Promise((resolve) => this.socket.on("close", () => resolve()));
  }

  says(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.socket.write(frame);
  }

  /** Waits for so many frames and closes of channels in all. */
  hears(count: number): Promise<void> {
    return this.until(() => this.frames.length + this.refused.length >= count);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds())
      await patiently(new Promise<void>((resolve) => this.#told.push(resolve)), "a frame");
  }
}

const hello = encodeFrame(0, encodeControl({ op: "hello", codec: "json", windowBytes: 65_536 }));
const open = (channel: number) => encodeFrame(0, encodeControl({ op: "open", channel }));
const frame = (channel: number, command: object) =>
  encodeFrame(channel, Buffer.from(JSON.stringify(command)));

describe("neighbours on one connection", () => {
  test("one who takes nothing is closed alone, and the other hears everything at once", async () => {
    stage = await setStage({ settings: { ...settings, "limits.writeBufferBytesMax": 65_536 } });
    const stranger = new Stranger(stage);
    stranger.says(hello);
    for (const [channel, user] of [
      [1, "slow"],
      [2, "quick"],
    ] as const)
      stranger.says(
        open(channel),
        frame(channel, { type: "hello", id: 1, token: await token(user), device: "d" }),
      );
    await stranger.hears(2);
    const alice = await stage.actor("alice");
    const text = "x".repeat(20_000);
    const tookMs: number[] = [];
    const said = (words: string) =>
      stranger.frames.some((each) => JSON.stringify(each).includes(`"${words}"`));
    for (let at = 0; at < 20; at++) {
      await alice.says(alice.with("slow"), text);
      const sentAtMs = performance.now();
      await alice.says(alice.with("quick"), `message ${at}`);
      await stranger.until(() => said(`message ${at}`));
      tookMs.push(performance.now() - sentAtMs);
    }
    expect(stranger.refused).toEqual([closeCodes.slow_reader.code]);
    expect(tookMs.toSorted((a, b) => a - b)[10]).toBeLessThan(500);
    expect(stranger.code).toBeUndefined();
    stranger.socket.destroy();
  });

  test("all end with the connection, and each comes back by itself", async () => {
    stage = await setStage({ way: tcpWay(jsonCodec, true) });
    const [alice, bob] = await stage.cast("alice", "bob");
    await alice.says(alice.with(bob), "one");
    await bob.reads("one");
    await stage.restart();
    await Promise.all([alice.closed, bob.closed]);
    await bob.connect();
    await alice.connect();
    await alice.says(alice.with(bob), "two");
    await bob.reads("two");
  });
});

describe("strangers", () => {
  const clock = new PlayClock();

  test("who trickles a hello byte by byte is sent away at the deadline, as is who says nothing", async () => {
    stage = await setStage({ settings, overrides: { clock } });
    const [slow, silent, done] = [0, 1, 2].map(() => new Stranger(stage as Stage));
    done?.says(
      hello,
      open(1),
      frame(1, { type: "hello", id: 1, token: await token("carol"), device: "d" }),
    );
    await done?.hears(1);
    for (const [at, byte] of hello.subarray(0, 6).entries()) {
      slow?.says(Buffer.of(byte));
      clock.pass(1_000);
      // What came earlier has been heard by then.
      done?.says(frame(1, { type: "ping", id: 2 }));
      await done?.hears(2 + at);
    }
    clock.pass(6_000);
    await patiently(Promise.all([slow?.gone, silent?.gone]), "the strangers to be sent away");
    expect(slow?.code).toBe(closeCodes.connect_deadline.code);
    done?.says(frame(1, { type: "ping", id: 3 }));
    await done?.hears(8);
    done?.socket.destroy();
  });

  test("no more than the bound come from one address, channels included", async () => {
    stage = await setStage({ settings: { ...settings, "limits.connectionsPerAddressMax": 4 } });
    const strangers = [0, 1].map(() => new Stranger(stage as Stage));
    for (const each of strangers)
      each.says(
        hello,
        open(1),
        frame(1, { type: "ping", id: 1 }),
        open(2),
        frame(2, { type: "ping", id: 2 }),
      );
    // Two sockets and two channels: the rest is refused, and nobody waits for it.
    await Promise.all(strangers.map((each) => each.hears(2)));
    expect(strangers.flatMap(({ refused }) => refused)).toEqual([
      closeCodes.overloaded.code,
      closeCodes.overloaded.code,
    ]);
    await new Stranger(stage).gone;
    for (const each of strangers) each.socket.destroy();
  });

  test("those of other protocols are told that it is not theirs", async () => {
    stage = await setStage({ settings });
    for (const words of [
      "GET / HTTP/1.1\r\n\r\n",
      "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00",
    ]) {
      const stranger = new Stranger(stage);
      stranger.says(Buffer.from(words, "latin1"));
      await stranger.gone;
      expect(stranger.code).toBe(closeCodes.unsupported_version.code);
    }
  });
});

/** In CI a missing tool fails; elsewhere these plays are skipped. */
const missing = spawnSync("openssl", ["version"]).status !== 0 && process.env["CI"] === undefined;

describe.skipIf(missing)("TLS (needs openssl: apt-get install openssl)", () => {
  const dir = mkdtempSync(join(tmpdir(), "godwit-tcp-play-"));
  const [certFile, keyFile] = [join(dir, "cert.pem"), join(dir, "key.pem")];
  beforeAll(() => {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const files = ["-keyout", keyFile, "-out", certFile];
    execFileSync("openssl", ["req", "-x509", ...key, ...subject, ...files], { stdio: "ignore" });
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test("SDK and plain clients meet on one port, and an unknown certificate is refused", async () => {
    stage = await setStage({
      way: tcpWay(jsonCodec),
      settings: { "listen.tls.certFile": certFile, "listen.tls.keyFile": keyFile },
    });
    const url = `tls://localhost:${stage.ports["tcp"]}`;
    const ca = readFileSync(certFile, "utf8");
    const bob = new Actor(stage, "bob");
    await bob.connect();
    const alice = connect({ url, token: await token("alice"), webSocket: tcp({ tls: { ca } }) });
    await alice.ready();
    await alice.direct("bob").send("in secret");
    await bob.reads("in secret");
    await alice.close();
    bob.leaveStage();
    const suspicious = connect({ url, token: await token("alice"), backoffMinMs: 10 });
    suspicious.on("error", () => undefined);
    const states: string[] = [];
    await patiently(
      new Promise<void>((resolve) => {
        suspicious.on("state", (state) => {
          states.push(state);
          if (state === "offline") resolve();
        });
      }),
      "the client to refuse the certificate",
    );
    expect(states).not.toContain("online");
    await suspicious.close();
  });
});
