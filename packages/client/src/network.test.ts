import { describe, expect, test } from "bun:test";
import type { CommandFrame } from "@godwit/protocol";
import { streamUrl } from "./network.ts";
import type { ConnectOptions } from "./options.ts";
import { memoryStorage, type StorageChange } from "./storage.ts";
import type { FakeLink } from "./testing/fake-network.ts";
import { type FakeStream, FakeStreams } from "./testing/fake-streams.ts";
import { Harness, message, welcome } from "./testing/harness.ts";

/** Answers what every client asks; `position` as the server counts. */
function answer(frame: CommandFrame, reply: (result: object) => void, position = 0): void {
  if (frame.type === "hello") {
    const { heartbeatMs = 15_000, resume } = frame;
    const resumed = resume !== undefined;
    reply(
      welcome({ heartbeatMs, heartbeatMsMax: 600_000, resumed, position, syncRequired: false }),
    );
  } else if (frame.type === "sync") reply({ conversations: [], partial: false });
  else if (frame.type === "ping") reply({ time: 0, position });
}

/** A client, a server that takes requests, and WebSockets that come through or do not. */
function world(options: Partial<ConnectOptions> = {}) {
  const state = { webSockets: "refused" as "refused" | "open" | "deaf" };
  // oxlint-disable-next-line prefer-const -- the harness asks for it before it is there, and has the clock that it needs.
  let streams: FakeStreams | undefined;
  const harness: Harness = new Harness({
    transports: ["websocket", "sse", "poll"],
    fetch: (url, init) => (streams as FakeStreams).fetch(url, init),
    backoffMinMs: 100,
    backoffMaxMs: 1_000,
    ...options,
  });
  streams = new FakeStreams(harness.clock);
  streams.onCommand = (stream: FakeStream, frame) =>
    answer(frame, (result) => stream.write({ type: frame.type, id: frame.id, ...result }));
  harness.network.onLink = (link: FakeLink) =>
    setImmediate(() => {
      if (state.webSockets === "refused") link.drop();
      else link.open();
    });
  harness.network.onCommand = (link, frame) => {
    if (state.webSockets === "open") answer(frame, (result) => link.reply(frame, result));
  };
  return { harness, streams, state, client: harness.client, clock: harness.clock };
}

