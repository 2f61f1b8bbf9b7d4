/** Phones on MQTT and a native client in the same conversations. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Stage } from "../stage.ts";
import { token } from "../stage.ts";
import { RawThing, setMqttStage, Thing } from "./kit.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setMqttStage();
});
afterAll(() => stage.close());

/** Facts that MQTT 5.0 clients get beside the payload. */
function facts({ packet }: { readonly packet: { readonly properties?: unknown } }) {
  return (packet.properties as { userProperties: Record<string, string> }).userProperties;
}

describe.each([4, 5] as const)("MQTT level %i", (protocolVersion) => {
  for (const qos of [0, 1, 2] as const)
    test(`alice on WebSocket and bob on MQTT talk at QoS ${qos}`, async () => {
      const [a, b] = [`alice${protocolVersion}${qos}`, `bob${protocolVersion}${qos}`];
      const alice = await stage.actor(a);
      const bob = await Thing.connect(stage, b, { protocolVersion });
      const conversation = alice.with(b);
      await bob.client.subscribeAsync(`g/c/${conversation}`, { qos });
      const { seq } = await alice.says(conversation, "hello bob");
      const heard = await bob.hears();
      expect(heard).toMatchObject({ topic: `g/c/${conversation}`, text: "hello bob" });
      expect(heard.packet).toMatchObject({ qos, retain: false });
      if (protocolVersion === 5)
        expect(facts(heard)).toMatchObject({ sender: a, seq: String(seq) });
      await bob.client.publishAsync(`g/u/${a}`, "hello alice", { qos });
      expect(await alice.reads("hello alice")).toMatchObject({
        sender: b,
        seq: 2,
        device: `${b}-thing`,
      });
      // MQTT gives a publisher its own messages, if it has subscribed to them.
      expect((await bob.hears()).text).toBe("hello alice");
      await bob.leaves();
    });
});

test("many messages arrive once each and in the order in which they were sent", async () => {
  const [alice, bob] = [await stage.actor("order-a"), await Thing.connect(stage, "order-b")];
  const conversation = alice.with("order-b");
  await bob.client.subscribeAsync(`g/c/${conversation}`, { qos: 2, nl: true });
  const texts = Array.from({ length: 300 }, (_, index) => `message ${index}`);
  const sent = texts.map((text) => alice.says(conversation, text));
  expect(await bob.hearsTexts(texts.length)).toEqual(texts);
  await Promise.all(sent);
  const published = texts.map((text) =>
    bob.client.publishAsync(`g/c/${conversation}`, text, { qos: 2 }),
  );
  for (const text of texts) await alice.reads(text);
  await Promise.all(published);
  expect(await bob.leftovers()).toEqual([]);
  await bob.leaves();
});

test("an acknowledgement moves the delivered cursor, and receipts are told", async () => {
  const [alice, bob] = [await stage.actor("cursor-a"), await Thing.connect(stage, "cursor-b")];
  const conversation = alice.with("cursor-b");
  await bob.client.subscribeAsync({
    [`g/c/${conversation}`]: { qos: 1 },
    [`g/c/${conversation}/receipts`]: { qos: 0 },
  });
  const { seq } = await alice.says(conversation, "did you get it?");
  await bob.hears();
  const delivered = await alice.hears("receipt", ({ user }) => user === "cursor-b");
  expect(delivered).toMatchObject({ delivered: seq, read: 0 });
  await bob.client.publishAsync(`g/c/${conversation}/receipts`, `{"read": ${seq}}`, { qos: 1 });
  expect(await alice.hears("receipt", ({ read }) => read === seq)).toMatchObject({
    user: "cursor-b",
  });
  const reply = await bob.client.publishAsync(`g/c/${conversation}`, "yes", { qos: 1 });
  expect(reply).toBeDefined();
  await alice.call("read", { conversation, seq: 2 });
  const receipt = await bob.hears(({ topic }) => topic.endsWith("/receipts"));
  expect(JSON.parse(receipt.text)).toMatchObject({ user: "cursor-a", read: 2 });
  await bob.leaves();
});

test("what is retained comes as the conversation's, whatever topic its sender writes into it", async () => {
  const alice = await stage.actor("guise-a");
  const conversation = alice.with("guise-b");
  const bob = await Thing.connect(stage, "guise-b");
  for (const claimed of ["app/guise-b/door", "g/#"]) {
    await alice.says(conversation, "", {
      kind: "custom",
      content: { topic: claimed, text: "open" },
    });
    for (const filter of [`g/c/${conversation}`, "g/c/+"]) {
      await bob.client.subscribeAsync(filter, { qos: 1 });
      expect(await bob.hears()).toMatchObject({
        topic: `g/c/${conversation}`,
        packet: { retain: true },
      });
      await bob.client.unsubscribeAsync(filter);
    }
  }
  await bob.leaves();
});

