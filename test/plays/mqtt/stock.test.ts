/** Stock clients as they come: mosquitto_pub and mosquitto_sub, and Python's paho; and a server that is killed under them. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectTcp, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { generate, parser, type IPublishPacket, type Packet } from "mqtt-packet";
import { patiently } from "../actor.ts";
import { hostSecret, token } from "../tokens.ts";
import type { Stage } from "../stage.ts";
import { isMissing, portOf, run, setMqttStage } from "./kit.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setMqttStage();
});
afterAll(() => stage.close());

const noMosquitto = isMissing("mosquitto_pub") && "apt-get install mosquitto-clients";
const python = "python3";
const noPaho = isMissing(python, "-c", "import paho.mqtt.client") && "pip install paho-mqtt";

/** Arguments that every mosquitto client takes. */
async function as(user: string, clientId: string): Promise<string[]> {
  const password = await token(user);
  return [
    "-h",
    "127.0.0.1",
    "-p",
    String(portOf(stage)),
    "-u",
    user,
    "-P",
    password,
    "-i",
    clientId,
  ];
}

describe.skipIf(noMosquitto !== false)(
  `mosquitto_pub and mosquitto_sub (${noMosquitto || "there"})`,
  () => {
    for (const version of ["mqttv311", "mqttv5"])
      for (const qos of ["0", "1", "2"])
        test(`${version} at QoS ${qos}: sent and received`, async () => {
          const [a, b] = [`mos-a-${version}-${qos}`, `mos-b-${version}-${qos}`];
          const alice = await stage.actor(a);
          const lines = ["one", "two", "three"];
          await run(
            "mosquitto_pub",
            [...(await as(b, "pub")), "-V", version, "-q", qos, "-t", `g/u/${a}`, "-l"],
            { input: lines.join("\n") },
          );
          for (const line of lines) await alice.reads(line);
          // The newest message is retained, two more follow.
          const conversation = alice.with(b);
          const { promise: subscribed, resolve: onOutput } = Promise.withResolvers<void>();
          const form = ["-C", "3", "-F", "%q %r %p", "-W", "8"];
          const args = [...(await as(b, "sub")), "-V", version, "-q", qos, ...form];
          const heard = run("mosquitto_sub", [...args, "-t", `g/c/${conversation}`], { onOutput });
          await patiently(subscribed, "the retained message");
          await alice.says(conversation, "four");
          await alice.says(conversation, "five");
          expect((await heard).trim().split("\n")).toEqual([
            `${qos} 1 three`,
            `${qos} 0 four`,
            `${qos} 0 five`,
          ]);
        });

    test("a session that is kept with -c gets what was missed", async () => {
      const alice = await stage.actor("mos-kept-a");
      const conversation = alice.with("mos-kept-b");
      const sub = [
        ...(await as("mos-kept-b", "kept")),
        "-c",
        "-q",
        "1",
        "-t",
        `g/c/${conversation}`,
      ];
      await run("mosquitto_sub", [...sub, "-E"]);
      await alice.says(conversation, "missed one");
      await alice.says(conversation, "missed two");
      expect(
        (await run("mosquitto_sub", [...sub, "-C", "2", "-W", "8"])).trim().split("\n"),
      ).toEqual(["missed one", "missed two"]);
    });

    test("retained telemetry, a response topic and user properties", async () => {
      const common = await as("mos-tele", "device");
      await run("mosquitto_pub", [
        ...common,
        "-V",
        "mqttv5",
        "-q",
        "1",
        "-r",
        "-t",
        "app/mos-tele/state",
        "-m",
        "on",
        "-D",
        "publish",
        "user-property",
        "unit",
        "none",
        "-D",
        "publish",
        "response-topic",
        "g/u/mos-tele",
      ]);
      const heard = await run("mosquitto_sub", [
        ...(await as("mos-tele", "board")),
        "-V",
        "mqttv5",
        "-t",
        "app/mos-tele/#",
        "-C",
        "1",
        "-W",
        "8",
        "-F",
        "%t %r %p %P %R",
      ]);
      expect(heard).toContain("app/mos-tele/state 1 on");
      expect(heard).toContain("unit:none");
      expect(heard).toContain("g/u/mos-tele");
    });

    test("a refused subscription makes mosquitto_sub say so", async () => {
      const args = [...(await as("mos-no", "no")), "-V", "mqttv5", "-t", "app/somebody/#"];
      expect(await run("mosquitto_sub", args, { complaints: true })).toContain("denied");
    });
  },
);

