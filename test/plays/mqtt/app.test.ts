/** Devices without a conversation: application topics, what they retain, who shares the work, and last wills. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { PlayClock } from "../clock.ts";
import type { Stage } from "../stage.ts";
import { RawThing, setMqttStage, Thing } from "./kit.ts";

let stage: Stage;
const clock = new PlayClock();
beforeAll(async () => {
  stage = await setMqttStage({ overrides: { clock } });
});
afterAll(() => stage.close());

/** The channel behind a user's application topics, as its members see it. */
async function namespaceOf(user: string): Promise<string> {
  const { conversations } = (await stage.http(user, "sync", { messages: 0 })) as {
    conversations: { conversation: { id: string; title?: string } }[];
  };
  return (
    conversations.find(({ conversation }) => conversation.title === `app/${user}`)?.conversation
      .id ?? ""
  );
}

/** The connection is lost, and the server has noticed. */
async function lose(thing: RawThing): Promise<void> {
  const before = await stage.metric("godwit_sessions_detached");
  thing.destroy();
  await stage.metricReaches("godwit_sessions_detached", (count) => count > before);
}

test("telemetry reaches subscribers by their filters, with wildcards, at the lower QoS of both sides", async () => {
  const sensor = await Thing.connect(stage, "tele", { clientId: "sensor" });
  const board = await Thing.connect(stage, "tele", { clientId: "board" });
  await board.client.subscribeAsync({
    "app/tele/+/temperature": { qos: 2 },
    "app/tele/kitchen/#": { qos: 1 },
  });
  await sensor.client.publishAsync("app/tele/cellar/temperature", "12.5", { qos: 2 });
  expect(await board.hears()).toMatchObject({
    topic: "app/tele/cellar/temperature",
    text: "12.5",
    packet: { qos: 2, retain: false },
  });
  await sensor.client.publishAsync("app/tele/cellar/humidity", "80", { qos: 1 });
  await sensor.client.publishAsync("app/tele/kitchen", "both levels", { qos: 0 });
  expect(await board.hears()).toMatchObject({ topic: "app/tele/kitchen", packet: { qos: 0 } });
  // Matched by both: once, with the higher QoS.
  await sensor.client.publishAsync("app/tele/kitchen/temperature", "21", { qos: 2 });
  expect(await board.hears()).toMatchObject({ text: "21", packet: { qos: 2 } });
  await sensor.client.publishAsync("app/tele/kitchen/light", "on", { qos: 2 });
  expect(await board.hears()).toMatchObject({ text: "on", packet: { qos: 1 } });
  expect(await board.leftovers()).toEqual([]);
  await Promise.all([sensor.leaves(), board.leaves()]);
});

test("telemetry is in a channel that its owner lets others read, and native clients see it too", async () => {
  const owner = await Thing.connect(stage, "owner");
  await owner.client.publishAsync("app/owner/door", "open", { qos: 1 });
  const channel = await namespaceOf("owner");
  const guest = await stage.actor("guest");
  expect(await guest.refused("history", { conversation: channel })).toBe("not_member");
  const visitor = await Thing.connect(stage, "guest");
  const refused = await visitor.client.subscribeAsync("app/owner/#", { qos: 1 }).then(
    () => "granted",
    () => "refused",
  );
  expect(refused).toBe("refused");
  await stage.http("owner", "invite", { conversation: channel, users: ["guest"] });
  await visitor.client.subscribeAsync("app/owner/#", { qos: 1 });
  await owner.client.publishAsync("app/owner/door", "closed", { qos: 1 });
  expect(await visitor.hears()).toMatchObject({ topic: "app/owner/door", text: "closed" });
  const { message } = await guest.hears(
    "message",
    (event) => event.message.content["text"] === "closed",
  );
  expect(message).toMatchObject({
    kind: "custom",
    conversation: channel,
    content: { topic: "app/owner/door" },
  });
  // A reader may not write; an admin of the channel may.
  const publish = () =>
    visitor.client.publishAsync("app/owner/door", "by a guest", { qos: 1 }).then(
      () => "published",
      (error: Error) => error.message,
    );
  expect(await publish()).toContain("Not authorized");
  await stage.http("owner", "role", { conversation: channel, user: "guest", role: "admin" });
  expect(await publish()).toBe("published");
  await Promise.all([owner.leaves(), visitor.leaves()]);
});

test("nobody can pretend to publish in another's namespace", async () => {
  const [eve, bob] = await stage.cast("pretend-e", "pretend-b");
  const channel = await eve.founds([bob], { kind: "channel" });
  const thing = await Thing.connect(stage, "pretend-b");
  await thing.client.subscribeAsync({ "app/#": { qos: 1 }, "app/pretend-b/#": { qos: 1 } });
  const content = { topic: "app/pretend-b/alarm", text: "off", retain: true };
  await eve.call("send", { ...eve.draft(channel.id, ""), kind: "custom", content });
  expect(await thing.leftovers()).toEqual([]);
  await thing.leaves();
});

