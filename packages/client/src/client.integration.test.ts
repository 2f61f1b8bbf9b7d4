import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { binaryCodec } from "./binary.ts";
import { login, peekInvite, register, renew } from "./accounts.ts";
import { type Client, connect } from "./client.ts";
import { GodwitError } from "./errors.ts";
import type { ReceivedMessage } from "./delivery.ts";
import type { ClientEvents } from "./events.ts";
import { NodeSocket } from "./node-socket.ts";
import type { ConnectOptions } from "./options.ts";
import { memoryStorage } from "./storage.ts";
import { failure } from "./testing/harness.ts";
import { RealServer, until } from "./testing/real-server.ts";

// Two cores may be busy with other tests, and passwords are hashed slowly on purpose.
setDefaultTimeout(20_000);

let server: RealServer;
beforeAll(async () => {
  server = await RealServer.start();
});
afterAll(() => server.stop());

const collect = (client: Client): ReceivedMessage[] => {
  const messages: ReceivedMessage[] = [];
  client.on("message", (message) => void messages.push(message));
  return messages;
};
const log = <E extends keyof ClientEvents>(client: Client, event: E): ClientEvents[E][] => {
  const entries: ClientEvents[E][] = [];
  client.on(event, (...args) => void entries.push(args));
  return entries;
};
const texts = (messages: readonly ReceivedMessage[]): unknown[] =>
  messages.map(({ content }) => content["text"]);
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** A WebSocket whose connections a test can cut without a close frame. */
function cuttable(): { webSocket: NonNullable<ConnectOptions["webSocket"]>; cut(): void } {
  const open = new Set<WebSocket>();
  return {
    webSocket: class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        open.add(this);
      }
    },
    cut() {
      for (const socket of open) {
        const { onclose } = socket;
        socket.onmessage = socket.onclose = null;
        (socket as WebSocket & { terminate(): void }).terminate();
        onclose?.call(socket, { code: 1006, reason: "" } as CloseEvent);
      }
      open.clear();
    },
  };
}

for (const [name, options] of Object.entries<Partial<ConnectOptions>>({
  "JSON, the platform's WebSocket": {},
  "binary codec": { codec: binaryCodec },
  "server-sent events": { transports: ["sse"] },
  "long-poll": { transports: ["poll"] },
  "JSON, the SDK's own WebSocket": { webSocket: NodeSocket },
  "binary codec, the SDK's own WebSocket": { codec: binaryCodec, webSocket: NodeSocket },
})) {
  test(`two users chat, see receipts and typing (${name})`, async () => {
    const suffix = name.replaceAll(/[^a-z]/gi, "").toLowerCase();
    const alice = await server.client(`alice-${suffix}`, options);
    const bob = await server.client(`bob-${suffix}`, options);
    const atAlice = collect(alice);
    const atBob = collect(bob);
    const typing = log(bob, "typing");
    const chat = alice.direct(bob.user);
    const sent = await chat.send("hi");
    expect(sent).toMatchObject({ seq: 1, conversation: chat.id });
    await bob.direct(alice.user).send({ text: "hello", replyTo: 1 });
    chat.typing();
    await until(() => atBob.length === 2 && atAlice.length === 2 && typing.length > 0);
    expect(texts(atBob)).toEqual(["hi", "hello"]);
    expect(atAlice.map(({ own, seq }) => [seq, own])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(typing[0]).toEqual([{ conversation: chat.id, user: alice.user, on: true }]);
    await until(() => chat.state(1) === "delivered");
    expect(await bob.direct(alice.user).read()).toEqual({ seq: 2, unread: 0 });
    await until(() => chat.state(1) === "read");
    await alice.close();
    await bob.close();
  });
}

test("goes by requests where WebSockets do not open, and back without a loss when they do", async () => {
  const network = { open: false };
  class Broken extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(network.open ? url : "ws://127.0.0.1:1/", protocols);
    }
  }
  const rita = await server.client("rita", { webSocket: Broken });
  const sam = await server.client("sam");
  expect(rita.transport).toBe("sse");
  const atRita = collect(rita);
  const atSam = collect(sam);
  let sent = 0;
  const talk = setInterval(() => {
    sent++;
    void sam.direct("rita").send(`s${sent}`);
    void rita.direct("sam").send(`r${sent}`);
  }, 20);
  await until(() => atRita.length > 20);
  network.open = true;
  await until(() => rita.transport === "websocket" && rita.state === "online");
  const before = sent;
  await until(() => sent > before + 20);
  clearInterval(talk);
  await until(() => atRita.length === 2 * sent && atSam.length === 2 * sent);
  for (const messages of [atRita, atSam])
    expect(messages.map(({ seq }) => seq)).toEqual(numbers(1, 2 * sent));
  await rita.close();
  await sam.close();
});

