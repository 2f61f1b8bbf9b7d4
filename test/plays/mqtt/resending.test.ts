/** What was under way comes again: in its order, no more at a time than the client takes now, and nothing new before it (MQTT 5.0 sections 4.4, 4.6 and 4.9). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { IPublishPacket, Packet } from "mqtt-packet";
import type { Stage } from "../stage.ts";
import { RawThing, setMqttStage, Thing } from "./kit.ts";

const brief = (packet: Packet) =>
  packet.cmd === "publish"
    ? `${packet.dup ? "again " : ""}${packet.payload.toString()}`
    : `${packet.cmd} ${packet.messageId}`;

/** A reader of everything in its user's namespace, and another device that publishes there. */
class Reader {
  readonly stage: Stage;
  readonly user: string;
  thing!: RawThing;
  #sensor: Thing | undefined;

  constructor(stage: Stage, user: string) {
    this.stage = stage;
    this.user = user;
  }

  async comes(receiveMaximum: number, more: object = {}): Promise<boolean> {
    const properties = { sessionExpiryInterval: 3_600, receiveMaximum, ...more };
    const { thing, connack } = await RawThing.connect(this.stage, this.user, {
      clean: false,
      properties,
    });
    this.thing = thing;
    return connack.sessionPresent;
  }

  async subscribes(): Promise<void> {
    const topic = `app/${this.user}/#`;
    this.thing.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic, qos: 2, rap: true }],
    });
    await this.thing.next("suback");
  }

  async sensorSays(text: string, qos: 1 | 2, retain = false): Promise<void> {
    this.#sensor ??= await Thing.connect(this.stage, this.user, { clientId: "sensor" });
    await this.#sensor.client.publishAsync(`app/${this.user}/x`, text, { qos, retain });
  }

  /** Publishes something itself; the answer is left to be read. */
  says(topic: string, payload: string): void {
    const packet = { cmd: "publish", qos: 1, dup: false, retain: false, messageId: 9 } as const;
    this.thing.send({ ...packet, topic, payload });
  }

  /** The server was started again. */
  async loseSensor(): Promise<void> {
    await this.#sensor?.client.endAsync(true);
    this.#sensor = undefined;
  }

  /** What came, after a round trip. */
  async hears(): Promise<string[]> {
    return (await this.thing.flush()).map(brief);
  }

  acknowledges({ messageId = 0, qos }: IPublishPacket): void {
    this.thing.send({ cmd: qos === 1 ? "puback" : "pubrec", messageId });
  }

  completes({ messageId = 0 }: IPublishPacket): void {
    this.thing.send({ cmd: "pubcomp", messageId });
  }
}

describe("after a reconnect", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setMqttStage();
  });
  afterAll(() => stage.close());

  for (const receiveMaximum of [1, 2])
    test(`no more is under way than ${receiveMaximum}, of QoS 1 and 2, events and the client's own`, async () => {
      const bob = new Reader(stage, `window-${receiveMaximum}`);
      await bob.comes(10);
      await bob.subscribes();
      await bob.sensorSays("one", 1);
      await bob.sensorSays("two", 2);
      const packets = [await bob.thing.next("publish"), await bob.thing.next("publish")];
      bob.says(`app/${bob.user}/x`, "three, its own");
      await bob.thing.next("puback");
      packets.push(await bob.thing.next("publish"));
      await bob.sensorSays("four", 2);
      await bob.sensorSays("five", 1, true);
      packets.push(await bob.thing.next("publish"), await bob.thing.next("publish"));
      const [one, two, three, four, five] = packets as [
        IPublishPacket,
        IPublishPacket,
        IPublishPacket,
        IPublishPacket,
        IPublishPacket,
      ];
      bob.acknowledges(two);
      await bob.thing.next("pubrel");
      bob.thing.destroy();
      await bob.sensorSays("six", 1);

      expect(await bob.comes(receiveMaximum)).toBe(true);
      const hearsAfter = async (act: () => void, ...wanted: string[]) => {
        act();
        // What waits for a record to be written comes a little later.
        const got: string[] = [];
        while (got.length < wanted.length) got.push(...(await bob.hears()));
        expect(got).toEqual(wanted);
      };
      const begun = [`pubrel ${two.messageId}`, "again one", "again three, its own"];
      await hearsAfter(() => undefined, ...begun.slice(0, 1 + receiveMaximum));
      await hearsAfter(() => bob.completes(two));
      const more = begun.slice(1 + receiveMaximum);
      await hearsAfter(
        () => bob.acknowledges(one),
        ...more,
        ...(more.length > 0 ? [] : ["again four"]),
      );
      await hearsAfter(
        () => bob.acknowledges(three),
        more.length > 0 ? "again four" : "again five",
      );
      // A QoS 2 one is under way until it is completed.
      await hearsAfter(() => bob.acknowledges(four), `pubrel ${four.messageId}`);
      await hearsAfter(() => bob.completes(four), more.length > 0 ? "again five" : "six");
      await hearsAfter(() => bob.acknowledges(five), ...(more.length > 0 ? ["six"] : []));
      expect(five.retain).toBe(true);
      bob.thing.destroy();
    });

  test("nothing is in the way of it, however much it is: not what is new, nor what the client says itself", async () => {
    const alice = await stage.actor("much-a");
    const conversation = alice.with("much-b");
    const topic = `g/c/${conversation}`;
    const bob = new Reader(stage, "much-b");
    await bob.comes(65_535);
    bob.thing.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 1 }] });
    await bob.thing.next("suback");
    const texts = Array.from({ length: 250 }, (_, index) => `message ${index}`);
    await Promise.all(texts.map((text) => alice.says(conversation, text)));
    const sent = [];
    while (sent.length < texts.length) sent.push(...(await bob.hears()));
    expect(sent).toEqual(texts);
    bob.thing.destroy();
    await bob.comes(1);
    bob.says(topic, "its own");
    const heard: string[] = [];
    while (heard.length < texts.length + 1) {
      const packet = await bob.thing.any();
      if (packet.cmd !== "publish") continue;
      heard.push(brief(packet));
      bob.acknowledges(packet);
    }
    expect(heard).toEqual([...texts.map((text) => `again ${text}`), "its own"]);
    await alice.says(conversation, "new");
    expect(brief(await bob.thing.next("publish"))).toBe("new");
    bob.thing.destroy();
  });

  test("the flag of what was published to be retained comes again too", async () => {
    const bob = new Reader(stage, "flags");
    await bob.comes(10);
    await bob.subscribes();
    await bob.sensorSays("kept", 1, true);
    expect(await bob.thing.next("publish")).toMatchObject({ retain: true, dup: false });
    bob.thing.destroy();
    await bob.comes(10);
    expect(await bob.thing.next("publish")).toMatchObject({ retain: true, dup: true });
    bob.thing.destroy();
  });

  test("what the client does not take any more is passed over, and what is behind it comes", async () => {
    const bob = new Reader(stage, "sizes");
    await bob.comes(10);
    await bob.subscribes();
    const large = "large".repeat(100);
    for (const [text, qos] of [
      [large, 1],
      [large, 2],
      ["small", 1],
    ] as const)
      await bob.sensorSays(text, qos);
    const [, second] = [
      await bob.thing.next("publish"),
      await bob.thing.next("publish"),
      await bob.thing.next("publish"),
    ];
    bob.thing.destroy();
    await bob.comes(1, { maximumPacketSize: 300 });
    const heard: string[] = [];
    while (heard.length < 1) heard.push(...(await bob.hears()));
    // It may have been received: its packet identifier is freed.
    expect(heard).toEqual([`pubrel ${second.messageId}`]);
    bob.completes(second);
    expect(brief(await bob.thing.next("publish"))).toBe("again small");
    bob.thing.destroy();
  });

  test("a client of another version gets it in the form of its own", async () => {
    const bob = new Reader(stage, "versions");
    await bob.comes(10);
    await bob.subscribes();
    bob.says(`app/${bob.user}/x`, "its own");
    await bob.thing.next("puback");
    await bob.thing.next("publish");
    bob.thing.destroy();
    const { thing } = await RawThing.connect(stage, bob.user, { protocolVersion: 4, clean: false });
    expect(brief(await thing.next("publish"))).toBe("again its own");
    thing.destroy();
  });
});

