import { expect, test } from "bun:test";
import { gone } from "./commands.ts";
import type { Link } from "./link.ts";
import { MqttSession } from "./session.ts";
import { Subscribing } from "./subscribing.ts";
import { Shares } from "./shares.ts";
import { SubscriptionPool, Subscriptions } from "./subscriptions.ts";
import { readFilter } from "./topics.ts";

test("a client that is gone before all its filters are judged leaves the record of its session as it is", async () => {
  const session = new MqttSession("bob", "phone");
  session.expiryS = 60;
  const asked = Promise.withResolvers<never>();
  const done: string[] = [];
  const shares = new Shares();
  const link = {
    over: false,
    session,
    shared: {
      config: { topicBytesMax: 100, topicLevelsMax: 10, subscriptionsMax: 10 },
      pool: new SubscriptionPool(),
      registry: { save: () => Promise.resolve(done.push("saved")) },
      shares,
    },
    terms: { version: 4 },
    command: () => asked.promise,
    send: () => done.push("answered"),
  };
  const options = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 2 } as const;
  const subscribed = new Subscribing(link as unknown as Link).subscribe({
    type: "subscribe",
    packetId: 1,
    subscriptionId: undefined,
    subscriptions: [
      { filter: "g/me", ...options },
      { filter: "g/c/d:alice:bob", ...options },
      { filter: "$share/workers/g/me", ...options },
    ],
  });
  await Promise.resolve();
  link.over = true;
  asked.reject(gone());
  expect(await subscribed).toEqual([]);
  expect(done).toEqual([]);
  // Nobody would take it out of those who share.
  expect(shares.size).toBe(0);
});

test("an UNSUBSCRIBE is answered, although the watch cannot be ended now; not if the client is gone meanwhile", async () => {
  const session = new MqttSession("bob", "phone");
  session.expiryS = 60;
  const options = { qos: 0, noLocal: false, retainAsPublished: false } as const;
  const done: string[] = [];
  const link = {
    over: false,
    session,
    shared: {
      registry: { save: () => Promise.resolve(done.push("saved")) },
      shares: new Shares(),
    },
    terms: { version: 5 },
    command: (type: string) => {
      done.push(type);
      return Promise.reject(gone());
    },
    send: () => done.push("answered"),
  };
  const filters = ["g/u/alice/presence", "g/u/carol/presence"];
  const unsubscribed = () => {
    for (const filter of filters) {
      const read = readFilter(filter, { topicBytesMax: 100, topicLevelsMax: 10 });
      if (typeof read === "string") throw new Error(read);
      session.subscriptions = session.subscriptions.with(Subscriptions.of(read, options, 0));
    }
    return new Subscribing(link as unknown as Link).unsubscribe({
      type: "unsubscribe",
      packetId: 1,
      filters,
    });
  };
  await unsubscribed();
  expect(done.splice(0)).toEqual(["unwatch", "saved", "answered"]);
  const late = unsubscribed();
  link.over = true;
  await late;
  expect(done).toEqual(["unwatch"]);
});
