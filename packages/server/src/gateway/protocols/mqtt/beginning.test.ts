import { expect, test } from "bun:test";
import { Beginning } from "./beginning.ts";
import type { Link } from "./link.ts";
import { MqttSession } from "./session.ts";
import { Subscriptions } from "./subscriptions.ts";
import { readFilter, type Filter } from "./topics.ts";

function world() {
  const session = new MqttSession("bob", "phone");
  const read: string[] = [];
  const rooms: (() => void)[] = [];
  const said: string[] = [];
  const link = {
    over: false,
    session,
    shared: { namespaces: { owns: () => false } },
    command(_type: string, { conversation }: { conversation: string }) {
      read.push(conversation);
      const content = { topic: "app/bob/door", text: conversation };
      return Promise.resolve({ messages: [{ conversation, kind: "custom", content }] });
    },
    delivery: {
      room: () => new Promise<void>((resolve) => rooms.push(resolve)),
      extra: (_passing: unknown, { as }: { as: { topic: string } }) => said.push(as.topic),
    },
  };
  const granted = (conversation: string) => {
    const limits = { topicBytesMax: 100, topicLevelsMax: 10 };
    const filter = readFilter(`g/c/${conversation}`, limits) as Filter;
    const options = { qos: 1, noLocal: false, retainAsPublished: false } as const;
    const one = Subscriptions.of(filter, options, 0);
    session.subscriptions = session.subscriptions.with(one);
    const wanted = { of: "conversation", conversation, messages: true } as const;
    return one.all().map((subscribed) => ({ subscribed, wanted, retained: true }));
  };
  return { session, link, read, rooms, said, granted };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("what subscriptions begin with is read one after the other, and for each filter once, while the client takes none of it", async () => {
  const { session, link, read, rooms, said, granted } = world();
  const beginning = new Beginning(link as unknown as Link);
  const first = beginning.add(granted("d:a:bob"));
  for (let times = 0; times < 100; times++) await beginning.add(granted("d:b:bob"));
  await beginning.add(granted("d:c:bob"));
  await beginning.add(granted("d:d:bob"));
  session.subscriptions = session.subscriptions.without("g/c/d:c:bob");
  await settled();
  expect(read).toEqual(["d:a:bob"]);
  for (let times = 0; times < 3; times++) {
    rooms.shift()?.();
    await settled();
  }
  await first;
  expect(read).toEqual(["d:a:bob", "d:b:bob", "d:d:bob"]);
  // Whatever the message says that its topic is.
  expect(said).toEqual(["g/c/d:a:bob", "g/c/d:b:bob", "g/c/d:d:bob"]);
});

test("a subscription that has ended meanwhile begins with nothing more", async () => {
  const { session, link, rooms, said, granted } = world();
  const first = new Beginning(link as unknown as Link).add(granted("d:a:bob"));
  await settled();
  session.subscriptions = Subscriptions.none;
  rooms.shift()?.();
  await first;
  expect(said).toEqual([]);
});

test("a connection that has ended begins with nothing more", async () => {
  const { link, read, rooms, granted } = world();
  const beginning = new Beginning(link as unknown as Link);
  const first = beginning.add(granted("d:a:bob"));
  await beginning.add(granted("d:b:bob"));
  await settled();
  link.over = true;
  rooms.shift()?.();
  await first;
  expect(read).toEqual(["d:a:bob"]);
});
