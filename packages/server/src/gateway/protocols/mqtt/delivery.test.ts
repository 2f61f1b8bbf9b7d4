import { expect, test } from "bun:test";
import { parser, type IPublishPacket, type Packet } from "mqtt-packet";
import { MessageEvent } from "../../../fanout/message.ts";
import { Delivery } from "./delivery.ts";
import type { Namespaces } from "./namespaces.ts";
import { PassingEvent, passingOf } from "./passing.ts";
import { Renderer } from "./renderer.ts";
import type { Route } from "./route.ts";
import { MqttSession } from "./session.ts";
import { Shares } from "./shares.ts";
import { Subscriptions } from "./subscriptions.ts";
import { readFilter, type Filter } from "./topics.ts";
import type { Qos } from "./wire/packets.ts";

const inbox = readFilter("g/me", { topicBytesMax: 100, topicLevelsMax: 10 }) as Filter;

const message = {
  conversation: "d:alice:bob",
  seq: 1,
  id: 7,
  sender: "alice",
  device: "phone",
  clientId: "3b241101-e2bb-4255-8caf-4136c566a962",
  clientSeq: 1,
  time: 1_000,
  kind: "text",
  content: '{"text":"hello"}',
};

/** What a delivery needs of what all connections share. */
function sharedParts() {
  return {
    shares: new Shares(),
    namespaces: {} as Namespaces,
    renderer: new Renderer(() => 0),
  };
}

/** A session with a subscription to its inbox. */
function subscribed(): MqttSession {
  const session = new MqttSession("bob", "phone");
  const options = { qos: 1, noLocal: false, retainAsPublished: false } as const;
  session.subscriptions = Subscriptions.of(inbox, options, 0);
  return session;
}

function wayAt(qos: Qos): Route {
  const match = { qos, noLocal: false, retainAsPublished: false, subscriptionIds: undefined };
  return { topic: "app/bob/lamp", form: "message", match, qosMax: 2, retained: false };
}

const usual = { version: 5, receiveMax: 10, packetBytesMax: 100_000, topicAliasMax: 0 };

test("a message that waits for the socket is not handled: after a crash it would be lost", async () => {
  const session = subscribed();
  const link = {
    full: true,
    over: false,
    session,
    shared: sharedParts(),
    terms: { version: 4, receiveMax: 10, packetBytesMax: 1_000, topicAliasMax: 0 },
    sent: 0,
    send() {
      this.sent++;
    },
    drainedSocket: () => new Promise<void>(() => undefined),
  };
  const delivery = new Delivery(link as never, 0);
  delivery.event(new MessageEvent(message as never));
  expect([link.sent, session.lastId]).toEqual([0, 0]);
  link.full = false;
  delivery.wake();
  expect([link.sent, session.lastId]).toEqual([1, 6]);
  delivery.acknowledged(session.underWay.all()[0] as never);
  expect(session.lastId).toBe(7);
});

test("what is sent at QoS 0 past packets that wait to be durable goes by no alias that is told with one of them", async () => {
  const session = new MqttSession("bob", "phone");
  session.expiryS = 60;
  const write = Promise.withResolvers<void>();
  const sent: Buffer[] = [];
  const link = {
    full: false,
    over: false,
    session,
    shared: { renderer: new Renderer(() => 0), registry: { save: () => write.promise } },
    terms: { version: 5, receiveMax: 10, packetBytesMax: 1_000, topicAliasMax: 5 },
    send: (packet: Buffer) => sent.push(packet),
  };
  const delivery = new Delivery(link as never, 0);
  const as = wayAt(2);
  const { topic } = as;
  const tell = (qosMax: Qos) =>
    delivery.extra(new PassingEvent(new MessageEvent(message as never)), {
      as: { ...as, qosMax },
    });
  const brief = () =>
    sent.splice(0).map((packet) => {
      const read = parsed(packet);
      return [read.qos, read.topic, read.properties?.topicAlias];
    });
  tell(2);
  tell(0);
  tell(2);
  expect(brief()).toEqual([[0, topic, undefined]]);
  write.resolve();
  while (sent.length < 2) await Promise.resolve();
  tell(0);
  expect(brief()).toEqual([
    [2, topic, 1],
    [2, "", 1],
    [0, "", 1],
  ]);
});

