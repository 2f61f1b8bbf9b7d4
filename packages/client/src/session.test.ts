import { expect, test } from "bun:test";
import { clientError, GodwitError, serverError, stopCodes } from "./errors.ts";
import { closeCodes, shouldReconnect, wireError } from "@godwit/protocol";
import { failure, Harness, message, welcome } from "./testing/harness.ts";

test("says hello, is welcomed, and closes without leaving a timer", async () => {
  const harness = new Harness({ platform: "bot", client: "test 1" });
  await harness.clock.settle();
  expect(harness.link.url).toBe("ws://server:8480/ws");
  expect(harness.link.protocols).toEqual(["godwit.json.v1"]);
  harness.link.open();
  await harness.clock.settle();
  expect(harness.link.received[0]).toMatchObject({
    type: "hello",
    token: "token-1",
    device: "phone",
    platform: "bot",
    client: "test 1",
    status: "online",
  });
  const { link } = harness;
  link.reply(link.take("hello"), welcome());
  await harness.client.ready();
  expect(harness.client.user).toBe("alice");
  expect(harness.states).toEqual(["connecting", "online"]);
  await harness.client.close();
  expect(link.has("bye")).toBe(true);
  expect(link.closed).toEqual({ code: 1000, reason: "bye" });
  expect(harness.states).toEqual(["connecting", "online", "closed"]);
  expect(harness.clock.pending).toBe(0);
});

test("reconnects with full jitter, doubling to the bound, and begins anew after a stable connection", async () => {
  const harness = new Harness({ backoffMinMs: 100, backoffMaxMs: 1_000 });
  harness.random.fractionValue = 0.999;
  await harness.clock.settle();
  const delays: number[] = [];
  for (let round = 0; round < 6; round++) {
    const before = harness.network.links.length;
    harness.link.drop();
    let waited = 0;
    while (harness.network.links.length === before) {
      await harness.clock.advance(10);
      waited += 10;
    }
    delays.push(waited);
  }
  expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  await harness.welcome();
  await harness.clock.advance(10_000);
  const before = harness.network.links.length;
  harness.link.drop();
  await harness.clock.advance(100);
  expect(harness.network.links.length).toBe(before + 1);
  await harness.client.close();
});

test("resumes the session at the position it has counted to", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  link.event({ type: "message", message: message(1) });
  link.event({ type: "typing", conversation: "d:alice:bob", user: "bob", on: true });
  link.event({ type: "receipt", conversation: "d:alice:bob", user: "bob", delivered: 1, read: 0 });
  link.drop();
  await harness.clock.advance(500);
  harness.link.open();
  await harness.clock.settle();
  const hello = harness.link.take("hello");
  expect(hello.resume).toEqual({ session: "s1", position: 2 });
  harness.link.reply(hello, welcome({ resumed: true, syncRequired: false, position: 2 }));
  await harness.clock.settle();
  expect(harness.link.has("sync")).toBe(false);
  await harness.client.close();
});

test("acknowledges events every 64, or after 5 s", async () => {
  const harness = new Harness({ receipts: "manual" });
  const link = await harness.welcome();
  for (let seq = 1; seq <= 64; seq++) link.event({ type: "message", message: message(seq) });
  expect(link.take("received").position).toBe(64);
  link.event({ type: "message", message: message(65) });
  await harness.clock.advance(4_999);
  expect(link.has("received")).toBe(false);
  await harness.clock.advance(1);
  expect(link.take("received").position).toBe(65);
  await harness.client.close();
});

test("probes a quiet connection, and leaves it when nothing answers", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  await harness.clock.advance(20_000);
  link.reply(link.take("ping"), { time: 0, position: 0 });
  await harness.clock.advance(20_000);
  expect(link.has("ping")).toBe(true);
  expect(harness.client.state).toBe("online");
  await harness.clock.advance(10_000);
  expect(link.closed?.reason).toBe("no answer to a ping");
  expect(harness.client.state).not.toBe("online");
  await harness.client.close();
});

test("another frame in place of the ping's answer shows that the connection lives", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  await harness.clock.advance(20_000);
  await harness.clock.advance(5_000);
  link.event({ type: "typing", conversation: "d:alice:bob", user: "bob", on: true });
  await harness.clock.advance(6_000);
  expect(link.closed).toBeUndefined();
  await harness.client.close();
});

