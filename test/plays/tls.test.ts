import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jsonCodec } from "@godwit/protocol";
import { patiently } from "./actor.ts";
import { PlayClock } from "./clock.ts";
import { setStage, token, type Stage } from "./stage.ts";

/** Of the machine: nothing that comes with the runtime makes certificates. */
const openssl = "openssl";
const dir = mkdtempSync(join(tmpdir(), "godwit-tls-"));
const path = (name: string) => join(dir, name);
const clock = new PlayClock();
/** More often than the server looks at the files. */
const certificateCheckMs = 11_000;
let stage: Stage;

function makeCertificate(name: string): void {
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", path(`${name}.key`), "-out", path(`${name}.pem`)];
  execFileSync(openssl, ["req", "-x509", "-days", "2", ...key, ...files, ...subject], {
    stdio: "ignore",
  });
}

function install(name: string): void {
  copyFileSync(path(`${name}.key`), path("server.key"));
  copyFileSync(path(`${name}.pem`), path("server.pem"));
}

/** The common name of the certificate that the server shows now, and the protocol spoken. */
async function shown(versions: { minVersion?: "TLSv1.2"; maxVersion?: "TLSv1.2" } = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const options = { host: "127.0.0.1", port: stage.server.port, rejectUnauthorized: false };
  const socket = connect({ ...options, ...versions }, () => resolve(socket));
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("closed")));
  try {
    await patiently(promise, "a TLS handshake");
    return { name: socket.getPeerCertificate().subject.CN, protocol: socket.getProtocol() };
  } finally {
    socket.destroy();
  }
}

/** A session over a secure WebSocket; `says` resolves with the acknowledgement. */
async function secure(user: string) {
  const socket = new WebSocket(`${stage.url.replace("https", "wss")}/ws`, {
    protocols: ["godwit.json.v1"],
    tls: { rejectUnauthorized: false },
  } as never);
  const replies: ((frame: object) => void)[] = [];
  socket.addEventListener("message", ({ data }) =>
    replies.shift()?.(jsonCodec.decodeServer(data as string)),
  );
  const ask = (command: object) => {
    const { promise, resolve } = Promise.withResolvers<object>();
    replies.push(resolve);
    socket.send(jsonCodec.encodeCommand({ id: 1, ...command } as never) as string);
    return patiently(promise, "a reply");
  };
  await patiently(
    new Promise((resolve) => socket.addEventListener("open", resolve)),
    "a secure connection",
  );
  await ask({ type: "hello", token: await token(user), device: `${user}-1` });
  let clientSeq = 0;
  const says = (text: string) =>
    ask({
      type: "send",
      conversation: `d:${user}:${user}`,
      clientId: crypto.randomUUID(),
      clientSeq: ++clientSeq,
      kind: "text",
      content: { text },
    });
  return { says, socket };
}

/** In CI a missing tool fails; elsewhere these plays are skipped. */
const missing = spawnSync(openssl, ["version"]).status !== 0 && process.env["CI"] !== "true";

describe.skipIf(missing)("TLS (needs openssl: apt-get install openssl)", () => {
  beforeAll(async () => {
    makeCertificate("first");
    makeCertificate("second");
    install("first");
    stage = await setStage({
      overrides: { clock },
      settings: {
        "listen.tls.certFile": path("server.pem"),
        "listen.tls.keyFile": path("server.key"),
        "log.level": "silent",
      },
    });
  });
  afterAll(async () => {
    await stage.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test("TLS 1.3 is spoken, and nothing older", async () => {
    expect(stage.url).toStartWith("https://");
    expect(await shown()).toEqual({ name: "first", protocol: "TLSv1.3" });
    const older = shown({ minVersion: "TLSv1.2", maxVersion: "TLSv1.2" });
    expect(
      await older.then(
        () => "accepted",
        () => "refused",
      ),
    ).toBe("refused");
  });

  test("a certificate that changed is shown to new connections, and open ones stay", async () => {
    const old = await secure("alice");
    expect(await old.says("before")).toMatchObject({ seq: 1 });
    install("second");
    clock.pass(certificateCheckMs);
    expect((await shown()).name).toBe("second");
    expect(await old.says("after")).toMatchObject({ seq: 2 });
    const fresh = await secure("bob");
    expect(await fresh.says("with the new one")).toMatchObject({ seq: 1 });
    old.socket.close();
    fresh.socket.close();
  });

  test("files that are no certificate change nothing until they are mended", async () => {
    copyFileSync(path("first.key"), path("server.pem"));
    clock.pass(certificateCheckMs);
    expect((await shown()).name).toBe("second");
    install("first");
    clock.pass(certificateCheckMs);
    expect((await shown()).name).toBe("first");
  });
});
