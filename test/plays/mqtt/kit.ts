/** MQTT clients for plays: MQTT.js as it comes, and one that puts its packets together by hand. */
import { spawn, spawnSync } from "node:child_process";
import { connect as connectTcp, type Socket } from "node:net";
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import { generate, parser, type IConnectPacket, type Packet, type PacketCmd } from "mqtt-packet";
import { patiently } from "../actor.ts";
import { setStage, token, type Stage, type StageOptions } from "../stage.ts";

/** A stage whose server speaks MQTT. */
export function setMqttStage(options: StageOptions = {}): Promise<Stage> {
  return setStage({
    ...options,
    settings: { "mqtt.enabled": true, "mqtt.port": 0, ...options.settings },
  });
}

export function portOf(stage: Stage): number {
  return stage.server.ports["mqtt"] ?? 0;
}

export interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly packet: IPublishPacket;
}

/** A device with MQTT.js. */
export class Thing {
  readonly client: MqttClient;
  #heard: Heard[] = [];
  #waiting: {
    readonly wants: (heard: Heard) => boolean;
    readonly resolve: (heard: Heard) => void;
  }[] = [];

  constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (topic, payload, packet) => {
      const heard = { topic, text: payload.toString(), packet };
      const waiting = this.#waiting.findIndex(({ wants }) => wants(heard));
      if (waiting < 0) this.#heard.push(heard);
      else this.#waiting.splice(waiting, 1)[0]?.resolve(heard);
    });
  }

  static async connect(stage: Stage, user: string, options: IClientOptions = {}): Promise<Thing> {
    return Thing.open(`mqtt://127.0.0.1:${portOf(stage)}`, {
      username: user,
      password: await token(user),
      clientId: `${user}-thing`,
      protocolVersion: 5,
      ...options,
    });
  }

  /** Listens before it connects: what was missed comes at once. */
  static async open(url: string, options: IClientOptions): Promise<Thing> {
    const client = connect(url, { reconnectPeriod: 0, ...options });
    const thing = new Thing(client);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    client.once("connect", () => resolve());
    client.once("error", reject);
    await patiently(promise, "a CONNACK");
    return thing;
  }

  /** The next message (that fits), waiting for it if need be. */
  async hears(wants: (heard: Heard) => boolean = () => true): Promise<Heard> {
    const index = this.#heard.findIndex(wants);
    if (index >= 0) return this.#heard.splice(index, 1)[0] as Heard;
    const { promise, resolve } = Promise.withResolvers<Heard>();
    this.#waiting.push({ wants, resolve });
    return patiently(promise, "an MQTT message");
  }

  /** The texts of the next messages, in order. */
  async hearsTexts(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) texts.push((await this.hears()).text);
    return texts;
  }

  /** What has been heard and was not asked for, after a round trip. */
  async leftovers(): Promise<readonly Heard[]> {
    await this.client.publishAsync(`g/u/${this.client.options.username}/presence`, "online", {
      qos: 1,
    });
    return this.#heard;
  }

  leaves(): Promise<void> {
    return this.client.endAsync();
  }

  /** Loses the connection without a word. */
  async cut(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.client.once("close", resolve);
    this.client.stream.destroy();
    await promise;
    await this.client.endAsync(true);
  }
}

type Of<C extends PacketCmd> = Extract<Packet, { cmd: C }>;

/** A client that says and hears packets, and does nothing by itself. */
export class RawThing {
  readonly #socket: Socket;
  readonly #version: 4 | 5;
  #packets: Packet[] = [];
  #wake: (() => void)[] = [];
  ended = false;
  /** Why something that the server said could not be read. */
  misread: Error | undefined;