test("a client that comes to a conversation gets its newest message as the retained one", async () => {
  const [alice, bob] = [await stage.actor("last-a"), await Thing.connect(stage, "last-b")];
  const conversation = alice.with("last-b");
  await alice.says(conversation, "older");
  await alice.says(conversation, "newest");
  await bob.client.subscribeAsync(`g/c/${conversation}`, { qos: 1 });
  expect(await bob.hears()).toMatchObject({ text: "newest", packet: { retain: true, qos: 1 } });
  await bob.client.subscribeAsync(`g/c/${conversation}`, { qos: 1, rh: 1 });
  await bob.client.subscribeAsync(`g/c/${conversation}`, { qos: 1, rh: 2 });
  expect(await bob.leftovers()).toEqual([]);
  await bob.client.subscribeAsync("g/c/+", { qos: 0 });
  expect(await bob.hears()).toMatchObject({ text: "newest", packet: { retain: true, qos: 0 } });
  await bob.leaves();
});

test("wildcards, the inbox and what is addressed to a user", async () => {
  const [alice, bob] = await stage.cast("wild-a", "wild-b");
  const group = await alice.founds([bob]);
  const thing = await Thing.connect(stage, "wild-b");
  await thing.client.subscribeAsync("g/c/+", { qos: 1, rh: 2 });
  await alice.says(group.id, "to the group");
  expect(await thing.hears()).toMatchObject({ topic: `g/c/${group.id}`, text: "to the group" });
  await thing.client.unsubscribeAsync("g/c/+");
  await thing.client.subscribeAsync("g/u/wild-b", { qos: 1 });
  await alice.says(group.id, "not for the topic of a user");
  await alice.says(alice.with(bob), "for you");
  expect(await thing.hears()).toMatchObject({ topic: "g/u/wild-b", text: "for you" });
  await thing.client.subscribeAsync("g/me", { qos: 1 });
  await alice.says(group.id, "in the inbox");
  const heard = await thing.hears();
  expect(heard.topic).toBe("g/me");
  expect(JSON.parse(heard.text)).toMatchObject({
    conversation: group.id,
    sender: "wild-a",
    kind: "text",
    content: { text: "in the inbox" },
  });
  await alice.says(alice.with(bob), "once");
  expect(await thing.hears()).toMatchObject({ topic: "g/u/wild-b" });
  expect(await thing.leftovers()).toEqual([]);
  await thing.leaves();
});

test("other kinds of content are JSON in both directions, and bytes are bytes", async () => {
  const [alice, bob] = [await stage.actor("kind-a"), await Thing.connect(stage, "kind-b")];
  const conversation = alice.with("kind-b");
  await bob.client.subscribeAsync(`g/c/${conversation}`, { qos: 1 });
  const location = { kind: "location", content: { lat: 52.5, lon: 13.4 } } as const;
  await alice.call("send", { ...alice.draft(conversation, ""), ...location });
  expect(JSON.parse((await bob.hears()).text)).toEqual(location);
  const image = { kind: "image", content: { url: "/files/1.png" } };
  await bob.client.publishAsync(`g/c/${conversation}`, JSON.stringify(image), { qos: 1 });
  expect((await alice.hears("message")).message).toMatchObject(image);
  await bob.hears();
  const bytes = Buffer.from([0, 255, 1, 254]);
  await bob.client.publishAsync(`g/c/${conversation}`, bytes, { qos: 1 });
  expect((await bob.hears()).packet.payload).toEqual(bytes);
  expect((await alice.hears("message")).message).toMatchObject({
    kind: "custom",
    content: { base64: "AP8B/g==" },
  });
  await bob.leaves();
});

