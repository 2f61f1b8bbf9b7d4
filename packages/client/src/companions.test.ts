import { expect, test } from "bun:test";
import { conversation, failure, Harness, message, welcome } from "./testing/harness.ts";

const bob = "d:alice:bob";

test("delivered is told by itself, coalesced; own messages and repetitions are not", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  harness.client.on("message", () => {});
  for (let seq = 1; seq <= 5; seq++) link.event({ type: "message", message: message(seq) });
  link.event({ type: "message", message: message(6, { sender: "alice" }) });
  await harness.clock.advance(200);
  const delivered = link.take("delivered");
  expect(delivered).toMatchObject({ conversation: bob, seq: 5 });
  link.reply(delivered, { seq: 5 });
  await harness.clock.advance(1_000);
  expect(link.has("delivered")).toBe(false);
  await harness.client.close();
});

test("manual receipts are told when the application says so", async () => {
  const harness = new Harness({ receipts: "manual" });
  const link = await harness.welcome();
  harness.client.on("message", () => {});
  link.event({ type: "message", message: message(1) });
  await harness.clock.advance(1_000);
  expect(link.has("delivered")).toBe(false);
  harness.client.direct("bob").delivered();
  await harness.clock.advance(200);
  expect(link.take("delivered").seq).toBe(1);
  await harness.client.close();
});

test("read settles with the server's answer, across a lost connection", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  harness.client.on("message", () => {});
  for (let seq = 1; seq <= 3; seq++) link.event({ type: "message", message: message(seq) });
  const reading = harness.client.direct("bob").read();
  expect(link.take("read").seq).toBe(3);
  link.drop();
  await harness.clock.advance(500);
  const next = await harness.welcome({ resumed: true, syncRequired: false });
  next.reply(next.take("read"), { seq: 3, unread: 0 });
  expect(await reading).toEqual({ seq: 3, unread: 0 });
  await harness.clock.advance(1_000);
  expect(next.has("delivered")).toBe(false);
  await harness.client.close();
});

test("a cursor that is refused for now is told later, one that is refused for good is not", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const reading = harness.client.direct("bob").read(3);
  link.refuse(link.take("read"), {
    name: "rate_limited",
    code: 4290,
    retryable: true,
    retryAfterMs: 300,
  });
  await harness.clock.advance(500);
  link.reply(link.take("read"), { seq: 3, unread: 1 });
  expect(await reading).toEqual({ seq: 3, unread: 1 });
  const refused = harness.client.group("g:1:abcdefgh").read(1);
  link.refuse(link.take("read"), { name: "not_member", code: 4031 });
  expect(await failure(refused)).toMatchObject({ name: "not_member" });
  await harness.clock.advance(60_000);
  expect(link.has("read")).toBe(false);
  await harness.client.close();
});

test("closing tells what was processed before it says goodbye", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  harness.client.on("message", () => {});
  link.event({ type: "message", message: message(1) });
  await harness.client.close();
  expect(link.received.map(({ type }) => type)).toEqual(["delivered", "bye"]);
  expect(harness.clock.pending).toBe(0);
});

test("own messages show how far the others' receipts say they came", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const receipts: unknown[] = [];
  harness.client.on("receipt", (receipt) => void receipts.push(receipt));
  const chat = harness.client.direct("bob");
  expect(chat.state(2)).toBe("acknowledged");
  const receipt = {
    type: "receipt",
    conversation: bob,
    user: "bob",
    delivered: 2,
    read: 1,
  } as const;
  link.event(receipt);
  link.event(receipt);
  expect(chat.state(2)).toBe("delivered");
  expect(chat.state(1)).toBe("read");
  link.event({ ...receipt, user: "alice", delivered: 9, read: 9 });
  expect(chat.state(3)).toBe("acknowledged");
  expect(receipts).toEqual([
    { conversation: bob, user: "bob", delivered: 2, read: 1, own: false },
    { conversation: bob, user: "alice", delivered: 9, read: 9, own: true },
  ]);
  link.event({
    type: "conversation",
    change: "updated",
    conversation: conversation({ peerDelivered: 3, peerRead: 3 }),
  });
  expect(chat.state(3)).toBe("read");
  expect(chat.reached(3)).toEqual({ delivered: 1, read: 1 });
  await harness.client.close();
});

