/** MQTT clients that break the rules or want too much, and what their neighbours notice of it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Stage } from "../stage.ts";
import { signed, token } from "../tokens.ts";
import { RawThing, setMqttStage, Thing } from "./kit.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setMqttStage({
    settings: {
      "mqtt.subscriptionsMax": 10,
      "mqtt.receiveMax": 8,
      "limits.sendsPerSecondMax": 500,
      "limits.sendsBurst": 50,
      "sessions.connectDeadlineMs": 700,
      "limits.writeBufferBytesMax": 65_536,
    },
  });
});
afterAll(() => stage.close());

describe("CONNECT", () => {
  const cases = [
    ["no password", { password: undefined }, 0x86, 5],
    ["a token that is none", { password: Buffer.from("a.b.c") }, 0x86, 4],
    ["a wrong password", { password: Buffer.from("guessed") }, 0x86, 4],
    [
      "a user name that is none",
      { username: "no such user!", password: Buffer.from("x") },
      0x86,
      4,
    ],
    ["another user's token", { username: "somebody-else" }, 0x86, 4],
  ] as const;
  for (const [name, more, reasonCode, returnCode] of cases)
    test(`with ${name} is refused`, async () => {
      const five = await RawThing.connect(stage, "mallory", more as never);
      expect(five.connack).toMatchObject({ sessionPresent: false, reasonCode });
      await five.thing.gone();
      const username = "username" in more ? more.username : "mallory";
      const four = await RawThing.connect(stage, "mallory", {
        ...more,
        username,
        protocolVersion: 4,
        ...(name === "no password" ? { username: undefined } : {}),
      } as never);
      expect(four.connack).toMatchObject({ returnCode: name === "no password" ? 4 : returnCode });
      await four.thing.gone();
    });

  test("with an expired token is refused", async () => {
    const expired = await signed(
      "mallory",
      "the plays' own secret, forty bytes long!",
      Date.now() - 3_600_000,
    );
    const { connack } = await RawThing.connect(stage, "mallory", {
      password: Buffer.from(expired),
    });
    expect(connack.reasonCode).toBe(0x86);
  });

  test("with enhanced authentication is refused", async () => {
    const { connack } = await RawThing.connect(stage, "mallory", {
      properties: { authenticationMethod: "SCRAM-SHA-256" },
    });
    expect(connack.reasonCode).toBe(0x8c);
  });

  test("with the password of an account is welcome", async () => {
    await stage.post("/api/register", { user: "registered", password: "correct horse" });
    const { connack, thing } = await RawThing.connect(stage, "registered", {
      password: Buffer.from("correct horse"),
    });
    expect(connack.reasonCode).toBe(0);
    thing.destroy();
  });

  test("of another version is told so in a way that it may understand", async () => {
    const thing = await RawThing.open(stage, 4);
    thing.write(Buffer.from("100f00064d514973647003020000000161", "hex"));
    expect(await thing.next("connack")).toMatchObject({ returnCode: 1 });
    await thing.gone();
  });

  test("client ids of any form are devices; an empty one is given out", async () => {
    const odd = await RawThing.connect(stage, "odd", {
      clientId: "Sensor №7 / second floor",
      clean: false,
      properties: { sessionExpiryInterval: 60 },
    });
    odd.thing.destroy();
    const again = await RawThing.connect(stage, "odd", {
      clientId: "Sensor №7 / second floor",
      clean: false,
      properties: { sessionExpiryInterval: 60 },
    });
    expect(again.connack.sessionPresent).toBe(true);
    again.thing.destroy();
    const nameless = await RawThing.connect(stage, "odd", { clientId: "" });
    expect(nameless.connack.properties?.assignedClientIdentifier).toMatch(/^mqtt-[0-9a-f]{18}$/);
    nameless.thing.destroy();
    const four = await RawThing.connect(stage, "odd", {
      clientId: "",
      clean: true,
      protocolVersion: 4,
    });
    expect(four.connack.returnCode).toBe(0);
    four.thing.destroy();
    const kept = await RawThing.open(stage, 4);
    const bytes = Buffer.from("100c00044d5154540400003c0000", "hex");
    kept.write(bytes);
    expect(await kept.next("connack")).toMatchObject({ returnCode: 2 });
  });

  test("that never comes ends the connection; so does one that never ends", async () => {
    const silent = await RawThing.open(stage);
    const slow = await RawThing.open(stage);
    for (const byte of Buffer.from("10ff7f0004", "hex")) slow.write(Buffer.of(byte));
    await Promise.all([silent.gone(), slow.gone()]);
  });
});

describe("a client that is in", () => {
  test("and breaks the protocol is told why and cut", async () => {
    const wrong = [
      ["300400046100", 0x81],
      ["36050001610001", 0x81],
      ["d000", 0x82],
      ["30ffffff7f", 0x95],
      ["80050001000161", 0x81],
      ["300700042f2b2f2300", 0x90],
    ] as const;
    for (const [hex, reasonCode] of wrong) {
      const { thing } = await RawThing.connect(stage, "wrong");
      thing.write(Buffer.from(hex, "hex"));
      const { reasonCode: told } = await thing.next("disconnect");
      expect([hex, told]).toEqual([hex, reasonCode]);
      await thing.gone();
    }
  });

  test("and is refused on 3.1.1, where a refusal cannot be said, is cut", async () => {
    const { thing } = await RawThing.connect(stage, "cut", { protocolVersion: 4 });
    thing.send({
      cmd: "publish",
      topic: "not/mine",
      payload: "x",
      qos: 1,
      messageId: 1,
      dup: false,
      retain: false,
    });
    await thing.gone();
  });

  test("cannot subscribe without end, nor to topics without end", async () => {
    const { thing } = await RawThing.connect(stage, "greedy");
    const subscribe = async (topics: readonly string[]) => {
      thing.send({
        cmd: "subscribe",
        messageId: 1,
        subscriptions: topics.map((topic) => ({ topic, qos: 0 as const })),
      });
      return (await thing.next("suback")).granted as number[];
    };
    const many = Array.from({ length: 12 }, (_, index) => `app/greedy/${index}`);
    expect(await subscribe(many)).toEqual([...Array<number>(10).fill(0), 0x97, 0x97]);
    expect(await subscribe([many[0] as string])).toEqual([0]);
    const deep = `app/greedy/${"a/".repeat(5_000)}`;
    expect(
      await subscribe([deep, "app/greedy/".padEnd(2_000, "x"), `${"+/".repeat(40)}#`]),
    ).toEqual([0x8f, 0x8f, 0x8f]);
    thing.send({ cmd: "publish", topic: deep, payload: "x", qos: 0, dup: false, retain: false });
    expect(await thing.next("disconnect")).toMatchObject({ reasonCode: 0x90 });
  });

  test("and sends faster than it may is slowed down, and loses nothing", async () => {
    const bob = await Thing.connect(stage, "fast-b", { protocolVersion: 4 });
    const alice = await stage.actor("fast-a");
    const texts = Array.from({ length: 200 }, (_, index) => `${index}`);
    const published = texts.map((text) => bob.client.publishAsync("g/u/fast-a", text, { qos: 1 }));
    for (const text of texts) await alice.reads(text);
    await Promise.all(published);
    await bob.leaves();
  });

  test("and does not read slows nobody down, and is cut at last", async () => {
    const { thing: deaf } = await RawThing.connect(stage, "deaf-b", {
      properties: { receiveMaximum: 65_535 },
    });
    const alice = await stage.actor("deaf-a");
    const carol = await Thing.connect(stage, "deaf-c");
    const group = await alice.founds([], { members: ["deaf-b", "deaf-c"] });
    deaf.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: `g/c/${group.id}`, qos: 1 }],
    });
    await deaf.next("suback");
    await carol.client.subscribeAsync(`g/c/${group.id}`, { qos: 1, rh: 2 });
    deaf.deafen();
    const text = "x".repeat(20_000);
    for (let index = 0; index < 40; index++) {
      await alice.says(group.id, text);
      await carol.hears();
    }
    deaf.destroy();
    await carol.leaves();
  }, 15_000);

  test("and is larger than its reader can take is left out there", async () => {
    const reader = await RawThing.connect(stage, "small-b", {
      properties: { maximumPacketSize: 200 },
    });
    reader.thing.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "app/small-b/#", qos: 1 }],
    });
    await reader.thing.next("suback");
    const sender = await Thing.connect(stage, "small-b", { clientId: "sender" });
    await sender.client.publishAsync("app/small-b/a", "x".repeat(500), { qos: 1 });
    await sender.client.publishAsync("app/small-b/a", "small", { qos: 1 });
    expect((await reader.thing.next("publish")).payload.toString()).toBe("small");
    reader.thing.destroy();
    await sender.leaves();
  });

  test("and floods with garbage leaves the neighbours alone", async () => {
    const bob = await Thing.connect(stage, "calm-b");
    const alice = await stage.actor("calm-a");
    await bob.client.subscribeAsync("g/u/calm-b", { qos: 1 });
    const password = Buffer.from(await token("noise"));
    const noise = async (round: number) => {
      const { thing } = await RawThing.connect(stage, "noise", {
        clientId: `noise-${round}`,
        password,
      });
      thing.write(Buffer.alloc(10_000, round));
      await thing.gone();
    };
    const rounds = Promise.all(Array.from({ length: 20 }, (_, round) => noise(round + 1)));
    for (let index = 0; index < 20; index++) {
      await alice.says(alice.with("calm-b"), `${index}`);
      expect((await bob.hears()).text).toBe(`${index}`);
    }
    await rounds;
    await bob.leaves();
  });
});

test("a draining server says goodbye, and publishes no wills", async () => {
  const own = await setMqttStage({ settings: { "store.engine": "sqlite" } });
  const { thing } = await RawThing.connect(own, "bob", {
    will: { topic: "g/u/alice", payload: "I am cut off", qos: 1, retain: false },
  });
  const alice = await own.actor("alice");
  await own.restart();
  expect(await thing.next("disconnect")).toMatchObject({ reasonCode: 0x8b });
  await alice.connect();
  expect((await alice.call("sync", {})).conversations).toEqual([]);
  await own.close();
});

test("a PUBLISH without a topic ends the connection", async () => {
  const { thing } = await RawThing.connect(stage, "empty");
  thing.write(Buffer.from("3003000000", "hex"));
  expect(await thing.next("disconnect")).toMatchObject({ reasonCode: 0x82 });
});

test("a reason in words is left out where the packet would be too large for the client", async () => {
  const reasonOf = async (maximumPacketSize: number) => {
    const { thing } = await RawThing.connect(stage, "terse", {
      properties: { maximumPacketSize },
    });
    thing.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "nowhere", qos: 0 }] });
    const { properties } = await thing.next("suback");
    thing.destroy();
    return properties?.reasonString;
  };
  expect(await reasonOf(1_000)).toBeString();
  expect(await reasonOf(40)).toBeUndefined();
});
