import { expect, test } from "bun:test";
import { gone } from "./commands.ts";
import type { Link } from "./link.ts";
import { MqttSession } from "./session.ts";
import { Subscribing } from "./subscribing.ts";
import { SubscriptionPool } from "./subscriptions.ts";

test("a client that is gone before all its filters are judged leaves the record of its session as it is", async () => {
  const session = new MqttSession("bob", "phone");
  session.expiryS = 60;
  const asked = Promise.withResolvers<never>();
  const done: string[] = [];
  const link = {
    over: false,
    session,
    shared: {
      config: { topicBytesMax: 100, topicLevelsMax: 10, subscriptionsMax: 10 },
      pool: new SubscriptionPool(),
      registry: { save: () => Promise.resolve(done.push("saved")) },
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
    ],
  });
  await Promise.resolve();
  link.over = true;
  asked.reject(gone());
  expect(await subscribed).toBeUndefined();
  expect(done).toEqual([]);
});