test("properties of MQTT 5.0 travel with the message", async () => {
  const [bob, eve] = [await Thing.connect(stage, "props-b"), await Thing.connect(stage, "props-e")];
  await eve.client.subscribeAsync("g/u/props-e", {
    qos: 1,
    properties: { subscriptionIdentifier: 7 },
  } as never);
  const properties = {
    contentType: "text/markdown",
    responseTopic: "g/u/props-b",
    correlationData: Buffer.from([1, 2, 3]),
    messageExpiryInterval: 60,
    userProperties: { a: ["1", "2"], b: "3" },
  };
  await bob.client.publishAsync("g/u/props-e", "**hello**", { qos: 1, properties });
  const heard = await eve.hears();
  expect(heard.packet.properties).toMatchObject({
    contentType: "text/markdown",
    responseTopic: "g/u/props-b",
    correlationData: Buffer.from([1, 2, 3]),
    userProperties: { a: ["1", "2"], b: "3", sender: "props-b" },
    subscriptionIdentifier: 7,
  });
  expect(heard.packet.properties?.messageExpiryInterval).toBeWithin(1, 61);
  // The answer goes where the request said.
  await bob.client.subscribeAsync("g/u/props-b", { qos: 1 });
  await eve.client.publishAsync(heard.packet.properties?.responseTopic ?? "", "the answer", {
    qos: 1,
    properties: { correlationData: heard.packet.properties?.correlationData as Buffer },
  });
  expect(await bob.hears()).toMatchObject({
    text: "the answer",
    packet: { properties: { correlationData: Buffer.from([1, 2, 3]) } },
  });
  await Promise.all([bob.leaves(), eve.leaves()]);
});

test("presence is told, and an MQTT client's own is seen", async () => {
  const alice = await stage.actor("seen-a");
  const bob = await Thing.connect(stage, "seen-b");
  await bob.client.subscribeAsync("g/u/seen-a/presence");
  expect(await bob.hears()).toMatchObject({ text: "online", packet: { retain: true } });
  await alice.call("watch", { users: ["seen-b"] });
  await bob.client.publishAsync("g/u/seen-b/presence", "away", { qos: 1 });
  expect((await alice.hears("presence")).presence).toMatchObject({
    user: "seen-b",
    status: "away",
  });
  await alice.call("presence", { status: "invisible" });
  expect(await bob.hears()).toMatchObject({ topic: "g/u/seen-a/presence", text: "offline" });
  await bob.client.unsubscribeAsync("g/u/seen-a/presence");
  await bob.client.subscribeAsync("g/#");
  await alice.call("presence", { status: "online" });
  expect(await bob.leftovers()).toEqual([]);
  await bob.leaves();
});

test("what may not be read is not granted, and what may not be sent is refused", async () => {
  const [alice, bob] = await stage.cast("right-a", "right-b");
  const group = await alice.founds([bob]);
  const eve = await Thing.connect(stage, "right-e");
  const { thing } = await RawThing.connect(stage, "right-e2");
  const wanted = [
    `g/c/${group.id}`,
    "g/c/d:right-a:right-b",
    "g/u/right-a",
    "g/u/+/presence",
    "app/right-a/#",
    "elsewhere/#",
    "a/#/b",
  ];
  thing.send({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: wanted.map((topic) => ({ topic, qos: 1 as const })),
  });
  const { granted } = await thing.next("suback");
  expect((granted as number[]).map((code) => code >= 0x80)).toEqual(wanted.map(() => true));
  for (const topic of [
    `g/c/${group.id}`,
    "g/c/d:right-a:right-b",
    "g/u/nobody-here",
    "app/right-a/x",
    "g/me",
    "else",
  ]) {
    const refused = await eve.client.publishAsync(topic, "x", { qos: 1 }).then(
      () => "granted",
      (error: Error) => error.message,
    );
    expect(refused).toMatch(/Not authorized|Topic Name invalid/);
  }
  expect(await alice.leftovers()).toEqual([]);
  thing.destroy();
  await eve.leaves();
});

test("over WebSocket at /mqtt, with the subprotocol that MQTT names", async () => {
  const alice = await stage.actor("ws-a");
  const bob = await Thing.open(`${stage.url.replace("http", "ws")}/mqtt`, {
    username: "ws-b",
    password: await token("ws-b"),
    clientId: "browser",
    protocolVersion: 5,
  });
  await bob.client.subscribeAsync("g/u/ws-b", { qos: 1 });
  await alice.says(alice.with("ws-b"), "through the web");
  expect((await bob.hears()).text).toBe("through the web");
  await bob.leaves();
  const other = await fetch(`${stage.url}/mqtt`, {
    headers: { "sec-websocket-protocol": "chat", upgrade: "websocket", connection: "upgrade" },
  });
  expect(other.status).toBe(400);
  const page = await fetch(`${stage.url}/mqtt`, {
    headers: { origin: "https://elsewhere.example" },
  });
  expect(page.status).toBe(403);
});