test("what was missed while away comes once, in order, to a restarted client with its storage", async () => {
  const storage = memoryStorage();
  const first = await server.client("carol", { storage, device: "phone" });
  const before = collect(first);
  const dave = await server.client("dave");
  await dave.direct("carol").send("1");
  await until(() => before.length === 1);
  await first.close();
  for (let at = 2; at <= 130; at++) await dave.direct("carol").send(String(at));
  const second = await server.client("carol", { storage, device: "phone" });
  const after = collect(second);
  await until(() => after.length >= 129);
  expect(after.map(({ seq }) => seq)).toEqual(numbers(2, 130));
  await until(() => dave.direct("carol").state(130) === "delivered");
  const third = await server.client("carol", { storage: memoryStorage(), device: "tablet" });
  const fresh = collect(third);
  await until(() => fresh.length > 0);
  await dave.direct("carol").send("131");
  await until(() => fresh.at(-1)?.seq === 131);
  expect(fresh.map(({ seq }) => seq)).toEqual(numbers(111, 131));
});

test("cuts lose nothing, double nothing and keep the order, both ways", async () => {
  const cutE = cuttable();
  const cutF = cuttable();
  const erin = await server.client("erin", { webSocket: cutE.webSocket, sendsPerConversation: 8 });
  const frank = await server.client("frank", { webSocket: cutF.webSocket });
  const atErin = collect(erin);
  const atFrank = collect(frank);
  const sends: Promise<{ seq: number }>[] = [];
  for (let at = 0; at < 400; at++) {
    sends.push(erin.direct("frank").send(`e${at}`), frank.direct("erin").send(`f${at}`));
    if (at % 40 === 39) {
      await Promise.race(sends.slice(-4));
      (at % 80 === 39 ? cutE : cutF).cut();
    }
  }
  const seqs = (await Promise.all(sends)).map(({ seq }) => seq);
  await until(() => atErin.length >= 800 && atFrank.length >= 800);
  expect(seqs.toSorted((a, b) => a - b)).toEqual(numbers(1, 800));
  for (const received of [atErin, atFrank]) {
    expect(received.map(({ seq }) => seq)).toEqual(numbers(1, 800));
    expect(texts(received).filter((text) => String(text).startsWith("e"))).toEqual(
      numbers(0, 399).map((at) => `e${at}`),
    );
    expect(texts(received).filter((text) => String(text).startsWith("f"))).toEqual(
      numbers(0, 399).map((at) => `f${at}`),
    );
  }
});

test("a group from beginning to end", async () => {
  const gina = await server.client("gina");
  const hugo = await server.client("hugo");
  const ivan = await server.client("ivan");
  const atHugo = collect(hugo);
  const changes = log(hugo, "conversation");
  const group = await gina.createGroup({ title: "Lunch", members: ["hugo"], open: true });
  await group.send("welcome");
  await until(() => atHugo.length === 2);
  expect(atHugo.map(({ kind, seq }) => [seq, kind])).toEqual([
    [1, "system"],
    [2, "text"],
  ]);
  expect(changes[0]?.[0]).toMatchObject({ change: "added", conversation: { title: "Lunch" } });
  expect(await group.invite(["ivan"])).toEqual(["ivan"]);
  await group.role("hugo", "admin");
  await group.rename("Dinner");
  await group.mute({ user: "ivan", until: Date.now() + 60_000 });
  expect(await failure(ivan.group(group.id).send("psst"))).toMatchObject({ name: "muted" });
  await group.unmute("ivan");
  await ivan.group(group.id).send("thanks");
  const members = await Array.fromAsync(group.members());
  expect(members.map(({ user, role }) => [user, role])).toEqual([
    ["gina", "owner"],
    ["hugo", "admin"],
    ["ivan", "member"],
  ]);
  expect(await group.info()).toMatchObject({ title: "Dinner", memberCount: 3 });
  const read = atHugo.length > 0 && (await hugo.group(group.id).read(2));
  expect(read).toMatchObject({ seq: 2 });
  expect((await group.receipts(2)).members.map(({ user }) => user)).toEqual(["hugo"]);
  await ivan.group(group.id).leave();
  await ivan.group(group.id).join();
  expect(await group.remove(["ivan"], { ban: true })).toEqual(["ivan"]);
  expect(await failure(ivan.group(group.id).join())).toMatchObject({
    name: "banned",
    retryable: false,
  });
  await group.dissolve();
  expect(await failure(group.send("anyone?"))).toMatchObject({ name: "conversation_dissolved" });
  const last = await group.info();
  await until(() => atHugo.at(-1)?.seq === last.lastSeq);
  expect(atHugo.map(({ seq }) => seq)).toEqual(numbers(1, last.lastSeq));
  const listed = await Array.fromAsync(hugo.conversations());
  expect(listed.map(({ id }) => id)).toContain(group.id);
});