test("a new session shows how far the others have come, although nothing was written meanwhile", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const { client, clock } = harness;
  client.on("message", () => {});
  const receipts: unknown[] = [];
  client.on("receipt", (receipt) => void receipts.push(receipt));
  const group = "g:1:lunch2026";
  const own = { sender: "alice" };
  // In two conversations an own message is the newest; one of them is read.
  link.event({ type: "message", message: message(1, own) });
  link.event({ type: "receipt", conversation: bob, user: "bob", delivered: 1, read: 0 });
  link.event({ type: "message", message: message(1, { ...own, conversation: group }) });
  const settled = "d:alice:carol";
  link.event({ type: "message", message: message(1, { ...own, conversation: settled }) });
  link.event({ type: "receipt", conversation: settled, user: "carol", delivered: 1, read: 1 });
  await clock.settle();
  receipts.length = 0;

  link.drop();
  await clock.advance(1_000);
  const next = harness.link;
  next.open();
  await clock.settle();
  next.reply(next.take("hello"), welcome({ session: "s2", syncRequired: false }));
  await clock.settle();
  const sync = next.take("sync");
  expect(sync.cursors).toEqual([
    { conversation: bob, seq: 0 },
    { conversation: settled, seq: 1 },
    { conversation: group, seq: 0 },
  ]);
  const cursors = [
    { user: "bob", delivered: 1, read: 1 },
    { user: "dan", delivered: 1, read: 0 },
  ];
  const kept = conversation({ lastSeq: 1, peerDelivered: 1, peerRead: 1 });
  const lunch = conversation({ id: group, kind: "group", lastSeq: 1, memberCount: 3, cursors });
  next.reply(sync, {
    conversations: [
      { conversation: kept, messages: [message(1, own)], partial: false },
      { conversation: lunch, messages: [], partial: true },
    ],
    partial: false,
  });
  await clock.settle();
  expect(receipts).toEqual([{ conversation: bob, user: "bob", delivered: 1, read: 1, own: false }]);
  expect(client.direct("bob").state(1)).toBe("read");
  expect(client.conversation(group).reached(1)).toEqual({ delivered: 2, read: 1 });
  expect(harness.errors).toEqual([]);
  await client.close();
});

test("typing is sent every few seconds at most, and ends by itself where nothing more comes", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const chat = harness.client.direct("bob");
  for (let stroke = 0; stroke < 10; stroke++) chat.typing();
  expect(link.take("typing").on).toBe(true);
  expect(link.has("typing")).toBe(false);
  await harness.clock.advance(3_000);
  chat.typing();
  expect(link.take("typing").on).toBe(true);
  chat.typing(false);
  chat.typing(false);
  expect(link.take("typing").on).toBe(false);
  expect(link.has("typing")).toBe(false);
  chat.typing();
  void chat.send("done");
  chat.typing();
  link.take("typing");
  link.take("typing");

  const seen: boolean[] = [];
  harness.client.on("typing", ({ on }) => void seen.push(on));
  harness.client.on("message", () => {});
  const typing = { type: "typing", conversation: bob, user: "bob", on: true } as const;
  link.event(typing);
  link.event(typing);
  await harness.clock.advance(8_000);
  expect(seen).toEqual([true, false]);
  link.event(typing);
  link.event({ type: "message", message: message(1) });
  expect(seen).toEqual([true, false, true, false]);
  await harness.client.close();
  expect(harness.clock.pending).toBe(0);
});

test("an event that comes with the answer to a question, or before it, is not taken back by the answer", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const state = (user: string, status: "online" | "offline") => ({ user, status }) as const;
  const tells = (user: string) => link.event({ type: "presence", presence: state(user, "online") });
  const watching = harness.client.watch(["bob", "carol", "dan"]);
  tells("carol");
  // As frames that a poll brings together: all are taken before anybody hears of the answer.
  link.reply(link.take("watch"), {
    presences: [state("bob", "offline"), state("carol", "offline"), state("dan", "offline")],
  });
  tells("bob");
  expect(await watching).toEqual([
    state("bob", "online"),
    state("carol", "online"),
    state("dan", "offline"),
  ]);
});

test.each([
  ["a new session", { session: "s2" }],
  ["the same session, resumed", { resumed: true, syncRequired: false }],
])(
  "what was told before a loss of the connection is older than an answer to %s",
  async (_name, result) => {
    const harness = new Harness();
    const link = await harness.welcome();
    const watching = harness.client.watch(["bob"]);
    link.event({ type: "presence", presence: { user: "bob", status: "online" } });
    link.drop();
    await harness.clock.advance(500);
    const next = await harness.welcome(result);
    while (next.has("watch"))
      next.reply(next.take("watch"), { presences: [{ user: "bob", status: "offline" }] });
    expect(await watching).toEqual([{ user: "bob", status: "offline" }]);
  },
);

