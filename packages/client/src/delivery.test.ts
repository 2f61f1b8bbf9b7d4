import { expect, test } from "bun:test";
import type { EventFrame, Message } from "@godwit/protocol";
import type { Chat } from "./chat.ts";
import { memoryStorage } from "./storage.ts";
import type { FakeLink } from "./testing/fake-network.ts";
import { conversation, Harness, message } from "./testing/harness.ts";

const bob = "d:alice:bob";
const group = "g:1:abcdefgh";
const event = (link: FakeLink, seq: number, fields: Partial<Message> = {}): void =>
  link.event({ type: "message", message: message(seq, fields) });
const range = (from: number, to: number): Message[] =>
  Array.from({ length: to - from + 1 }, (_, at) => message(from + at));

function seqs(harness: Harness): number[] {
  const list: number[] = [];
  harness.client.on("message", ({ seq }) => void list.push(seq));
  return list;
}

test("pulls what is missing, page by page, and gives out everything in order", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const received = seqs(harness);
  event(link, 1);
  event(link, 300);
  await harness.clock.advance(60);
  expect(received).toEqual([1]);
  const first = link.take("history");
  expect(first).toMatchObject({ conversation: bob, from: 2, limit: 200 });
  link.reply(first, { messages: range(2, 150), partial: true });
  await harness.clock.settle();
  const second = link.take("history");
  expect(second).toMatchObject({ from: 151, limit: 149 });
  link.reply(second, { messages: range(151, 299), partial: true });
  await harness.clock.settle();
  expect(received).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
  expect(link.has("history")).toBe(false);
  await harness.client.close();
});

test("a gap that closes by itself is not pulled: an own acknowledgement and an event may cross", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const own: [number, boolean][] = [];
  harness.client.on("message", (received) => void own.push([received.seq, received.own]));
  void harness.client.direct("bob").send("hi");
  event(link, 2);
  link.reply(link.take("send"), { conversation: bob, seq: 1, messageId: 1, time: 1 });
  await harness.clock.advance(100);
  expect(own).toEqual([
    [1, true],
    [2, false],
  ]);
  expect(link.has("history")).toBe(false);
  await harness.client.close();
});

test("what the server has no more is passed over, what is not for this user as well", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const received = seqs(harness);
  event(link, 1);
  event(link, 5);
  await harness.clock.advance(60);
  link.reply(link.take("history"), { messages: [message(3)], partial: false });
  await harness.clock.settle();
  expect(received).toEqual([1, 3, 5]);
  event(link, 8);
  await harness.clock.advance(60);
  link.refuse(link.take("history"), { name: "not_member", code: 4031 });
  await harness.clock.settle();
  expect(received).toEqual([1, 3, 5, 8]);
  expect(harness.errors).toMatchObject([{ name: "not_member" }]);
  await harness.client.close();
});

test("a pull that is refused for now is repeated", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const received = seqs(harness);
  event(link, 2);
  await harness.clock.advance(60);
  link.refuse(link.take("history"), {
    name: "busy",
    code: 4291,
    retryable: true,
    retryAfterMs: 500,
  });
  await harness.clock.advance(499);
  expect(link.has("history")).toBe(false);
  await harness.clock.advance(200);
  link.reply(link.take("history"), { messages: [message(1)], partial: true });
  await harness.clock.settle();
  expect(received).toEqual([1, 2]);
  await harness.client.close();
});

test("messages wait until somebody listens", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  for (let seq = 1; seq <= 600; seq++) event(link, seq);
  await harness.clock.advance(1_000);
  expect(link.has("delivered")).toBe(false);
  expect(link.has("history")).toBe(false);
  const received = seqs(harness);
  await harness.clock.advance(60);
  expect(received.length).toBe(512);
  link.reply(link.take("history"), { messages: range(513, 600), partial: false });
  await harness.clock.settle();
  expect(received.at(-1)).toBe(600);
  await harness.client.close();
});

test("an asynchronous listener gets one message of a conversation at a time, and counts when it has returned", async () => {
  const storage = memoryStorage();
  const harness = new Harness({ storage });
  const link = await harness.welcome();
  const started: string[] = [];
  const finish: (() => void)[] = [];
  harness.client.on("message", ({ conversation: id, seq }) => {
    started.push(`${id} ${seq}`);
    return new Promise<void>((resolve) => finish.push(resolve));
  });
  event(link, 1);
  event(link, 2);
  event(link, 1, { conversation: "d:alice:carol" });
  expect(started).toEqual([`${bob} 1`, "d:alice:carol 1"]);
  expect((await storage.load()).cursors.get(bob)).toBeUndefined();
  finish[0]?.();
  await harness.clock.settle();
  expect(started).toEqual([`${bob} 1`, "d:alice:carol 1", `${bob} 2`]);
  expect((await storage.load()).cursors.get(bob)).toBe(1);
  await harness.clock.advance(200);
  expect(link.take("delivered")).toMatchObject({ conversation: bob, seq: 1 });
  // What the application has in its hands when it closes counts: it would get it again otherwise.
  await harness.client.close();
  expect((await storage.load()).cursors.get(bob)).toBe(2);
});