test("a user's devices see the same conversation, each message once", async () => {
  const phone = await server.client("quinn", { device: "phone" });
  const laptop = await server.client("quinn", { device: "laptop" });
  const rita = await server.client("rita");
  const [atPhone, atLaptop] = [collect(phone), collect(laptop)];
  const receipts = log(laptop, "receipt");
  await phone.direct("rita").send("from the phone");
  await rita.direct("quinn").send("hello");
  await laptop.direct("rita").send("from the laptop");
  await until(() => atPhone.length === 3 && atLaptop.length === 3);
  for (const received of [atPhone, atLaptop]) {
    expect(received.map(({ seq, own, text }) => [seq, own, text])).toEqual([
      [1, true, "from the phone"],
      [2, false, "hello"],
      [3, true, "from the laptop"],
    ]);
  }
  await phone.direct("rita").read();
  await until(() => receipts.some(([receipt]) => receipt.own && receipt.read === 3));
});

test("history goes back page by page", async () => {
  const judy = await server.client("judy");
  await server.client("kim");
  const chat = judy.direct("kim");
  for (let at = 1; at <= 25; at++) await chat.send(String(at));
  const pages = await Array.fromAsync(chat.history({ pageSize: 10 }));
  expect(pages.map((page) => page.map(({ seq }) => seq))).toEqual([
    numbers(16, 25),
    numbers(6, 15),
    numbers(1, 5),
  ]);
  expect(pages[0]?.[0]?.own).toBe(true);
  expect((await chat.range(3, 5)).messages.map(({ seq }) => seq)).toEqual([3, 4, 5]);
});

test("presence, users and devices", async () => {
  const leo = await server.client("leo", { device: "desk" });
  const mia = await server.client("mia");
  const seen = log(leo, "presence");
  expect(await leo.watch(["mia"])).toMatchObject([{ user: "mia", status: "online" }]);
  await mia.presence("away");
  await until(() => seen.some(([presence]) => presence.status === "away"));
  await mia.close();
  expect(await leo.users({ prefix: "mi" })).toMatchObject([{ user: "mia" }]);
  const phone = await server.client("leo", { device: "phone" });
  expect((await leo.devices()).map(({ device }) => device).toSorted()).toEqual(["desk", "phone"]);
  await leo.signOut("phone");
  await until(() => phone.state === "closed");
  await leo.signOut();
  expect(leo.state).toBe("closed");
});

test("what is refused says why", async () => {
  await server.client("paula");
  const account = { url: server.url, user: "paula", password: "not the password" };
  expect(await failure(register(account))).toMatchObject({
    name: "user_exists",
    code: 4091,
    retryable: false,
  });
  expect(await failure(login(account))).toMatchObject({
    name: "credentials_wrong",
    code: 4012,
    retryable: false,
  });
  expect(await failure(login({ ...account, url: "http://127.0.0.1:9" }))).toMatchObject({
    name: "http_failed",
    retryable: true,
  });
  const forged = connect({ url: server.url, token: "forged" });
  forged.on("error", () => {});
  expect(await failure(forged.ready())).toMatchObject({ name: "token_invalid", retryable: false });
  expect(forged.state).toBe("closed");
  const paula = await server.client("paula");
  expect(await failure(paula.direct("nobody-at-all").send("hi"))).toMatchObject({
    name: "user_unknown",
  });
  expect(await failure(paula.group("g:1:abcdefgh").send("hi"))).toBeInstanceOf(GodwitError);
  expect(await failure(paula.kick("paula"))).toMatchObject({ name: "forbidden" });
});

