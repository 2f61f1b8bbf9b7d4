import { expect, test } from "bun:test";
import { MessageEvent } from "../../../fanout/message.ts";
import { Delivery } from "./delivery.ts";
import type { Namespaces } from "./namespaces.ts";
import { Renderer } from "./renderer.ts";
import { MqttSession } from "./session.ts";
import { Shares } from "./shares.ts";
import { Subscriptions } from "./subscriptions.ts";
import { readFilter, type Filter } from "./topics.ts";

const inbox = readFilter("g/me", { topicBytesMax: 100, topicLevelsMax: 10 }) as Filter;

test("a message that waits for the socket is not handled: after a crash it would be lost", async () => {
  const session = new MqttSession("bob", "phone");
  const options = { qos: 1, noLocal: false, retainAsPublished: false } as const;
  session.subscriptions = Subscriptions.of(inbox, options, 0);
  const link = {
    full: true,
    over: false,
    session,
    shared: {
      shares: new Shares(),
      namespaces: {} as Namespaces,
      renderer: new Renderer(() => 0),
    },
    terms: { version: 4, receiveMax: 10, packetBytesMax: 1_000, topicAliasMax: 0 },
    sent: 0,
    send() {
      this.sent++;
    },
    drainedSocket: () => new Promise<void>(() => undefined),
  };
  const delivery = new Delivery(link as never, 0);
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
  delivery.event(new MessageEvent(message as never));
  expect([link.sent, session.lastId]).toEqual([0, 0]);
  link.full = false;
  delivery.wake();
  expect([link.sent, session.lastId]).toEqual([1, 6]);
  delivery.acknowledged(session.underWay.all()[0] as never);
  expect(session.lastId).toBe(7);
});
