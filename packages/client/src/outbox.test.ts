import { expect, test } from "bun:test";
import { memoryStorage } from "./storage.ts";
import { failure, fakeRandom, Harness } from "./testing/harness.ts";

const accept = (seq: number): object => ({
  conversation: "d:alice:bob",
  seq,
  messageId: seq,
  time: seq,
});

test("sends one message of a conversation at a time, others beside it, in the order handed in", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const [bob, carol] = [harness.client.direct("bob"), harness.client.direct("carol")];
  const first = bob.send("1");
  void bob.send("2");
  void carol.send("3");
  expect(
    link.received.map((frame) => (frame.type === "send" ? frame.content : frame.type)),
  ).toEqual([{ text: "1" }, { text: "3" }]);
  const { id, clientId } = link.take("send");
  link.reply({ type: "send", id }, accept(1));
  expect(await first).toEqual({
    clientId,
    conversation: "d:alice:bob",
    seq: 1,
    messageId: 1,
    time: 1,
  });
  expect(first.clientId).toBe(clientId);
  link.take("send");
  expect(link.take("send").content).toEqual({ text: "2" });
  await harness.client.close();
});

test("shows every state of a message", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const states: string[] = [];
  harness.client.on("outbox", ({ state, entry }) => states.push(`${entry.clientSeq} ${state}`));
  void harness.client.direct("bob").send("1");
  link.reply(link.take("send"), accept(1));
  await harness.clock.settle();
  void harness.client.direct("bob").send("2");
  link.refuse(link.take("send"), { name: "not_member", code: 4031 });
  await harness.clock.settle();
  expect(states).toEqual([
    "1 queued",
    "1 sent",
    "1 acknowledged",
    "2 queued",
    "2 sent",
    "2 failed",
  ]);
  expect(harness.client.outbox).toEqual([]);
  await harness.client.close();
});

test("busy holds everything back for as long as the server asks, then goes on in the old order with the same ids", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  void harness.client.direct("bob").send("1");
  void harness.client.direct("bob").send("2");
  const first = link.take("send");
  link.refuse(first, { name: "busy", code: 4291, retryable: true, retryAfterMs: 1_000 });
  await harness.clock.settle();
  void harness.client.direct("carol").send("3");
  await harness.clock.advance(999);
  expect(link.has("send")).toBe(false);
  await harness.clock.advance(200);
  const again = link.take("send");
  expect({ ...again, id: 0 }).toEqual({ ...first, id: 0 });
  expect(link.take("send").content).toEqual({ text: "3" });
  await harness.client.close();
});

test("what was in flight when the connection broke is sent again, in its old place", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const sends = ["1", "2", "3"].map((text) => harness.client.direct("bob").send(text));
  const first = link.take("send");
  link.drop();
  await harness.clock.advance(500);
  const next = await harness.welcome({ resumed: true, syncRequired: false });
  for (let seq = 1; seq <= 3; seq++) {
    const send = next.take("send");
    if (seq === 1) expect({ ...send, id: 0 }).toEqual({ ...first, id: 0 });
    next.reply(send, { ...accept(seq), duplicate: seq === 1 });
    await harness.clock.settle();
  }
  expect((await Promise.all(sends)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  await harness.client.close();
});

test("a failure for good concerns that message only", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const [bad, good] = ["bad", "good"].map((text) => harness.client.direct("bob").send(text));
  link.refuse(link.take("send"), { name: "conflict", code: 4090, message: "used before" });
  expect(await failure(bad!)).toMatchObject({
    name: "conflict",
    code: 4090,
    retryable: false,
    message: "used before",
  });
  link.reply(link.take("send"), accept(1));
  expect(await good!).toMatchObject({ seq: 1 });
  await harness.client.close();
});

test("being muted is the application's to decide about, though it may pass", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const sending = harness.client.direct("bob").send("hi");
  link.refuse(link.take("send"), { name: "muted", code: 4033, retryable: true });
  expect(await failure(sending)).toMatchObject({ name: "muted", retryable: true });
  await harness.client.close();
});

test("a message that makes the server fail every time does not block the others for good", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const poison = harness.client.direct("bob").send("poison");
  void harness.client.direct("bob").send("fine");
  for (let attempt = 0; attempt < 5; attempt++) {
    link.refuse(link.take("send"), { name: "internal", code: 5000, retryable: true });
    await harness.clock.advance(10_000);
  }
  expect(await failure(poison)).toMatchObject({ name: "internal" });
  expect(link.take("send").content).toEqual({ text: "fine" });
  await harness.client.close();
});

test("an acknowledgement that does not come is asked for again", async () => {
  const harness = new Harness({ requestTimeoutMs: 2_000 });
  const link = await harness.welcome();
  const sending = harness.client.direct("bob").send("hi");
  const first = link.take("send");
  await harness.clock.advance(3_000);
  const again = link.take("send");
  expect(again.clientId).toBe(first.clientId);
  // The late answer to the first one is nobody's any more.
  link.reply(first, accept(1));
  link.reply(again, { ...accept(1), duplicate: true });
  expect(await sending).toMatchObject({ seq: 1 });
  await harness.client.close();
});

