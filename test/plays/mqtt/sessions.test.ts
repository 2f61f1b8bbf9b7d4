/** Sessions that outlive their connection: what arrives twice, what arrives late, and who takes over from whom. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { IPublishPacket } from "mqtt-packet";
import { PlayClock } from "../clock.ts";
import { token, type Stage } from "../stage.ts";
import { RawThing, setMqttStage, Thing } from "./kit.ts";

const hourS = 3_600;
const kept = { clean: false, properties: { sessionExpiryInterval: hourS } } as const;

const publish = (
  messageId: number,
  topic: string,
  payload: string,
  more: Partial<IPublishPacket> = {},
) =>
  ({
    cmd: "publish",
    qos: 1,
    dup: false,
    retain: false,
    messageId,
    topic,
    payload,
    ...more,
  }) as const;

describe("on one server", () => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeAll(async () => {
    const settings = { "limits.sendsBurst": 10_000, "limits.commandsBurst": 10_000 };
    stage = await setMqttStage({ overrides: { clock }, settings });
  });
  afterAll(() => stage.close());

  test("a session that is kept is present again, with its subscriptions; a clean one is not", async () => {
    const alice = await stage.actor("keep-a");
    const conversation = alice.with("keep-b");
    const first = await RawThing.connect(stage, "keep-b", kept);
    expect(first.connack).toMatchObject({ sessionPresent: false, reasonCode: 0 });
    first.thing.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: `g/c/${conversation}`, qos: 1 }],
    });
    await first.thing.next("suback");
    first.thing.destroy();
    const { seq } = await alice.says(conversation, "while you were away");
    const second = await RawThing.connect(stage, "keep-b", kept);
    expect(second.connack.sessionPresent).toBe(true);
    const heard = await second.thing.next("publish");
    expect(heard.payload.toString()).toBe("while you were away");
    expect(heard.dup).toBe(false);
    second.thing.send({ cmd: "puback", messageId: heard.messageId as number });
    expect(await second.thing.flush()).toEqual([]);
    expect(seq).toBe(1);
    second.thing.destroy();
    const third = await RawThing.connect(stage, "keep-b", { ...kept, clean: true });
    expect(third.connack.sessionPresent).toBe(false);
    await alice.says(conversation, "nobody subscribes to this");
    expect(await third.thing.flush()).toEqual([]);
    third.thing.destroy();
  });

  test("what was not acknowledged comes again, with DUP and under its packet identifier", async () => {
    const alice = await stage.actor("again-a");
    const conversation = alice.with("again-b");
    const first = await RawThing.connect(stage, "again-b", kept);
    first.thing.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: `g/c/${conversation}`, qos: 2 }],
    });
    await first.thing.next("suback");
    for (const text of ["one", "two", "three"]) await alice.says(conversation, text);
    const packets = [];
    while (packets.length < 3) packets.push(await first.thing.next("publish"));
    const ids = packets.map(({ messageId }) => messageId as number);
    // The first one is through, of the second only the release is left, the third was never heard of.
    first.thing.send({ cmd: "pubrec", messageId: ids[0] as number });
    await first.thing.next("pubrel");
    first.thing.send({ cmd: "pubcomp", messageId: ids[0] as number });
    first.thing.send({ cmd: "pubrec", messageId: ids[1] as number });
    await first.thing.next("pubrel");
    first.thing.destroy();
    await alice.says(conversation, "four");
    const { thing } = await RawThing.connect(stage, "again-b", kept);
    expect(await thing.next("pubrel")).toMatchObject({ messageId: ids[1] });
    expect(await thing.next("publish")).toMatchObject({ messageId: ids[2], dup: true });
    const fresh = await thing.next("publish");
    expect(fresh).toMatchObject({ dup: false });
    expect(fresh.payload.toString()).toBe("four");
    thing.destroy();
  });

  test("a PUBLISH that is sent again is one message, at QoS 1 and 2, on the same connection and the next", async () => {
    const alice = await stage.actor("dup-a");
    const conversation = alice.with("dup-b");
    const first = await RawThing.connect(stage, "dup-b", kept);
    const topic = `g/c/${conversation}`;
    first.thing.send(publish(10, topic, "at least once"));
    await first.thing.next("puback");
    first.thing.send(publish(10, topic, "at least once", { dup: true }));
    await first.thing.next("puback");
    first.thing.send(publish(11, topic, "exactly once", { qos: 2 }));
    await first.thing.next("pubrec");
    first.thing.destroy();
    const { thing } = await RawThing.connect(stage, "dup-b", kept);
    thing.send(publish(10, topic, "at least once", { dup: true }));
    await thing.next("puback");
    thing.send(publish(11, topic, "exactly once", { qos: 2, dup: true }));
    await thing.next("pubrec");
    thing.send({ cmd: "pubrel", messageId: 11 });
    await thing.next("pubcomp");
    thing.send({ cmd: "pubrel", messageId: 11 });
    expect(await thing.next("pubcomp")).toMatchObject({ reasonCode: 0x92 });
    // The packet identifiers are free: with the same payload, these are new messages.
    thing.send(publish(10, topic, "at least once"));
    await thing.next("puback");
    thing.send(publish(11, topic, "exactly once", { qos: 2 }));
    await thing.next("pubrec");
    expect((await alice.reads("at least once")).seq).toBe(1);
    expect((await alice.reads("exactly once")).seq).toBe(2);
    expect((await alice.reads("at least once")).seq).toBe(3);
    expect((await alice.reads("exactly once")).seq).toBe(4);
    expect(await alice.leftovers()).toEqual([]);
    thing.destroy();
  });

  test("a PUBLISH with an expiry is one message too, although time has passed when it is sent again", async () => {
    const alice = await stage.actor("expiry-a");
    const topic = `g/c/${alice.with("expiry-b")}`;
    const properties = { messageExpiryInterval: 3_600 };
    const first = await RawThing.connect(stage, "expiry-b", kept);
    first.thing.send(publish(5, topic, "for an hour", { properties }));
    await first.thing.next("puback");
    first.thing.destroy();
    clock.pass(2_000);
    const { thing } = await RawThing.connect(stage, "expiry-b", kept);
    thing.send(publish(5, topic, "for an hour", { properties, dup: true }));
    expect(await thing.next("puback")).toMatchObject({ reasonCode: 0 });
    expect((await alice.reads("for an hour")).seq).toBe(1);
    expect(await alice.leftovers()).toEqual([]);
    thing.destroy();
  });

  test("another connection takes the session over, and the first is told", async () => {
    const first = await RawThing.connect(stage, "over-b", kept);
    const second = await RawThing.connect(stage, "over-b", kept);
    expect(second.connack.sessionPresent).toBe(true);
    expect(await first.thing.next("disconnect")).toMatchObject({ reasonCode: 0x8e });
    await first.thing.gone();
    const third = await RawThing.connect(stage, "over-b", { clean: true });
    expect(await second.thing.next("disconnect")).toMatchObject({ reasonCode: 0x8e });
    third.thing.send({ cmd: "pingreq" });
    await third.thing.next("pingresp");
    third.thing.destroy();
  });

  test("a session that is to end with its connection is not there for whoever takes over", async () => {
    const first = await RawThing.connect(stage, "brief", { clientId: "brief" });
    first.thing.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "g/me", qos: 1 }],
    });
    await first.thing.next("suback");
    const second = await RawThing.connect(stage, "brief", { ...kept, clientId: "brief" });
    expect(second.connack.sessionPresent).toBe(false);
    expect(await first.thing.next("disconnect")).toMatchObject({ reasonCode: 0x8e });
    second.thing.destroy();
  });

  test("a session ends when its time is over, and not before", async () => {
    const expiring = { clean: false, properties: { sessionExpiryInterval: 120 } };
    const first = await RawThing.connect(stage, "end-b", expiring);
    const before = await stage.metric("godwit_sessions_detached");
    first.thing.destroy();
    await stage.metricReaches("godwit_sessions_detached", (count) => count > before);
    clock.pass(60_000);
    const second = await RawThing.connect(stage, "end-b", expiring);
    expect(second.connack.sessionPresent).toBe(true);
    second.thing.send({ cmd: "disconnect", reasonCode: 0 });
    await second.thing.gone();
    clock.pass(119_000);
    clock.pass(3_000);
    const third = await RawThing.connect(stage, "end-b", expiring);
    expect(third.connack.sessionPresent).toBe(false);
    // Leaving can shorten the time, but not make a session last that was to end.
    third.thing.send({
      cmd: "disconnect",
      reasonCode: 0,
      properties: { sessionExpiryInterval: 0 },
    });
    await third.thing.gone();
    const fourth = await RawThing.connect(stage, "end-b", { clean: false });
    expect(fourth.connack.sessionPresent).toBe(false);
    fourth.thing.send({
      cmd: "disconnect",
      reasonCode: 0,
      properties: { sessionExpiryInterval: 5 },
    });
    expect(await fourth.thing.next("disconnect")).toMatchObject({ reasonCode: 0x82 });
  });

  test("beyond the life of the server's own session messages are kept too, also if another device was there", async () => {
    const alice = await stage.actor("late-a");
    const conversation = alice.with("late-b");
    const first = await Thing.connect(stage, "late-b", kept);
    await first.client.subscribeAsync(`g/c/${conversation}`, { qos: 1 });
    await alice.says(conversation, "seen");
    await first.hears();
    await first.leftovers();
    await first.cut();
    const texts = Array.from({ length: 150 }, (_, index) => `missed ${index}`);
    await alice.says(conversation, texts[0] as string);
    clock.pass(301_000);
    await alice.closed;
    await alice.connect();
    // Another device of the user makes the queue of the first one useless: only the store knows.
    const other = await stage.actor("late-b", { device: "elsewhere" });
    for (const text of texts.slice(1)) await alice.says(conversation, text);
    const thing = await Thing.connect(stage, "late-b", kept);
    expect(await thing.hearsTexts(texts.length)).toEqual(texts);
    await alice.says(conversation, "live again");
    expect((await thing.hears()).text).toBe("live again");
    expect(await thing.leftovers()).toEqual([]);
    other.leaveStage();
    await thing.leaves();
  });

  test("a client that takes few at a time misses nothing, however much comes", async () => {
    const alice = await stage.actor("few-a");
    const conversation = alice.with("few-b");
    const { thing } = await RawThing.connect(stage, "few-b", { properties: { receiveMaximum: 3 } });
    thing.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: `g/c/${conversation}`, qos: 1 }],
    });
    await thing.next("suback");
    const texts = Array.from({ length: 1_200 }, (_, index) => `${index}`);
    const sent = Promise.all(texts.map((text) => alice.says(conversation, text)));
    const heard: string[] = [];
    // More than its window, the backlog and the session's ring hold together is sent before it acknowledges the first.
    const first = [
      await thing.next("publish"),
      await thing.next("publish"),
      await thing.next("publish"),
    ];
    await sent;
    expect(await thing.flush()).toEqual([]);
    for (const packet of first) {
      heard.push(packet.payload.toString());
      thing.send({ cmd: "puback", messageId: packet.messageId as number });
    }
    while (heard.length < texts.length) {
      const packet = await thing.next("publish");
      heard.push(packet.payload.toString());
      thing.send({ cmd: "puback", messageId: packet.messageId as number });
    }
    expect(heard).toEqual(texts);
    thing.destroy();
  }, 20_000);

  test("a token that expires ends the connection of a client that only listens, and the session waits", async () => {
    const password = Buffer.from(await token("token-b", clock.now() - Date.now() + 400_000));
    const { thing } = await RawThing.connect(stage, "token-b", { ...kept, password });
    clock.pass(300_000);
    expect(await thing.flush()).toEqual([]);
    // At once: tokens are looked at once a minute, and a second step would also pass the time that a closing socket has for its last bytes.
    clock.pass(162_000);
    expect(await thing.next("disconnect")).toMatchObject({ reasonCode: 0x87 });
    await thing.gone();
    const again = await RawThing.connect(stage, "token-b", kept);
    expect(again.connack.sessionPresent).toBe(true);
    again.thing.destroy();
  });

  test("what was acknowledged just before leaving is a receipt all the same", async () => {
    const alice = await stage.actor("last-receipt-a");
    const conversation = alice.with("last-receipt-b");
    const { thing } = await RawThing.connect(stage, "last-receipt-b");
    thing.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: `g/c/${conversation}`, qos: 1 }],
    });
    await thing.next("suback");
    await alice.says(conversation, "before you go");
    const { messageId } = await thing.next("publish");
    thing.send({ cmd: "puback", messageId: messageId as number });
    thing.send({ cmd: "disconnect", reasonCode: 0 });
    const receipt = await alice.hears("receipt");
    expect(receipt).toMatchObject({ user: "last-receipt-b", delivered: 1 });
  });

  test("silence for one and a half times the keep-alive ends a connection", async () => {
    const { thing, connack } = await RawThing.connect(stage, "idle-b", { keepalive: 10 });
    expect(connack.properties?.serverKeepAlive).toBeUndefined();
    clock.pass(9_000);
    await thing.flush();
    clock.pass(14_000);
    expect(await thing.flush()).toEqual([]);
    clock.pass(17_000);
    expect(await thing.next("disconnect")).toMatchObject({ reasonCode: 0x8d });
    const asks = await RawThing.connect(stage, "idle-b", { keepalive: 0 });
    expect(asks.connack.properties?.serverKeepAlive).toBe(hourS);
    asks.thing.destroy();
  });
});

describe("a server that is started again", () => {
  let stage: Stage;
  const clock = new PlayClock();
  beforeEach(async () => {
    stage = await setMqttStage({ overrides: { clock }, settings: { "store.engine": "sqlite" } });
  });
  afterEach(() => stage.close());

  for (const end of ["restart", "crash"] as const)
    test(`after a ${end} sessions are present, and what was missed arrives`, async () => {
      const alice = await stage.actor("alice");
      const conversation = alice.with("bob");
      const bob = await Thing.connect(stage, "bob", kept);
      await bob.client.subscribeAsync(`g/c/${conversation}`, { qos: 1, rh: 2 });
      await alice.says(conversation, "before");
      await bob.hears();
      await bob.cut();
      await alice.says(conversation, "while you were away");
      await stage[end]();
      await alice.connect();
      await alice.says(conversation, "after");
      const { thing, connack } = await RawThing.connect(stage, "bob", {
        ...kept,
        clientId: "bob-thing",
      });
      expect(connack.sessionPresent).toBe(true);
      const texts: string[] = [];
      while (texts.at(-1) !== "after") texts.push((await thing.next("publish")).payload.toString());
      // After a crash, what was acknowledged shortly before may come again: MQTT calls that at least once.
      expect(texts.filter((text) => text !== "before")).toEqual(["while you were away", "after"]);
      thing.destroy();
    });

  test("after a crash the time of a session counts from its last connection, not from the one before", async () => {
    const brief = { ...kept, properties: { sessionExpiryInterval: 60 } };
    const first = await RawThing.connect(stage, "bob", brief);
    const detached = await stage.metric("godwit_sessions_detached");
    first.thing.destroy();
    await stage.metricReaches("godwit_sessions_detached", (count) => count > detached);
    const second = await RawThing.connect(stage, "bob", brief);
    expect(second.connack.sessionPresent).toBe(true);
    clock.pass(120_000);
    await stage.crash();
    const third = await RawThing.connect(stage, "bob", brief);
    expect(third.connack.sessionPresent).toBe(true);
    second.thing.destroy();
    third.thing.destroy();
  });

  test("a PUBLISH that is sent again after a crash is still the same message", async () => {
    const alice = await stage.actor("alice");
    const topic = `g/c/${alice.with("bob")}`;
    const first = await RawThing.connect(stage, "bob", kept);
    const before = [
      [65_535, 1],
      [1, 2],
      [2, 1],
      [3, 1],
    ] as const;
    for (const [messageId, qos] of before) {
      first.thing.send(publish(messageId, topic, `message ${messageId}`, { qos }));
      await first.thing.next(qos === 1 ? "puback" : "pubrec");
    }
    await stage.crash();
    const { thing } = await RawThing.connect(stage, "bob", kept);
    thing.send(publish(1, topic, "message 1", { qos: 2, dup: true }));
    await thing.next("pubrec");
    thing.send(publish(2, topic, "message 2", { dup: true }));
    await thing.next("puback");
    // Sent before the crash, as its sender thinks; the server never saw them. One has an identifier that was used before.
    thing.send(publish(3, topic, "another message 3", { dup: true }));
    await thing.next("puback");
    thing.send(publish(4, topic, "message 4", { dup: true }));
    await thing.next("puback");
    await alice.connect();
    const { messages } = await alice.call("history", { conversation: alice.with("bob") });
    expect(messages.map(({ content }) => content["text"])).toEqual([
      "message 65535",
      "message 1",
      "message 2",
      "message 3",
      "another message 3",
      "message 4",
    ]);
    thing.destroy();
  });
});