test("what is retained comes with a subscription, until an empty message takes it away", async () => {
  const sensor = await Thing.connect(stage, "retain", { clientId: "sensor" });
  const publish = (topic: string, text: string, retain = true) =>
    sensor.client.publishAsync(`app/retain/${topic}`, text, { qos: 1, retain });
  await publish("a", "1");
  await publish("a", "2");
  await publish("a", "not retained", false);
  await publish("b", "3");
  await publish("c", "4");
  await publish("c", "");
  const board = await Thing.connect(stage, "retain", { clientId: "board" });
  await board.client.subscribeAsync("app/retain/#", { qos: 1 });
  expect(
    [await board.hears(), await board.hears()].map(({ topic, text, packet }) => [
      topic,
      text,
      packet.retain,
    ]),
  ).toEqual([
    ["app/retain/a", "2", true],
    ["app/retain/b", "3", true],
  ]);
  await board.client.subscribeAsync("app/retain/b", { qos: 0, rap: true });
  expect(await board.hears()).toMatchObject({ text: "3", packet: { retain: true, qos: 0 } });
  await board.client.subscribeAsync("app/retain/a", { qos: 2 });
  expect(await board.hears()).toMatchObject({ text: "2", packet: { retain: true, qos: 1 } });
  await board.client.unsubscribeAsync("app/retain/a");
  // To whoever is there, a message is not retained, unless the subscription wants to know how it was published.
  await publish("a", "5");
  expect(await board.hears()).toMatchObject({ text: "5", packet: { retain: false } });
  await publish("b", "6");
  expect(await board.hears()).toMatchObject({ text: "6", packet: { retain: true } });
  expect(await board.leftovers()).toEqual([]);
  await Promise.all([sensor.leaves(), board.leaves()]);
});

test("of a shared subscription each message goes to one", async () => {
  const workers = await Promise.all(
    ["w1", "w2", "w3"].map((clientId) => Thing.connect(stage, "shared", { clientId })),
  );
  for (const worker of workers)
    await worker.client.subscribeAsync("$share/team/app/shared/jobs", { qos: 1 });
  const boss = await Thing.connect(stage, "shared", { clientId: "boss" });
  const jobs = Array.from({ length: 30 }, (_, index) => `job ${index}`);
  for (const job of jobs) await boss.client.publishAsync("app/shared/jobs", job, { qos: 1 });
  const taken = await Promise.all(
    workers.map(async (worker) => (await worker.leftovers()).map(({ text }) => text)),
  );
  expect(taken.flat().sort()).toEqual(jobs.toSorted());
  for (const own of taken) expect(own).toHaveLength(10);
  // One who goes does not get any more, and the others do.
  await workers[0]?.leaves();
  for (const job of jobs) await boss.client.publishAsync("app/shared/jobs", job, { qos: 1 });
  const later = await Promise.all(
    workers.slice(1).map(async (worker) => (await worker.leftovers()).length),
  );
  expect(later.reduce((sum, count) => sum + count, 0)).toBe(20 + jobs.length);
  await Promise.all([boss, ...workers.slice(1)].map((each) => each.leaves()));
});

test("a client may do without its own messages", async () => {
  const { thing } = await RawThing.connect(stage, "own");
  const subscribe = (nl: boolean) => {
    thing.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "app/own/#", qos: 0, nl, rap: false, rh: 2 }],
    });
    return thing.next("suback");
  };
  const publish = async () => {
    thing.send({
      cmd: "publish",
      topic: "app/own/x",
      payload: "x",
      qos: 1,
      messageId: 1,
      dup: false,
      retain: false,
    });
    await thing.next("puback");
    return (await thing.flush()).length;
  };
  await subscribe(false);
  expect(await publish()).toBe(1);
  await subscribe(true);
  expect(await publish()).toBe(0);
  thing.destroy();
});

test("topic aliases in both directions", async () => {
  const sender = await RawThing.connect(stage, "alias");
  expect(sender.connack.properties?.topicAliasMaximum).toBe(64);
  const reader = await RawThing.connect(stage, "alias", {
    clientId: "reader",
    properties: { topicAliasMaximum: 1 },
  });
  reader.thing.send({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [{ topic: "app/alias/#", qos: 0 }],
  });
  await reader.thing.next("suback");
  const publish = (topic: string, topicAlias?: number) =>
    sender.thing.send({
      cmd: "publish",
      topic,
      payload: "x",
      qos: 0,
      dup: false,
      retain: false,
      ...(topicAlias === undefined ? {} : { properties: { topicAlias } }),
    });
  publish("app/alias/first", 1);
  publish("", 1);
  publish("app/alias/second", 1);
  publish("", 1);
  const heard = [];
  while (heard.length < 4) heard.push(await reader.thing.next("publish"));
  expect(heard.map(({ topic, properties }) => [topic, properties?.topicAlias])).toEqual([
    ["app/alias/first", 1],
    ["", 1],
    ["app/alias/second", undefined],
    ["app/alias/second", undefined],
  ]);
  publish("", 9);
  expect(await sender.thing.next("disconnect")).toMatchObject({ reasonCode: 0x82 });
  reader.thing.destroy();
});