  constructor(socket: Socket, version: 4 | 5) {
    this.#socket = socket;
    this.#version = version;
    const reader = parser({ protocolVersion: version });
    const wake = () => {
      for (const resolve of this.#wake.splice(0)) resolve();
    };
    const end = () => {
      this.ended = true;
      wake();
    };
    reader.on("packet", (packet) => {
      this.#packets.push(packet);
    });
    reader.on("error", (error: Error) => {
      this.misread = error;
      end();
    });
    socket.on("data", (data: Buffer) => {
      reader.parse(data);
      wake();
    });
    socket.on("error", end);
    socket.on("close", end);
    socket.on("end", () => socket.end());
  }

  static async open(stage: Stage, version: 4 | 5 = 5): Promise<RawThing> {
    const socket = connectTcp({ host: "127.0.0.1", port: portOf(stage), noDelay: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("connect", resolve);
    socket.once("error", reject);
    await promise;
    return new RawThing(socket, version);
  }

  /** Opens and connects; the CONNACK is the result. */
  static async connect(
    stage: Stage,
    user: string,
    more: Partial<IConnectPacket> = {},
  ): Promise<{ readonly thing: RawThing; readonly connack: Of<"connack"> }> {
    const version = more.protocolVersion === 4 ? 4 : 5;
    const thing = await RawThing.open(stage, version);
    thing.send({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: version,
      clean: true,
      clientId: `${user}-raw`,
      keepalive: 0,
      username: user,
      password: Buffer.from(await token(user)),
      ...more,
    });
    return { thing, connack: await thing.next("connack") };
  }

  send(packet: Packet): void {
    this.write(generate(packet, { protocolVersion: this.#version }));
  }

  write(bytes: Uint8Array): void {
    if (!this.ended) this.#socket.write(bytes);
  }

  /** The next packet, which must be one of these. */
  async next<C extends PacketCmd>(cmd: C): Promise<Of<C>> {
    await this.#until(() => this.#packets.length > 0 || this.ended, `a ${cmd}`);
    const packet = this.#packets.shift();
    if (packet?.cmd !== cmd)
      throw new Error(`Expected ${cmd}, got ${JSON.stringify(packet) ?? "the end"}.`);
    return packet as Of<C>;
  }

  /** The next packet, whichever it is. */
  async any(): Promise<Packet> {
    await this.#until(() => this.#packets.length > 0 || this.ended, "a packet");
    const packet = this.#packets.shift();
    if (packet === undefined) throw new Error("Expected a packet, got the end.");
    return packet;
  }

  /** Everything up to the answer to a ping. */
  async flush(): Promise<Packet[]> {
    this.send({ cmd: "pingreq" });
    await this.#until(
      () => this.ended || this.#packets.some(({ cmd }) => cmd === "pingresp"),
      "a pong",
    );
    const at = this.#packets.findIndex(({ cmd }) => cmd === "pingresp");
    return this.#packets.splice(0, at + 1).slice(0, -1);
  }

  /** Resolves when a ping has been answered, or the server has ended the connection instead. What else it said is forgotten. */
  async answered(): Promise<void> {
    await this.#until(
      () => this.ended || this.#packets.some(({ cmd }) => cmd === "pingresp"),
      "a pong or the end",
    );
    this.#packets = [];
  }

  /** Resolves when the server has ended the connection. */
  gone(): Promise<void> {
    return this.#until(() => this.ended, "the end of the connection");
  }

  deafen(): void {
    this.#socket.pause();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #until(holds: () => boolean, what: string): Promise<void> {
    const wait = async () => {
      while (!holds()) await new Promise<void>((resolve) => this.#wake.push(resolve));
    };
    return patiently(wait(), what);
  }
}

/** Whether a program is missing (or with arguments, cannot do this) and that is no failure here: in CI it is. */
export function isMissing(command: string, ...args: string[]): boolean {
  const { error, status } = spawnSync(command, args);
  const missing = error !== undefined || (args.length > 0 && status !== 0);
  return missing && process.env["CI"] === undefined;
}

/** Runs a program to its end; its output is the result, with `complaints` also what it says on standard error. Rejects if it fails. `onOutput` hears that there is some. */
export async function run(
  command: string,
  args: readonly string[],
  {
    input = "",
    complaints = false,
    onOutput,
  }: {
    readonly input?: string;
    readonly complaints?: boolean;
    readonly onOutput?: () => void;
  } = {},
): Promise<string> {
  const child = spawn(command, args);
  let output = "";
  let errors = "";
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
    onOutput?.();
  });
  child.stderr.on("data", (data: Buffer) => {
    errors += data.toString();
  });
  child.stdin.end(input);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject);
  child.once("close", resolve);
  const timer = setTimeout(() => child.kill("SIGKILL"), 8_000);
  const code = await promise.finally(() => clearTimeout(timer));
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${errors}${output}`);
  return complaints ? errors + output : output;
}