describe("the way to the server", () => {
  test("is by requests where WebSockets do not open, and back when they do", async () => {
    const { client, clock, streams, state, harness } = world();
    await clock.advance(1_000);
    expect([client.state, client.transport]).toEqual(["online", "sse"]);
    const [first] = streams.streams;
    first?.write({ type: "message", message: message(1) });
    await clock.advance(6_000);
    // Tried beside, in vain.
    expect(client.transport).toBe("sse");
    expect(harness.network.links.length).toBeGreaterThan(1);
    state.webSockets = "open";
    await clock.advance(60_000);
    expect([client.state, client.transport]).toEqual(["online", "websocket"]);
    expect(first?.received.some(({ type }) => type === "received")).toBe(true);
    expect(first?.left).toBe(true);
    await client.close();
    await clock.settle();
    expect(clock.pending).toBe(0);
  });

  test("resumes the session on the other transport", async () => {
    const { client, clock, streams, state, harness } = world();
    await clock.advance(1_000);
    streams.stream.write({ type: "message", message: message(1) });
    await clock.settle();
    state.webSockets = "open";
    const hellos: CommandFrame[] = [];
    const { onCommand } = harness.network;
    harness.network.onCommand = (link, frame) => {
      if (frame.type === "hello") hellos.push(frame);
      onCommand?.(link, frame);
    };
    await clock.advance(60_000);
    expect(hellos).toMatchObject([{ resume: { session: "s1", position: 1 } }]);
    await client.close();
  });

  test("is not looked for elsewhere when the server refuses with a reason", async () => {
    const { client, clock, streams, state, harness } = world();
    state.webSockets = "deaf";
    await clock.settle();
    for (let round = 0; round < 4; round++) {
      await clock.settle();
      harness.link.drop(4004, "full");
      await clock.advance(1_000);
    }
    expect(streams.requests).toEqual([]);
    await client.close();
  });

  test("is by requests where WebSockets open but carry nothing", async () => {
    const { client, clock, state } = world();
    state.webSockets = "deaf";
    await clock.advance(11_000);
    expect([client.state, client.transport]).toEqual(["online", "sse"]);
    await client.close();
  });

  test("is tried in turn while the server is away, and comes back to WebSocket", async () => {
    const { client, clock, streams, state } = world();
    streams.faults.down = true;
    await clock.advance(20_000);
    expect(client.state).not.toBe("online");
    expect(streams.requests.length).toBeGreaterThan(3);
    streams.faults.down = false;
    state.webSockets = "open";
    await clock.advance(30_000);
    expect([client.state, client.transport]).toEqual(["online", "websocket"]);
    await client.close();
  });

  test("is remembered for a while, by network", async () => {
    const storage = memoryStorage();
    let network = "office";
    const options = { storage, network: () => network, receipts: "manual" as const };
    const first = world(options);
    first.streams.faults.hold = "all";
    await first.clock.advance(8_000);
    expect(first.client.transport).toBe("poll");
    await first.clock.advance(20_000);
    await first.client.close();

    const second = world(options);
    await second.clock.advance(100);
    expect(second.client.transport).toBe("poll");
    expect(second.harness.network.links).toHaveLength(0);
    await second.client.close();

    network = "home";
    const third = world(options);
    await third.clock.settle();
    expect(third.harness.network.links).toHaveLength(1);
    await third.client.close();
  });

  test("is a WebSocket again soon after a loss, however long there was none before it", async () => {
    const { client, clock, streams, state } = world();
    await clock.advance(2 * 3_600_000);
    expect([client.state, client.transport]).toEqual(["online", "sse"]);
    streams.faults.down = true;
    await clock.advance(15_000);
    expect(client.state).not.toBe("online");
    streams.faults.down = false;
    state.webSockets = "open";
    await clock.advance(6_000);
    expect([client.state, client.transport]).toEqual(["online", "websocket"]);
    await client.close();
  });

  test("is changed without a pause, however long the server was away before", async () => {
    const { client, clock, harness, streams, state } = world({
      backoffMinMs: 1_000,
      backoffMaxMs: 60_000,
    });
    streams.faults.down = true;
    await clock.advance(600_000);
    streams.faults.down = false;
    for (let waits = 0; client.state !== "online" && waits < 600; waits++) await clock.advance(500);
    expect(client.transport).toBe("sse");
    state.webSockets = "open";
    const before = harness.states.length;
    await clock.advance(5_000);
    expect([client.state, client.transport]).toEqual(["online", "websocket"]);
    expect(harness.states.slice(before)).toEqual(["connecting", "online"]);
    await client.close();
  });

  test("is looked for as soon as the platform says that the network is another one", async () => {
    const { client, clock, state } = world();
    await clock.advance(2 * 3_600_000);
    state.webSockets = "open";
    client.wake();
    await clock.advance(5_000);
    expect([client.state, client.transport]).toEqual(["online", "websocket"]);
    await client.close();
  });

  test("is not left for one that opens and carries nothing", async () => {
    const { client, clock, harness, state, streams } = world();
    await clock.advance(1_000);
    expect(client.transport).toBe("sse");
    state.webSockets = "deaf";
    const before = harness.states.length;
    await clock.advance(3_600_000);
    expect(harness.states.slice(before)).toEqual([]);
    expect(streams.streams).toHaveLength(1);
    expect(harness.network.links.at(-1)?.closed).toBeDefined();
    // Ever more rarely.
    expect(harness.network.links.length).toBeLessThan(20);
    await client.close();
  });

  test("is only one that is allowed", async () => {
    const { client, clock, harness } = world({ transports: ["poll"] });
    await clock.advance(500);
    expect([client.state, client.transport]).toEqual(["online", "poll"]);
    await clock.advance(120_000);
    expect(harness.network.links).toHaveLength(0);
    await client.close();
  });

  test("of a server below a path is below it, too", () => {
    expect(streamUrl("ws://host:8480/ws")).toBe("http://host:8480/api/stream");
    expect(streamUrl("wss://host/chat/ws?x=1")).toBe("https://host/chat/api/stream");
  });
});