test("a listener that throws is reported, and does not stop what follows", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  harness.client.on("message", ({ seq }) => {
    if (seq === 1) throw new Error("oops");
    return seq === 2 ? Promise.reject(new Error("later oops")) : undefined;
  });
  const received = seqs(harness);
  for (let seq = 1; seq <= 3; seq++) event(link, seq);
  await harness.clock.settle();
  expect(received).toEqual([1, 2, 3]);
  expect(harness.errors.map(({ name, message: text }) => [name, text])).toEqual([
    ["listener_failed", 'A listener of "message" threw: oops'],
    ["listener_failed", 'A listener of "message" threw: later oops'],
  ]);
  await harness.client.close();
});

test("a listener may use its conversation, and send from it", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  let answered: { seq: number } | undefined;
  harness.client.on("message", async ({ own, seq, text }, chat: Chat) => {
    if (!own) answered = await chat.send({ text: `re: ${text}`, replyTo: seq });
  });
  event(link, 1);
  await harness.clock.settle();
  const send = link.take("send");
  expect(send).toMatchObject({ conversation: bob, content: { text: "re: m1" }, replyTo: 1 });
  link.reply(send, { conversation: bob, seq: 2, messageId: 2, time: 2 });
  await harness.clock.settle();
  expect(answered).toMatchObject({ seq: 2 });
  await harness.client.close();
});

/** A sync page of one conversation, for a client that is new or (`known`) has been here before. */
async function begin(options: {
  known?: boolean;
  lastSeq: number;
  delivered: number;
  shown: number;
  kind?: "direct" | "group";
}): Promise<{ harness: Harness; link: FakeLink; received: number[] }> {
  const storage = memoryStorage();
  if (options.known) void storage.write([{ type: "synced" }]);
  const harness = new Harness({ storage });
  const received = seqs(harness);
  await harness.clock.settle();
  harness.link.open();
  await harness.clock.settle();
  const { link } = harness;
  link.reply(link.take("hello"), {
    session: "s1",
    user: "alice",
    device: "phone",
    resumed: false,
    syncRequired: false,
    position: 0,
    time: 0,
    heartbeatMs: 20_000,
    limits: {},
  });
  await harness.clock.settle();
  const { lastSeq, delivered, shown, kind = "direct" } = options;
  const id = kind === "direct" ? bob : group;
  const messages = range(lastSeq - shown + 1, lastSeq).map((entry) => ({
    ...entry,
    conversation: id,
  }));
  link.reply(link.take("sync"), {
    conversations: [
      {
        conversation: conversation({ id, kind, lastSeq, delivered }),
        messages,
        partial: shown < lastSeq,
      },
    ],
    partial: false,
  });
  await harness.clock.settle();
  return { harness, link, received };
}

test("a new device begins with the newest messages", async () => {
  const { harness, link, received } = await begin({ lastSeq: 500, delivered: 500, shown: 20 });
  expect(received[0]).toBe(481);
  expect(received.length).toBe(20);
  expect(link.has("history")).toBe(false);
  await harness.client.close();
});

test("what no device of the user has received is never left out", async () => {
  const { harness, link, received } = await begin({ lastSeq: 500, delivered: 400, shown: 20 });
  expect(link.take("history")).toMatchObject({ from: 401 });
  expect(received).toEqual([]);
  await harness.client.close();
});

test("a direct conversation that began while a known device was away is new as a whole", async () => {
  const { harness, link } = await begin({ known: true, lastSeq: 60, delivered: 60, shown: 20 });
  expect(link.take("history")).toMatchObject({ from: 1, limit: 40 });
  await harness.client.close();
});

test("a huge backlog is cut to the newest 1,000", async () => {
  const { harness, link } = await begin({ lastSeq: 100_000, delivered: 0, shown: 20 });
  expect(link.take("history")).toMatchObject({ from: 99_001 });
  await harness.client.close();
});