test("the queue is bounded", async () => {
  const harness = new Harness({ outboxMax: 2 });
  const chat = harness.client.conversation("d:alice:bob");
  void chat.send("1");
  void chat.send("2");
  expect(await failure(chat.send("3"))).toMatchObject({ name: "outbox_full", retryable: true });
  await harness.welcome();
  expect(await failure(chat.send("4"))).toMatchObject({ name: "outbox_full" });
  await harness.client.close();
});

test("what waits too long fails instead of surprising somebody days later", async () => {
  const harness = new Harness();
  const sending = harness.client.conversation("d:alice:bob").send("hi");
  await harness.clock.settle();
  await harness.clock.advance(72 * 3_600_000);
  await harness.clock.advance(60_000);
  await harness.welcome();
  expect(await failure(sending)).toMatchObject({ name: "outbox_expired", retryable: false });
  await harness.client.close();
});

test("a message can be withdrawn before it is on its way, not after", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const chat = harness.client.direct("bob");
  const first = chat.send("1");
  const second = chat.send("2");
  expect(harness.client.cancel(first.clientId)).toBe(false);
  expect(harness.client.cancel(second.clientId)).toBe(true);
  expect(await failure(second)).toMatchObject({ name: "cancelled" });
  link.reply(link.take("send"), accept(1));
  await first;
  await harness.clock.settle();
  expect(link.has("send")).toBe(false);
  await harness.client.close();
});

test("a restarted client sends what the last one left, and counts on", async () => {
  const storage = memoryStorage();
  const before = new Harness({ storage });
  const link = await before.welcome();
  const left = before.client.direct("bob").send("left behind");
  const sent = link.take("send");
  await before.client.close();
  expect(await failure(left)).toMatchObject({ name: "closed" });
  const after = new Harness({ storage, random: fakeRandom(0.5, 2) });
  const states: string[] = [];
  after.client.on("outbox", ({ state }) => states.push(state));
  void after.client.conversation("d:alice:bob").send("new");
  const next = await after.welcome();
  const again = next.take("send");
  expect({ ...again, id: 0 }).toEqual({ ...sent, id: 0 });
  next.reply(again, accept(1));
  await after.clock.settle();
  expect(next.take("send")).toMatchObject({ clientSeq: 2, content: { text: "new" } });
  expect(states).toEqual(["queued", "queued", "sent", "acknowledged", "sent"]);
  await after.client.close();
});

test("a message is stored before it is sent; one that cannot be stored is not sent", async () => {
  let stored: { resolve: () => void; reject: (error: Error) => void } | undefined;
  const storage = memoryStorage();
  let slow = false;
  const harness = new Harness({
    storage: {
      ...storage,
      write: (changes) =>
        slow
          ? new Promise<void>((resolve, reject) => (stored = { resolve, reject }))
          : storage.write(changes),
    },
  });
  const link = await harness.welcome();
  slow = true;
  const first = harness.client.direct("bob").send("1");
  const second = harness.client.direct("bob").send("2");
  await harness.clock.settle();
  expect(link.has("send")).toBe(false);
  stored?.reject(new Error("disk full"));
  expect(await failure(first)).toMatchObject({
    name: "storage_failed",
    retryable: true,
    message: "disk full",
  });
  expect(harness.errors[0]).toMatchObject({ name: "storage_failed" });
  stored?.resolve();
  await harness.clock.settle();
  expect(link.take("send").content).toEqual({ text: "2" });
  slow = false;
  stored?.resolve();
  link.reply({ type: "send", id: 3 }, accept(1));
  void second;
  await harness.client.close();
});

test("what the server would hang up on is refused here", async () => {
  const harness = new Harness();
  const chat = harness.client.conversation("d:alice:bob");
  expect(await failure(chat.send("x".repeat(70_000)))).toMatchObject({
    name: "content_too_large",
    code: 4003,
  });
  expect(await failure(chat.send("界".repeat(30_000)))).toMatchObject({
    name: "content_too_large",
  });
  let deep: Record<string, unknown> = {};
  for (let level = 0; level < 40; level++) deep = { deep };
  expect(await failure(chat.send({ kind: "custom", content: deep }))).toMatchObject({
    name: "invalid_params",
  });
  await harness.client.close();
});

test("a draft is copied: what the application does with it later changes nothing", async () => {
  const harness = new Harness();
  const content = { label: "here", lat: 1, lon: 2 };
  const mentions = ["bob"];
  void harness.client
    .conversation("d:alice:bob")
    .send({ kind: "location", content, mentions, replyTo: 3, priority: "important" });
  content.label = "there";
  mentions.push("carol");
  const link = await harness.welcome();
  expect(link.take("send")).toMatchObject({
    kind: "location",
    content: { label: "here" },
    mentions: ["bob"],
    replyTo: 3,
    priority: "important",
  });
  await harness.client.close();
});

test("the same id handed in twice is queued once, and settles both promises", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const clientId = "3b241101-e2bb-4255-8caf-4136c566a962";
  const chat = harness.client.direct("bob");
  const first = chat.send({ text: "1", clientId });
  const second = chat.send({ text: "1", clientId });
  expect([first.clientId, second.clientId]).toEqual([clientId, clientId]);
  const sent = link.take("send");
  expect(sent).toMatchObject({ clientId, content: { text: "1" } });
  expect(link.has("send")).toBe(false);
  link.reply(sent, accept(1));
  expect([(await first).seq, (await second).seq]).toEqual([1, 1]);
  await harness.client.close();
});