test("events that do not come again are read, in their turn before what does", async () => {
  const session = subscribed();
  const sent: Buffer[] = [];
  const link = {
    full: false,
    over: false,
    session,
    shared: {
      ...sharedParts(),
      registry: { received: () => undefined },
    },
    terms: { ...usual },
    send: (packet: Buffer) => sent.push(packet),
  };
  const event = (seq: number) => new MessageEvent({ ...message, seq, id: seq } as never);
  const seqs = () =>
    sent.splice(0).map((packet) => {
      const { payload, dup } = parsed(packet);
      return [(JSON.parse(payload.toString()) as { seq: number }).seq, dup];
    });
  const before = new Delivery(link as never, 0);
  for (const seq of [1, 2, 3]) before.event(event(seq));
  expect(seqs()).toEqual([
    [1, false],
    [2, false],
    [3, false],
  ]);
  link.terms.receiveMax = 1;
  const delivery = new Delivery(link as never, 0);
  delivery.begin();
  expect(delivery.hasUnread).toBe(false);
  delivery.skipTo(2);
  delivery.event(event(3));
  delivery.event(event(4));
  expect(seqs()).toEqual([]);
  const acknowledge = () => {
    const [first] = session.underWay.all();
    if (first === undefined) throw new Error("Nothing is under way.");
    delivery.received(first);
    delivery.acknowledged(first);
  };
  const first = await delivery.unread();
  delivery.again(first as never, new PassingEvent(event(1)));
  expect(seqs()).toEqual([[1, true]]);
  acknowledge();
  // Of the second one nothing is left to be read.
  delivery.again((await delivery.unread()) as never, undefined);
  expect(await delivery.unread()).toBeUndefined();
  expect(seqs()).toEqual([[3, true]]);
  acknowledge();
  expect(seqs()).toEqual([[4, false]]);
});

test("a message that was missed waits for the socket, although nothing is under way", async () => {
  const session = new MqttSession("bob", "phone");
  const socket = Promise.withResolvers<void>();
  const link = {
    full: true,
    over: false,
    session,
    shared: { renderer: new Renderer(() => 0) },
    terms: { ...usual },
    sent: 0,
    send() {
      this.sent++;
    },
    drainedSocket: () => socket.promise,
  };
  const delivery = new Delivery(link as never, 0);
  delivery.hold();
  const missed = delivery.missed(new PassingEvent(new MessageEvent(message as never)), wayAt(0));
  link.full = false;
  socket.resolve();
  await missed;
  expect(link.sent).toBe(1);
});

test("a client's own messages go in their order past the events that are held back", () => {
  const session = subscribed();
  const sent: Buffer[] = [];
  const link = {
    full: false,
    over: false,
    session,
    shared: sharedParts(),
    terms: { ...usual, receiveMax: 1 },
    send: (packet: Buffer) => sent.push(packet),
  };
  const delivery = new Delivery(link as never, 0);
  const says = (text: string) =>
    delivery.extra(passingOf({ ...message, content: { text } } as never), { as: wayAt(1) });
  const acknowledge = () => delivery.acknowledged(session.underWay.all()[0] as never);
  const texts = () => sent.map((packet) => parsed(packet).payload.toString());
  delivery.hold();
  delivery.event(new MessageEvent(message as never));
  says("first");
  says("second");
  says("third");
  acknowledge();
  says("fourth");
  acknowledge();
  expect(texts()).toEqual(["first", "second", "third"]);
  delivery.release();
  for (let count = 0; count < 2; count++) acknowledge();
  const [event, ...others] = texts().slice(3);
  expect([JSON.parse(event as string), ...others]).toMatchObject([{ seq: 1 }, "fourth"]);
});

test("a fault in what goes on when the socket takes more ends the connection, and nothing else", async () => {
  const session = subscribed();
  const socket = Promise.withResolvers<void>();
  const fault = new TypeError("of the test");
  const closed = Promise.withResolvers<string>();
  const logged: unknown[] = [];
  const link = {
    full: true,
    over: false,
    session,
    shared: {
      shares: new Shares(),
      renderer: Object.assign(new Renderer(() => 0), {
        body: () => {
          throw fault;
        },
      }),
      log: { error: (fields: unknown) => logged.push(fields) },
    },
    terms: { ...usual },
    drainedSocket: () => socket.promise,
    close: closed.resolve,
  };
  new Delivery(link as never, 0).event(new MessageEvent(message as never));
  link.full = false;
  socket.resolve();
  expect(await closed.promise).toBe("internal");
  expect(logged).toEqual([{ error: fault }]);
});

test("a client that does not acknowledge its own messages is cut off before too many wait for it", () => {
  const session = new MqttSession("bob", "phone");
  const closes: string[] = [];
  const link = {
    full: false,
    over: false,
    session,
    shared: { renderer: new Renderer(() => 0) },
    terms: { ...usual, receiveMax: 1 },
    send: () => undefined,
    close: (name: string) => closes.push(name),
  };
  const delivery = new Delivery(link as never, 0);
  const as = wayAt(1);
  const own = passingOf({ ...message, content: { text: "x".repeat(64_000) } } as never);
  for (let count = 0; count < 60; count++) delivery.extra(own, { as });
  expect(closes).toEqual([]);
  const acknowledge = () => delivery.acknowledged(session.underWay.all()[0] as never);
  for (let count = 0; count < 60; count++) acknowledge();
  for (let count = 0; count < 60; count++) delivery.extra(own, { as });
  expect(closes).toEqual([]);
  for (let count = 0; count < 10; count++) delivery.extra(own, { as });
  expect(closes[0]).toBe("slow_reader");
});

/** As an independent decoder reads it. */
function parsed(packet: Buffer): IPublishPacket {
  const reader = parser({ protocolVersion: 5 });
  let read: Packet | undefined;
  reader.on("packet", (each) => (read = each));
  reader.parse(packet);
  if (read?.cmd !== "publish") throw new Error("That is no PUBLISH.");
  return read;
}