test("a group begins with the message that says that one joined it", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  const received = seqs(harness);
  const added: EventFrame = {
    type: "conversation",
    change: "added",
    conversation: conversation({ id: group, kind: "group", lastSeq: 41, delivered: 41 }),
  };
  link.event(added);
  event(link, 42, { conversation: group });
  await harness.clock.advance(60);
  const pull = link.take("history");
  expect(pull).toMatchObject({ conversation: group, from: 41, limit: 1 });
  link.reply(pull, { messages: [message(41, { conversation: group })], partial: true });
  await harness.clock.settle();
  expect(received).toEqual([41, 42]);
  await harness.client.close();
});

test("a server that was restored from a backup is followed from where it is", async () => {
  const storage = memoryStorage();
  void storage.write([{ type: "synced" }, { type: "cursor", conversation: bob, seq: 50 }]);
  const harness = new Harness({ storage });
  const received = seqs(harness);
  await harness.clock.settle();
  harness.link.open();
  await harness.clock.settle();
  const { link } = harness;
  link.reply(link.take("hello"), {
    session: "s",
    user: "alice",
    device: "phone",
    resumed: false,
    position: 0,
    heartbeatMs: 1e4,
    limits: {},
  });
  await harness.clock.settle();
  const sync = link.take("sync");
  expect(sync.cursors).toEqual([{ conversation: bob, seq: 50 }]);
  link.reply(sync, {
    conversations: [
      {
        conversation: conversation({ lastSeq: 3, delivered: 3 }),
        messages: range(1, 3),
        partial: false,
      },
    ],
    partial: false,
  });
  await harness.clock.settle();
  event(link, 4);
  expect(received).toEqual([1, 2, 3, 4]);
  expect((await storage.load()).cursors.get(bob)).toBe(4);
  await harness.client.close();
});

test("sync_required moves the position, and asks for what was missed", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  seqs(harness);
  event(link, 1);
  link.event({ type: "sync_required", reason: "overflow", position: 7 });
  expect(link.take("sync").cursors).toEqual([{ conversation: bob, seq: 1 }]);
  link.drop();
  await harness.clock.advance(500);
  harness.link.open();
  await harness.clock.settle();
  expect(harness.link.take("hello").resume?.position).toBe(7);
  await harness.client.close();
});

test("a sync that the connection cut short begins again, though the session is resumed", async () => {
  const harness = new Harness();
  await harness.clock.settle();
  harness.link.open();
  await harness.clock.settle();
  const first = harness.link;
  first.reply(first.take("hello"), {
    session: "s",
    user: "alice",
    device: "phone",
    resumed: false,
    position: 0,
    heartbeatMs: 1e4,
    limits: {},
  });
  await harness.clock.settle();
  first.take("sync");
  first.drop();
  await harness.clock.advance(500);
  const { link } = harness;
  link.open();
  await harness.clock.settle();
  link.reply(link.take("hello"), {
    session: "s",
    user: "alice",
    device: "phone",
    resumed: true,
    position: 0,
    heartbeatMs: 1e4,
    limits: {},
  });
  await harness.clock.settle();
  const sync = link.take("sync");
  link.refuse(sync, { name: "busy", code: 4291, retryable: true, retryAfterMs: 100 });
  await harness.clock.advance(300);
  let synced = 0;
  harness.client.on("synced", () => void synced++);
  link.reply(link.take("sync"), { conversations: [], partial: false });
  await harness.clock.settle();
  expect(synced).toBe(1);
  await harness.client.close();
});

test("more conversations than one sync may name are asked for in the order of their ids", async () => {
  const storage = memoryStorage();
  const ids = Array.from({ length: 2_500 }, (_, at) => `d:alice:u${String(at).padStart(4, "0")}`);
  void storage.write(ids.map((id) => ({ type: "cursor", conversation: id, seq: 1 }) as const));
  const harness = new Harness({ storage });
  await harness.clock.settle();
  harness.link.open();
  await harness.clock.settle();
  const { link } = harness;
  link.reply(link.take("hello"), {
    session: "s",
    user: "alice",
    device: "phone",
    resumed: false,
    position: 0,
    heartbeatMs: 1e4,
    limits: { syncMessagesMax: 10 },
  });
  await harness.clock.settle();
  const first = link.take("sync");
  expect(first).toMatchObject({ limit: 100, messages: 10 });
  expect(first.cursors?.map((cursor) => cursor.conversation)).toEqual(ids.slice(0, 1_000));
  link.reply(first, { conversations: [], partial: true, next: ids[1_499] });
  await harness.clock.settle();
  const second = link.take("sync");
  expect(second.after).toBe(ids[1_499]);
  expect(second.cursors?.map((cursor) => cursor.conversation)).toEqual(ids.slice(1_500));
  await harness.client.close();
});