/** A quiet WebSocket behind a NAT that forgets connections after `limitMs` without a packet: from then on nothing arrives, and nobody is told. */
function behindNat(limitMs: number, options: Partial<ConnectOptions> = {}) {
  const changes: StorageChange[] = [];
  const storage = memoryStorage();
  const kept = {
    ...storage,
    write: (batch: readonly StorageChange[]) => {
      changes.push(...batch);
      return storage.write(batch);
    },
  };
  const harness = new Harness({ backoffMinMs: 100, storage: kept, ...options });
  const count = { pings: 0, dead: 0, announced: [] as number[], position: 0 };
  const movedAtMs = new Map<FakeLink, number>();
  const passes = (link: FakeLink): boolean => {
    const now = harness.clock.now();
    if (now - (movedAtMs.get(link) ?? now) >= limitMs) return false;
    movedAtMs.set(link, now);
    return true;
  };
  harness.network.onLink = (link) => setImmediate(() => link.open());
  harness.network.onCommand = (link, frame) => {
    if (frame.type === "ping") {
      count.pings++;
      if (frame.heartbeatMs !== undefined) count.announced.push(frame.heartbeatMs);
    }
    if (!passes(link)) {
      count.dead++;
      // The mapping stays gone.
      movedAtMs.set(link, Number.NEGATIVE_INFINITY);
      return;
    }
    answer(frame, (result) => link.reply(frame, result), count.position);
  };
  return { harness, count, changes, storage, client: harness.client, clock: harness.clock };
}

describe("the heartbeat of a client", () => {
  for (const limitMs of [25_000, 60_000, 300_000])
    test(`settles just under a NAT's ${limitMs / 1_000} s, and is kept`, async () => {
      const { client, clock, count, changes } = behindNat(limitMs);
      await clock.advance(2 * 3_600_000);
      const { dead } = count;
      const before = count.pings;
      await clock.advance(3_600_000);
      const beatMs = 3_600_000 / (count.pings - before);
      expect(beatMs).toBeLessThan(limitMs);
      expect(beatMs).toBeGreaterThan(limitMs * 0.9);
      // Nothing is lost any more.
      expect(count.dead).toBe(dead);
      expect(client.state).toBe("online");
      const last = changes.findLast(({ type }) => type === "network");
      expect(last).toMatchObject({ network: "unknown", memory: { heartbeat: {} } });
      await client.close();
    });

  test("is announced before it is longer, and with the next hello", async () => {
    const { client, clock, count, harness, storage } = behindNat(300_000);
    await clock.advance(3_600_000);
    expect(count.announced.slice(0, 3)).toEqual([22_500, 33_750, 50_625]);
    await client.close();
    const again = behindNat(300_000, { storage });
    await again.clock.settle();
    const hellos: CommandFrame[] = [];
    const { onCommand } = again.harness.network;
    again.harness.network.onCommand = (link, frame) => {
      if (frame.type === "hello") hellos.push(frame);
      onCommand?.(link, frame);
    };
    await again.clock.advance(1_000);
    again.harness.link.drop();
    await again.clock.advance(1_000);
    expect((hellos[0] as { heartbeatMs?: number }).heartbeatMs).toBeGreaterThan(200_000);
    await again.client.close();
    expect(harness.errors).toEqual([]);
  });

  test("any traffic is a beat", async () => {
    const { client, clock, count, harness } = behindNat(60_000);
    await clock.advance(1_000);
    for (let second = 0; second < 300; second += 10) {
      await clock.advance(10_000);
      const chat = client.conversation("d:alice:bob");
      chat.typing();
      harness.link.event({ type: "typing", conversation: "d:alice:bob", user: "bob", on: true });
    }
    expect(count.pings).toBeLessThan(3);
    await client.close();
  });

  test("finds events that were lost in silence, and resumes", async () => {
    const { client, clock, count, harness } = behindNat(Number.POSITIVE_INFINITY);
    await clock.advance(1_000);
    const { link } = harness;
    // The server has handed one over, and it never came.
    count.position = 1;
    await clock.advance(17_000);
    expect(link.closed?.reason).toBe("events were lost");
    await clock.advance(1_000);
    expect(harness.network.links.length).toBe(2);
    expect(harness.link.received.find(({ type }) => type === "hello")).toMatchObject({
      resume: { session: "s1", position: 0 },
    });
    await client.close();
  });

  test("waits for what a replay still hands over", async () => {
    const { client, clock, count, harness } = behindNat(Number.POSITIVE_INFINITY);
    await clock.advance(1_000);
    const { link } = harness;
    count.position = 2;
    await clock.advance(14_500);
    link.event({ type: "message", message: message(1) });
    await clock.advance(900);
    link.event({ type: "message", message: message(2) });
    await clock.advance(20_000);
    expect(link.closed).toBeUndefined();
    await client.close();
  });
});