test("wake connects at once, and probes a connection that seems to live", async () => {
  const harness = new Harness({ backoffMinMs: 10_000, backoffMaxMs: 60_000 });
  await harness.clock.settle();
  harness.link.drop();
  await harness.clock.settle();
  expect(harness.client.state).toBe("offline");
  harness.client.wake();
  await harness.clock.settle();
  expect(harness.network.links.length).toBe(2);
  const link = await harness.welcome();
  harness.client.wake();
  expect(link.has("ping")).toBe(true);
  await harness.client.close();
});

test("a close code of the stop range ends the client with its error", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  link.drop(4505, "enough");
  await harness.clock.settle();
  expect(harness.client.state).toBe("closed");
  expect(harness.errors).toHaveLength(1);
  expect(harness.errors[0]).toBeInstanceOf(GodwitError);
  expect(harness.errors[0]).toMatchObject({
    name: "kicked",
    code: 4505,
    retryable: false,
    message: "enough",
  });
  expect(await failure(harness.client.users({ prefix: "b" }))).toMatchObject({ name: "kicked" });
  await harness.clock.settle();
  expect(harness.clock.pending).toBe(0);
});

test("every close code that ends a client has its name", () => {
  const stops = Object.entries(closeCodes).filter(([, { code }]) => !shouldReconnect(code));
  expect(stopCodes as object).toEqual(
    Object.fromEntries(stops.map(([name, { code }]) => [name, code])),
  );
});

test("a refused token is asked for once more, then the client stops", async () => {
  let asked = 0;
  const harness = new Harness({ token: async () => `token-${++asked}` });
  await harness.clock.settle();
  harness.link.open();
  await harness.clock.settle();
  harness.link.refuse(harness.link.take("hello"), { name: "token_expired", code: 4011 });
  await harness.clock.settle();
  expect(harness.network.links.length).toBe(2);
  harness.link.open();
  await harness.clock.settle();
  expect(harness.link.take("hello").token).toBe("token-2");
  harness.link.drop(4502, "");
  await harness.clock.settle();
  expect(harness.client.state).toBe("closed");
  expect(await failure(harness.client.ready())).toMatchObject({ name: "token_invalid" });
  await harness.clock.settle();
});

test("a token that expires on a live connection is asked for again after the close", async () => {
  let asked = 0;
  const harness = new Harness({ token: () => ({ token: `token-${++asked}` }) });
  const link = await harness.welcome();
  link.event({ type: "token_expiring", expiresAt: 2_000_000 });
  await harness.clock.settle();
  expect(link.take("refresh").token).toBe("token-2");
  link.drop(4503, "");
  await harness.clock.settle();
  await harness.welcome();
  expect(asked).toBe(3);
  expect(harness.client.state).toBe("online");
  await harness.client.close();
});

test("a fixed token is not tried twice", async () => {
  const harness = new Harness();
  await harness.clock.settle();
  harness.link.drop(4502, "");
  await harness.clock.settle();
  expect(harness.network.links.length).toBe(1);
  expect(harness.client.state).toBe("closed");
});

test("a token function that fails is tried again; one that fails for good ends the client", async () => {
  let reason: Error = new Error("no network");
  const harness = new Harness({ token: () => Promise.reject(reason), backoffMinMs: 100 });
  await harness.clock.settle();
  expect(harness.errors[0]).toMatchObject({ name: "token_failed", retryable: true });
  expect(harness.client.state).toBe("offline");
  await harness.clock.advance(50);
  expect(harness.errors).toHaveLength(1);
  reason = serverError(wireError("credentials_wrong"));
  await harness.clock.advance(100);
  expect(harness.client.state).toBe("closed");
  expect((await failure(harness.client.ready())) as Error).toBe(reason);
  await harness.clock.settle();
});

