/** QoS 2 towards a client, over crashes and restarts of the server: every message once, whatever was under way (MQTT 5.0 section 4.3.3). */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { IPublishPacket, Packet } from "mqtt-packet";
import type { Actor } from "../actor.ts";
import type { Stage } from "../stage.ts";
import { RawThing, setMqttStage } from "./kit.ts";

const kept = {
  clean: false,
  clientId: "bob-thing",
  properties: { sessionExpiryInterval: 3_600 },
} as const;

let stage: Stage;
let alice: Actor;
beforeEach(async () => {
  const settings = { "store.engine": "sqlite", "limits.commandsBurst": 10_000 };
  stage = await setMqttStage({ settings });
  alice = await stage.actor("alice");
});
afterEach(() => stage.close());

async function subscribed(): Promise<RawThing> {
  const { thing } = await RawThing.connect(stage, "bob", kept);
  const topic = `g/c/${alice.with("bob")}`;
  thing.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 2, rh: 2 }] });
  await thing.next("suback");
  return thing;
}

async function back(): Promise<RawThing> {
  const { thing, connack } = await RawThing.connect(stage, "bob", kept);
  expect(connack.sessionPresent).toBe(true);
  return thing;
}

const says = async (...texts: string[]) => {
  for (const text of texts) await alice.says(alice.with("bob"), text);
};

/** Answers with PUBREC, and then with PUBCOMP. */
async function takes(thing: RawThing, { messageId = 0 }: IPublishPacket): Promise<void> {
  thing.send({ cmd: "pubrec", messageId });
  expect((await thing.next("pubrel")).messageId).toBe(messageId);
  thing.send({ cmd: "pubcomp", messageId });
}

const brief = (packet: Packet) =>
  packet.cmd === "publish"
    ? [packet.messageId, packet.dup, packet.payload.toString()]
    : [packet.messageId, packet.cmd];

for (const end of ["crash", "restart"] as const)
  test(`after a ${end} each step of the handshake goes on where it was, under the same packet identifiers`, async () => {
    const first = await subscribed();
    await says("through", "received", "sent", "through out of turn");
    const packets: IPublishPacket[] = [];
    while (packets.length < 4) packets.push(await first.next("publish"));
    const [through, received, sent, early] = packets as [
      IPublishPacket,
      IPublishPacket,
      IPublishPacket,
      IPublishPacket,
    ];
    await takes(first, through);
    await takes(first, early);
    first.send({ cmd: "pubrec", messageId: received.messageId as number });
    await first.next("pubrel");
    expect(await first.flush()).toEqual([]);
    await stage[end]();
    await alice.connect();
    const second = await back();
    await says("afterwards");
    const heard: Packet[] = [];
    while (heard.length < 3)
      heard.push(...(await second.flush()).filter(({ cmd }) => cmd !== "disconnect"));
    expect(heard.map(brief)).toEqual([
      [received.messageId, "pubrel"],
      [sent.messageId, true, "sent"],
      [expect.any(Number), false, "afterwards"],
    ]);
    second.send({ cmd: "pubcomp", messageId: received.messageId as number });
    await takes(second, sent);
    await takes(second, heard[2] as IPublishPacket);
    expect(await second.flush()).toEqual([]);
    second.destroy();
  });

test("a session whose events are lost goes on under the same packet identifiers too", async () => {
  const first = await subscribed();
  await says("one", "two");
  const one = await first.next("publish");
  await takes(first, await first.next("publish"));
  await first.flush();
  first.destroy();
  await stage.metricReaches("godwit_sessions_detached", (count) => count > 0);
  await stage.restart();
  await alice.connect();
  await says("three");
  const second = await back();
  expect(brief(await second.next("publish"))).toEqual([one.messageId, true, "one"]);
  expect(brief(await second.next("publish"))).toEqual([expect.any(Number), false, "three"]);
  second.destroy();
});

/** A receiver as the specification wants it (figure 4.3, method A), with a memory of its own that outlives connections. */
class Receiver {
  readonly texts: string[] = [];
  readonly #held = new Set<number>();

  /** What it says to a packet. */
  takes(packet: Packet): Packet | undefined {
    if (packet.cmd === "publish") {
      const { messageId = 0 } = packet;
      if (!this.#held.has(messageId)) this.texts.push(packet.payload.toString());
      this.#held.add(messageId);
      return { cmd: "pubrec", messageId };
    }
    if (packet.cmd !== "pubrel") return undefined;
    const { messageId = 0 } = packet;
    this.#held.delete(messageId);
    return { cmd: "pubcomp", messageId };
  }
}

for (const seed of [1, 2, 3])
  test(`a receiver that is cut off anywhere, by a server that is killed anywhere, gets each message once (seed ${seed})`, async () => {
    let state = seed;
    // Numerical Recipes' generator: its high bits are good enough for a play.
    const chance = (outOf: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state >>> 16) % outOf === 0;
    };
    const receiver = new Receiver();
    const sent: string[] = [];
    let thing = await subscribed();
    for (let round = 0; round < 4; round++) {
      for (let count = 0; count < 12; count++) {
        sent.push(`message ${sent.length}`);
        await says(sent.at(-1) as string);
        if (!chance(3)) continue;
        for (const packet of await thing.flush()) {
          const answer = receiver.takes(packet);
          // Some answers never arrive, and then nothing more of this connection does.
          if (chance(9)) {
            thing.destroy();
            thing = await back();
            break;
          }
          if (answer !== undefined) thing.send(answer);
        }
      }
      const crashed = stage.crash();
      thing.destroy();
      await crashed;
      await alice.connect();
      thing = await back();
    }
    while (receiver.texts.length < sent.length) {
      const answer = receiver.takes(await thing.any());
      if (answer !== undefined) thing.send(answer);
    }
    // What comes too often comes at the latest now.
    for (let asked = 0; asked < 20; asked++)
      for (const packet of await thing.flush()) {
        const answer = receiver.takes(packet);
        if (answer !== undefined) thing.send(answer);
      }
    expect(thing.misread).toBeUndefined();
    expect(thing.ended).toBe(false);
    expect(receiver.texts).toEqual(sent);
    thing.destroy();
  }, 30_000);

test("what the store was still to bring after a crash when the connection ended is brought by the next one, and nothing else", async () => {
  const first = await subscribed();
  await says("one", "two", "through");
  const packets: IPublishPacket[] = [];
  while (packets.length < 3) packets.push(await first.next("publish"));
  await takes(first, packets[2] as IPublishPacket);
  await first.flush();
  await stage.crash();
  alice = await stage.actor("alice");
  await says("four");
  // One at a time, so that the turn of the store has not come when this one is cut off.
  const oneAtATime = { ...kept, properties: { ...kept.properties, receiveMaximum: 1 } };
  const second = await RawThing.connect(stage, "bob", oneAtATime);
  const { messageId = 0 } = await second.thing.next("pubrel");
  second.thing.send({ cmd: "pubcomp", messageId });
  expect((await second.thing.next("publish")).payload.toString()).toBe("one");
  await second.thing.flush();
  second.thing.destroy();
  const { thing } = await RawThing.connect(stage, "bob", oneAtATime);
  await says("five");
  for (const text of ["one", "two", "four", "five"]) {
    const packet = await thing.next("publish");
    expect(packet.payload.toString()).toBe(text);
    await takes(thing, packet);
  }
  expect(await thing.flush()).toEqual([]);
});