/** A receiver with a memory that outlives connections, which minds how much is under way. */
class Careful {
  readonly texts: string[] = [];
  readonly #held = new Set<number>();
  #max = 0;
  #open = new Set<number>();

  connected(max: number): void {
    this.#max = max;
    this.#open = new Set();
  }

  /** What it says to a packet. */
  takes(packet: Packet): Packet | undefined {
    if (packet.cmd === "publish") {
      const { messageId = 0, qos } = packet;
      this.#open.add(messageId);
      if (this.#open.size > this.#max) throw new Error(`${this.#open.size} are under way.`);
      const text = packet.payload.toString();
      // Of QoS 1 one may come twice.
      if (qos === 1 ? !this.texts.includes(text) : !this.#held.has(messageId))
        this.texts.push(text);
      if (qos === 2) this.#held.add(messageId);
      return { cmd: qos === 1 ? "puback" : "pubrec", messageId };
    }
    if (packet.cmd !== "pubrel") return undefined;
    const { messageId = 0 } = packet;
    this.#held.delete(messageId);
    return { cmd: "pubcomp", messageId };
  }

  answered({ cmd, messageId = 0 }: Packet): void {
    if (cmd !== "pubrec") this.#open.delete(messageId);
  }
}

for (const [seed, crashes] of [
  [1, false],
  [2, true],
  [3, true],
] as const)
  test(`a receiver that is cut off anywhere${crashes ? ", by a server that is killed," : ""} and takes another number each time has it all in order (seed ${seed})`, async () => {
    let state = seed;
    // Numerical Recipes' generator: its high bits are good enough for a play.
    const random = (outOf: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state >>> 16) % outOf;
    };
    const settings = { "store.engine": "sqlite", "limits.commandsBurst": 10_000 };
    const stage = await setMqttStage({ settings });
    const bob = new Reader(stage, "bob");
    const receiver = new Careful();
    const comes = async () => {
      const max = 1 + random(4);
      receiver.connected(max);
      expect(await bob.comes(max)).toBe(true);
    };
    await bob.comes(10);
    receiver.connected(10);
    await bob.subscribes();
    const sent: string[] = [];
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 12; count++) {
        sent.push(`message ${sent.length}`);
        await bob.sensorSays(sent.at(-1) as string, random(2) === 0 ? 1 : 2);
        if (random(3) > 0) continue;
        for (const packet of await bob.thing.flush()) {
          const answer = receiver.takes(packet);
          // Some answers never arrive, and then nothing more of this connection does.
          if (random(9) === 0) {
            bob.thing.destroy();
            await comes();
            break;
          }
          if (answer === undefined) continue;
          bob.thing.send(answer);
          receiver.answered(answer);
        }
      }
      const ended = crashes ? stage.crash() : undefined;
      bob.thing.destroy();
      await ended;
      if (crashes) await bob.loseSensor();
      await comes();
    }
    while (receiver.texts.length < sent.length) {
      const answer = receiver.takes(await bob.thing.any());
      if (answer === undefined) continue;
      bob.thing.send(answer);
      receiver.answered(answer);
    }
    expect(receiver.texts).toEqual(sent);
    bob.thing.destroy();
    await stage.close();
  }, 20_000);