test("a draining server answers what is in flight, then is left for as long as it asks", async () => {
  const harness = new Harness({ backoffMinMs: 100 });
  const link = await harness.welcome();
  const users = harness.client.users({ prefix: "b" });
  await harness.clock.settle();
  link.event({ type: "draining", reconnectAfterMs: 2_000 });
  void harness.client.conversation("d:alice:bob").send("later");
  await harness.clock.advance(200);
  expect(link.closed).toBeUndefined();
  expect(link.has("send")).toBe(false);
  link.reply(link.take("users"), { users: [{ user: "bob" }] });
  expect(await users).toEqual([{ user: "bob" }]);
  await harness.clock.advance(60);
  expect(link.closed?.reason).toBe("draining");
  await harness.clock.advance(1_999);
  expect(harness.network.links.length).toBe(1);
  await harness.clock.advance(101);
  expect(harness.network.links.length).toBe(2);
  const next = await harness.welcome({ resumed: true, syncRequired: false });
  expect(next.take("send").content).toEqual({ text: "later" });
  await harness.client.close();
});

test("a connection that never gets its welcome is abandoned", async () => {
  const harness = new Harness();
  await harness.clock.advance(10_000);
  expect(harness.link.closed?.reason).toBe("no welcome in time");
  await harness.client.close();
  expect(harness.clock.pending).toBe(0);
});

test("a session taken over by another connection is not fought for", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  link.drop(4005, "");
  await harness.clock.advance(500);
  harness.link.open();
  await harness.clock.settle();
  expect(harness.link.take("hello").resume).toBeUndefined();
  await harness.client.close();
});

test("a frame that cannot be decoded ends the connection, not the client", async () => {
  const harness = new Harness();
  const link = await harness.welcome();
  link.raw("{");
  expect(harness.errors[0]).toMatchObject({ name: "protocol_failed", retryable: true });
  expect(link.closed?.code).toBe(1002);
  await harness.clock.advance(500);
  await harness.welcome();
  expect(harness.client.state).toBe("online");
  await harness.client.close();
});

test("commands wait for the connection, are repeated where that is safe, and time out", async () => {
  const harness = new Harness({ requestTimeoutMs: 3_000 });
  const users = harness.client.users({ prefix: "b" });
  const rename = failure(harness.client.group("g:1:abcdefgh").rename("x"));
  const link = await harness.welcome();
  expect(link.has("rename")).toBe(true);
  link.drop();
  await harness.clock.settle();
  expect(await rename).toMatchObject({ name: "connection_lost", retryable: true });
  await harness.clock.advance(500);
  const next = await harness.welcome();
  next.reply(next.take("users"), { users: [] });
  expect(await users).toEqual([]);
  const late = harness.client.devices();
  const timeout = failure(late);
  await harness.clock.advance(3_000);
  expect(await timeout).toMatchObject({ name: "timeout", retryable: true });
  await harness.client.close();
});

test("a storage of somebody else's is refused", async () => {
  const harness = new Harness({
    storage: {
      load: () => ({
        user: "mallory",
        synced: true,
        clientSeq: 0,
        entries: new Map(),
        cursors: new Map(),
      }),
      write() {},
      close() {},
    },
  });
  await harness.clock.settle();
  harness.link.open();
  await harness.clock.settle();
  harness.link.reply(harness.link.take("hello"), welcome());
  await harness.clock.settle();
  expect(harness.client.state).toBe("closed");
  expect(harness.errors[0]).toMatchObject({ name: "storage_of_other_user" });
});

test("closing before the connection is there rejects what waits, and leaves nothing", async () => {
  const harness = new Harness();
  const sending = harness.client.conversation("d:alice:bob").send("hi");
  const devices = harness.client.devices();
  const both = Promise.allSettled([sending, devices, harness.client.ready()]);
  await harness.client.close();
  for (const result of await both) {
    expect(result).toMatchObject({ status: "rejected", reason: clientError("closed") });
  }
  await harness.clock.settle();
  expect(harness.network.links.length).toBe(0);
  expect(harness.clock.pending).toBe(0);
});

test("closing at the first sign of life asks for no token and opens no socket", async () => {
  let asked = 0;
  const harness = new Harness({ token: () => `token-${++asked}` });
  harness.client.on("state", () => void harness.client.close());
  await harness.clock.settle();
  expect(harness.states).toEqual(["connecting", "closed"]);
  expect(asked).toBe(0);
  expect(harness.network.links.length).toBe(0);
  expect(harness.clock.pending).toBe(0);
});