test.each([
  ["a new session", { session: "s2", resumed: false }],
  ["a session that goes on", { session: "s1", resumed: true }],
])("%s is asked about everybody who is watched, and keeps the status", async (_name, result) => {
  const harness = new Harness();
  const link = await harness.welcome();
  const watching = harness.client.watch(["bob", "carol"]);
  link.reply(link.take("watch"), { presences: [{ user: "bob", status: "online" }] });
  expect(await watching).toEqual([{ user: "bob", status: "online" }]);
  const away = harness.client.presence("away");
  link.reply(link.take("presence"), {});
  await away;
  link.drop();
  await harness.clock.advance(500);
  const seen: unknown[] = [];
  harness.client.on("presence", (presence) => void seen.push(presence));
  harness.link.open();
  await harness.clock.settle();
  const hello = harness.link.take("hello");
  expect(hello.status).toBe("away");
  harness.link.reply(hello, {
    ...result,
    user: "alice",
    device: "phone",
    position: 0,
    heartbeatMs: 1e4,
    limits: {},
  });
  await harness.clock.settle();
  const watch = harness.link.take("watch");
  expect(watch.users).toEqual(["bob", "carol"]);
  harness.link.reply(watch, { presences: [{ user: "bob", status: "offline" }] });
  await harness.clock.settle();
  expect(seen).toEqual([{ user: "bob", status: "offline" }]);
  expect(
    await failure(harness.client.watch(Array.from({ length: 1_001 }, (_, at) => `u${at}`))),
  ).toMatchObject({
    name: "invalid_params",
  });
  await harness.client.close();
});

test("a client may be closed from any of its listeners, and leaves nothing", async () => {
  const names = [
    "message",
    "outbox",
    "receipt",
    "conversation",
    "presence",
    "typing",
    "state",
    "synced",
  ] as const;
  for (const name of names) {
    const harness = new Harness();
    let closed: Promise<void> | undefined;
    harness.client.on(name, (...args: unknown[]) => {
      if (name !== "state" || args[0] === "online") closed = harness.client.close();
    });
    await harness.welcome();
    const { link } = harness;
    link.event({ type: "presence", presence: { user: "bob", status: "online" } });
    link.event({ type: "typing", conversation: bob, user: "bob", on: true });
    link.event({ type: "conversation", change: "updated", conversation: conversation() });
    link.event({ type: "receipt", conversation: bob, user: "bob", delivered: 1, read: 1 });
    if (name === "message") link.event({ type: "message", message: message(1) });
    if (name === "outbox") void harness.client.conversation(bob).send("hi");
    await harness.clock.settle();
    expect(closed, name).toBeDefined();
    await closed;
    expect(harness.client.state, name).toBe("closed");
    expect(harness.clock.pending, name).toBe(0);
    expect(harness.errors, name).toEqual([]);
  }
});

test("what is called without waiting for it never surprises anybody later", async () => {
  const harness = new Harness({ requestTimeoutMs: 1_000 });
  await harness.clock.settle();
  void harness.client.presence("away");
  void harness.client.unwatch(["bob"]);
  void harness.client.conversation(bob).read(1);
  void harness.client.conversation(bob).send("hi");
  harness.client.conversation(bob).typing();
  await harness.clock.advance(5_000);
  await harness.client.close();
  await harness.clock.settle();
  expect(harness.errors).toEqual([]);
});

test("a direct handle needs to know who asks", async () => {
  const harness = new Harness();
  expect(() => harness.client.direct("bob")).toThrow("client.ready()");
  await harness.welcome();
  expect(harness.client.direct("bob").id).toBe(bob);
  expect(harness.client.conversation("g:1:abcdefgh").kind).toBe("group");
  await harness.client.close();
});

test("a group is made once, however often the connection breaks meanwhile", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const creating = harness.client.createGroup({ title: "Lunch", members: ["bob"] });
  await harness.clock.settle();
  const first = link.take("create");
  link.drop();
  await harness.clock.advance(500);
  const next = await harness.welcome();
  const again = next.take("create");
  expect(again.clientId).toBe(first.clientId);
  next.reply(again, {
    conversation: conversation({ id: "g:1:abcdefgh", kind: "group", lastSeq: 1, delivered: 1 }),
  });
  expect((await creating).id).toBe("g:1:abcdefgh");
  await harness.client.close();
});