test("an alias is no name before the client has had its topic: a packet too large for it does not count", async () => {
  const sender = await Thing.connect(stage, "large", { clientId: "sender" });
  const { thing } = await RawThing.connect(stage, "large", {
    clientId: "reader",
    properties: { topicAliasMaximum: 1, maximumPacketSize: 200 },
  });
  thing.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "app/large/x", qos: 1 }] });
  await thing.next("suback");
  await sender.client.publishAsync("app/large/x", "x".repeat(300), { qos: 1 });
  await sender.client.publishAsync("app/large/x", "small", { qos: 1 });
  const heard = await thing.next("publish");
  expect([heard.topic, heard.payload.toString()]).toEqual(["app/large/x", "small"]);
  thing.destroy();
  await sender.leaves();
});

test("a will is published when a client is lost, not when it leaves, and after its delay", async () => {
  const board = await Thing.connect(stage, "will", { clientId: "board", keepalive: 0 });
  await board.client.subscribeAsync("app/will/#", { qos: 1, rap: true });
  const will = (willDelayInterval: number) => ({
    topic: "app/will/status",
    payload: "lost",
    qos: 1 as const,
    retain: true,
    properties: { willDelayInterval },
  });
  const clientId = "machine";
  const polite = await RawThing.connect(stage, "will", { clientId, will: will(0) });
  polite.thing.send({ cmd: "disconnect", reasonCode: 0 });
  await polite.thing.gone();
  const asks = await RawThing.connect(stage, "will", { clientId, will: will(0) });
  asks.thing.send({ cmd: "disconnect", reasonCode: 4 });
  expect(await board.hears()).toMatchObject({ text: "lost", packet: { retain: true } });
  // Any reason but that all is well means that it is lost.
  const troubled = await RawThing.connect(stage, "will", { clientId, will: will(0) });
  troubled.thing.send({ cmd: "disconnect", reasonCode: 0x80 });
  expect((await board.hears()).text).toBe("lost");
  const lost = await RawThing.connect(stage, "will", { clientId, will: will(0) });
  lost.thing.destroy();
  expect((await board.hears()).text).toBe("lost");
  const kept = {
    clientId,
    clean: false,
    properties: { sessionExpiryInterval: 3_600 },
    will: will(60),
  };
  const delayed = await RawThing.connect(stage, "will", kept);
  await lose(delayed.thing);
  clock.pass(30_000);
  const back = await RawThing.connect(stage, "will", kept);
  clock.pass(31_000);
  await back.thing.flush();
  expect(await board.leftovers()).toEqual([]);
  await lose(back.thing);
  clock.pass(61_000);
  expect((await board.hears()).text).toBe("lost");
  // A protocol error is no farewell.
  const broken = await RawThing.connect(stage, "will", { clientId, will: will(0) });
  broken.thing.write(Buffer.from("d000", "hex"));
  expect((await board.hears()).text).toBe("lost");
  await board.leaves();
});

test("a will in a conversation, and one that says that its user is gone", async () => {
  const alice = await stage.actor("gone-a");
  const conversation = alice.with("gone-b");
  const { thing } = await RawThing.connect(stage, "gone-b", {
    will: { topic: `g/c/${conversation}`, payload: "I am cut off", qos: 1, retain: false },
  });
  thing.destroy();
  expect(await alice.reads("I am cut off")).toMatchObject({ sender: "gone-b" });
  await alice.call("watch", { users: ["gone-b"] });
  const second = await RawThing.connect(stage, "gone-b", {
    will: { topic: "g/u/gone-b/presence", payload: "offline", qos: 1, retain: true },
  });
  expect((await alice.hears("presence")).presence.status).toBe("online");
  second.thing.destroy();
  await stage.metricReaches("godwit_sessions", (count) => count <= 20);
  clock.pass(20_000);
  await alice.connect();
  const { presences } = await alice.call("watch", { users: ["gone-b"] });
  expect(presences[0]?.status).toBe("offline");
  const refused = await RawThing.connect(stage, "gone-b", {
    will: { topic: "somewhere/else", payload: "x", qos: 0, retain: false },
  });
  expect(refused.connack.reasonCode).toBe(0x90);
});

test("a message whose time is over while it waits for the client does not come", async () => {
  const alice = await stage.actor("late-a");
  const topic = `g/c/${alice.with("late-b")}`;
  const { thing } = await RawThing.connect(stage, "late-b", {
    properties: { receiveMaximum: 1 },
  });
  thing.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 1, rh: 2 }] });
  await thing.next("suback");
  await alice.says(alice.with("late-b"), "first");
  const first = await thing.next("publish");
  const expiresAt = clock.now() + 5_000;
  await alice.says(alice.with("late-b"), "too late", { expiresAt });
  await alice.says(alice.with("late-b"), "in time");
  expect(await thing.flush()).toEqual([]);
  clock.pass(6_000);
  thing.send({ cmd: "puback", messageId: first.messageId as number });
  expect((await thing.next("publish")).payload.toString()).toBe("in time");
  thing.destroy();
});