describe.skipIf(noPaho !== false)(`paho (${noPaho || "there"})`, () => {
  test.each(["MQTTv311", "MQTTv5"])("%s: both directions at every QoS", async (version) => {
    const user = `paho-${version.toLowerCase()}`;
    const alice = await stage.actor(`${user}-a`);
    const script = fileURLToPath(new URL("paho_client.py", import.meta.url));
    const talking = run(python, [
      script,
      String(portOf(stage)),
      user,
      await token(user),
      version,
      alice.user,
    ]);
    for (const qos of [0, 1, 2]) {
      await alice.reads(`ready ${qos}`);
      await alice.says(alice.with(user), `question ${qos}`);
      await alice.reads(`answer to question ${qos}`);
    }
    expect(await talking).toBe("0 1 2\n");
  });
});

describe("a server that is killed", () => {
  const cli = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "godwit-mqtt-kill-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  async function serve(port: number, mqttPort: number) {
    const settings = {
      "accounts.hostTokens.secret": hostSecret,
      "mqtt.port": String(mqttPort),
      "tcp.enabled": "false",
      "xmpp.enabled": "false",
      "limits.sendsBurst": "100000",
      "log.level": "warn",
    };
    const sets = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const child = spawn(
      process.execPath,
      [cli, "serve", "--host", "127.0.0.1", "--port", String(port), "--data", dir, ...sets],
      { stdio: "ignore" },
    );
    const ready = async () => {
      for (;;) {
        const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
        if (answer?.ok === true) return;
        await Bun.sleep(20);
      }
    };
    await patiently(ready(), "the server to be ready", 15_000);
    return child;
  }

  /** Publishes what is not acknowledged yet, in one go; resolves with the acknowledged ones when the connection ends, or all are. */
  async function publish(
    port: number,
    password: string,
    packets: Map<number, IPublishPacket>,
    again: boolean,
    onFirstAck: () => void,
  ): Promise<void> {
    const socket = connectTcp({ host: "127.0.0.1", port, noDelay: true });
    const reader = parser({ protocolVersion: 5 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const say = (packet: Packet) => socket.write(generate(packet, { protocolVersion: 5 }));
    reader.on("packet", (packet) => {
      if (packet.cmd === "connack")
        for (const each of packets.values()) say({ ...each, dup: again });
      if (packet.cmd === "pubrec") say({ cmd: "pubrel", messageId: packet.messageId as number });
      if (packet.cmd === "puback" || packet.cmd === "pubcomp") {
        packets.delete(packet.messageId as number);
        onFirstAck();
      }
      if (packets.size === 0) resolve();
    });
    socket.on("data", (data: Buffer) => reader.parse(data));
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
    say({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 5,
      clean: false,
      clientId: "killer",
      keepalive: 0,
      username: "bob",
      password: Buffer.from(password),
      properties: { sessionExpiryInterval: 3_600 },
    });
    await promise;
    socket.destroy();
  }

  test("between PUBLISH and PUBACK has each message once, in order, when it is back", async () => {
    const [port, mqttPort] = [await freePort(), await freePort()];
    const password = await token("bob");
    const count = 200;
    const packets = new Map<number, IPublishPacket>();
    for (let messageId = 1; messageId <= count; messageId++) {
      const qos = messageId % 2 === 0 ? 1 : 2;
      packets.set(messageId, {
        cmd: "publish",
        topic: "g/c/d:bob:bob",
        payload: `${messageId}`,
        qos,
        messageId,
        dup: false,
        retain: false,
      });
    }
    let server = await serve(port, mqttPort);
    let acked = 0;
    await publish(mqttPort, password, packets, false, () => {
      // In the middle of it all.
      if (++acked === 3) server.kill("SIGKILL");
    });
    expect(packets.size).toBeGreaterThan(0);
    server = await serve(port, mqttPort);
    for (let tries = 0; packets.size > 0 && tries < 3; tries++)
      await publish(mqttPort, password, packets, true, () => undefined);
    expect(packets.size).toBe(0);
    const texts: unknown[] = [];
    for (let from = 1; from <= count; from += 200) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/commands/history`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${password}` },
        body: JSON.stringify({ conversation: "d:bob:bob", from, limit: 200 }),
      });
      const { messages } = (await answer.json()) as {
        messages: { seq: number; content: { text: string } }[];
      };
      for (const { seq, content } of messages) texts[seq] = content.text;
    }
    expect(texts.slice(1)).toEqual(Array.from({ length: count }, (_, index) => `${index + 1}`));
    server.kill("SIGKILL");
  }, 40_000);
});