test("a token is exchanged for a newer one, and one of a device is good on that device only", async () => {
  await server.client("quinn");
  const account = { url: server.url, user: "quinn", password: "not the password" };
  expect(await failure(login({ ...account, device: "desk" }))).toMatchObject({
    name: "credentials_wrong",
  });
  const own = { url: server.url, user: "rosa", password: "a long one for rosa", device: "desk" };
  const { token } = await register(own);
  const newer = await renew({ url: server.url, token });
  expect(newer).toMatchObject({ user: "rosa" });
  const desk = connect({ url: server.url, token: newer.token, device: "desk" });
  await desk.ready();
  const phone = connect({ url: server.url, token: newer.token, device: "phone" });
  phone.on("error", () => {});
  expect(await failure(phone.ready())).toMatchObject({ name: "token_invalid" });
  await desk.close();
  expect(await failure(renew({ url: server.url, token: "forged" }))).toMatchObject({
    name: "token_invalid",
  });
});

test("history is there page by page in either direction, and members after one of them", async () => {
  const [sam, tess] = [await server.client("sam"), await server.client("tess")];
  const group = await sam.createGroup({ title: "Pages", members: [tess.user] });
  for (let at = 0; at < 5; at++) await group.send(`page ${at}`);
  const seqs = async (range: Parameters<typeof group.page>[0]) => {
    const { messages, partial } = await group.page(range);
    return [messages.map(({ seq }) => seq), partial];
  };
  expect(await seqs({ limit: 2 })).toEqual([[5, 6], true]);
  expect(await seqs({ from: 2, limit: 2 })).toEqual([[2, 3], true]);
  expect(await seqs({ to: 2, limit: 2 })).toEqual([[1, 2], false]);
  expect((await group.page({ limit: 1 })).messages[0]).toMatchObject({ own: true, text: "page 4" });
  const later = await Array.fromAsync(group.members({ after: sam.user }));
  expect(later.map(({ user }) => user)).toEqual([tess.user]);
});

describe("the server goes away", () => {
  test("a graceful restart loses nothing and needs nothing from the application", async () => {
    const other = await RealServer.start();
    try {
      const nina = await other.client("nina");
      const otto = await other.client("otto");
      const atOtto = collect(otto);
      const sends: Promise<unknown>[] = [];
      for (let at = 0; at < 100; at++) sends.push(nina.direct("otto").send(String(at)));
      await other.restart();
      for (let at = 100; at < 120; at++) sends.push(nina.direct("otto").send(String(at)));
      await Promise.all(sends);
      await until(() => atOtto.length >= 120);
      expect(texts(atOtto)).toEqual(numbers(0, 119).map(String));
    } finally {
      await other.stop();
    }
  });
});

test("an invite link leads into a group that is not open, and only as long as its maker may invite", async () => {
  const [host, guest, late] = await Promise.all(
    ["host", "guest", "late"].map((user) => server.client(user)),
  );
  if (!host || !guest || !late) throw new Error("Three clients were asked for.");
  const atGuest = collect(guest);
  const group = await host.createGroup({ title: "Birds" });
  const { token, expiresAt } = await group.inviteLink({ hours: 1 });
  expect(await guest.peekInvite(token)).toEqual({
    conversation: group.id,
    kind: "group",
    title: "Birds",
    memberCount: 1,
    inviter: "host",
    expiresAt,
  });
  const visit = (invite: string) => peekInvite({ url: server.url, token: invite });
  expect(await visit(token)).toMatchObject({ title: "Birds", memberCount: 1, inviter: "host" });
  expect(await failure(guest.group(group.id).join())).toMatchObject({ name: "not_member" });
  const joined = await guest.joinByInvite(token);
  expect(joined.id).toBe(group.id);
  await group.send("welcome");
  await until(() => texts(atGuest).includes("welcome"));
  await guest.group(group.id).invite(["late"]);
  await late.group(group.id).leave();
  const { token: ofGuest } = await guest.group(group.id).inviteLink();
  await guest.group(group.id).leave();
  const refused = { name: "token_invalid", retryable: false };
  expect(await failure(late.joinByInvite(ofGuest))).toMatchObject(refused);
  expect(await failure(late.joinByInvite(`${token}x`))).toMatchObject(refused);
  expect(await failure(visit(ofGuest))).toMatchObject(refused);
  expect(await failure(visit(`${token}x`))).toMatchObject(refused);
  // A refused link is no refused session.
  expect(late.state).toBe("online");
  await Promise.all([host, guest, late].map((client) => client.close()));
});
