/** MQTT over TLS, on a port of its own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Stage } from "../stage.ts";
import { token } from "../tokens.ts";
import { isMissing, setMqttStage, Thing } from "./kit.ts";

/** Of the machine: nothing that comes with the runtime makes certificates. */
const openssl = "openssl";
const missing = isMissing(openssl, "version") && "apt-get install openssl";

describe.skipIf(missing !== false)(`with a certificate (${missing || "there"})`, () => {
  const dir = mkdtempSync(join(tmpdir(), "godwit-mqtts-"));
  const [certFile, keyFile] = [join(dir, "cert.pem"), join(dir, "key.pem")];
  let stage: Stage;
  beforeAll(async () => {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const subject = ["-subj", "/CN=localhost", "-days", "2", "-out", certFile, "-keyout", keyFile];
    execFileSync(openssl, ["req", "-x509", ...key, ...subject], { stdio: "ignore" });
    stage = await setMqttStage({
      settings: {
        "listen.tls.certFile": certFile,
        "listen.tls.keyFile": keyFile,
        "mqtt.tlsPort": 0,
      },
    });
  });
  afterAll(async () => {
    await stage.close();
    rmSync(dir, { recursive: true });
  });

  test("a client on the port of TLS and one on the plain port meet", async () => {
    const secure = await Thing.open(`mqtts://127.0.0.1:${stage.server.ports["mqtts"]}`, {
      username: "secure",
      password: await token("secure"),
      clientId: "thing",
      protocolVersion: 5,
      rejectUnauthorized: false,
    });
    const plain = await Thing.connect(stage, "plain");
    await secure.client.subscribeAsync("g/u/secure", { qos: 2 });
    await plain.client.publishAsync("g/u/secure", "x".repeat(40_000), { qos: 2 });
    expect((await secure.hears()).text).toHaveLength(40_000);
    await plain.client.subscribeAsync("g/u/plain", { qos: 1 });
    await secure.client.publishAsync("g/u/plain", "and back", { qos: 1 });
    expect((await plain.hears()).text).toBe("and back");
    await Promise.all([secure.leaves(), plain.leaves()]);
  });
});
