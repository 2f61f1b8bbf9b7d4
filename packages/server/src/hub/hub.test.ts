import { describe, expect, test } from "bun:test";
import { Broadcast } from "./outgoing.ts";
import fc from "fast-check";
import { Hub } from "./hub.ts";
import type { Receiver } from "./receiver.ts";

function receiver(user: string, device: string): Receiver {
  const nothing = () => undefined;
  const taken = () => true;
  return { user, device, shown: "online", deliver: nothing, notify: nothing, ephemeral: taken };
}

describe("Hub", () => {
  test("finds exactly the receivers that are there, by user and by topic, and keeps nothing of those that left", () => {
    const pool = ["ann", "ann", "ann", "bob", "bob", "eve"].map((user, index) =>
      receiver(user, `device-${index}`),
    );
    const step = fc.record({
      action: fc.constantFrom("add", "remove", "subscribe", "unsubscribe"),
      who: fc.nat(pool.length - 1),
      topic: fc.constantFrom("g1", "g2"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const hub = new Hub();
        const present = new Map<Receiver, Set<string>>();
        for (const { action, who, topic } of steps) {
          const each = pool[who] as Receiver;
          const topics = present.get(each);
          if (action === "add" && topics === undefined) {
            hub.add(each);
            present.set(each, new Set());
          } else if (action === "remove") {
            hub.remove(each);
            present.delete(each);
          } else if (topics !== undefined && action === "subscribe") {
            hub.subscribe(each, topic);
            topics.add(topic);
          } else if (topics !== undefined && action === "unsubscribe") {
            hub.unsubscribe(each, topic);
            topics.delete(topic);
          }
          expect(new Set(hub.all())).toEqual(new Set(present.keys()));
          expect(hub.receivers).toBe(present.size);
          const users = new Set([...present.keys()].map(({ user }) => user));
          expect(hub.users).toBe(users.size);
          for (const user of ["ann", "bob", "eve"]) {
            expect(hub.has(user)).toBe(users.has(user));
            expect(new Set(hub.of(user))).toEqual(
              new Set([...present.keys()].filter((one) => one.user === user)),
            );
          }
          for (const name of ["g1", "g2"]) {
            const subscribed = [...present].filter(([, own]) => own.has(name)).map(([one]) => one);
            // A topic without subscribers is forgotten.
            expect(hub.topic(name)).toEqual(
              subscribed.length === 0 ? undefined : new Set(subscribed),
            );
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test("a look-up that is out of date brings no receiver back to a topic that it has left", () => {
    const hub = new Hub();
    const ann = receiver("ann", "phone");
    hub.add(ann);
    const topics = hub.lookUp(ann);
    hub.unsubscribe(ann, "left");
    hub.unsubscribe(ann, "left and back");
    hub.subscribe(ann, "left and back");
    for (const topic of ["left", "left and back", "there"]) topics.subscribe(topic);
    topics.end();
    expect(hub.topic("left")).toBeUndefined();
    expect(hub.topic("left and back")).toEqual(new Set([ann]));
    expect(hub.topic("there")).toEqual(new Set([ann]));
  });

  test("a receiver that leaves while events are handed out makes nobody else miss them", () => {
    const hub = new Hub();
    const reached: string[] = [];
    const [first, third] = [receiver("ann", "first"), receiver("ann", "third")];
    // A write can end the session of another: the reader is too slow, its session is one too many without a connection, the oldest goes.
    const second: Receiver = { ...receiver("ann", "second"), notify: () => hub.remove(first) };
    for (const each of [first, second, third]) hub.add(each);
    for (const each of hub.of("ann")) {
      reached.push(each.device);
      each.notify(new Broadcast({ type: "draining", reconnectAfterMs: 0 }));
    }
    expect(reached).toEqual(["first", "second", "third"]);
    expect(hub.of("ann")).toEqual([second, third]);
  });
});
