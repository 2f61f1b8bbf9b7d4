import { describe, expect, test } from "bun:test";
import type { ReceivedMessage } from "@godwit/client";
import fc from "fast-check";
import { bob, message, settle } from "../../testing/fakes.ts";
import { type ChatRecord, emptyRecord } from "../chat-record.ts";
import type { Outgoing } from "../outgoing.ts";
import { Timeline, type TimelinePorts } from "./timeline.ts";

/** A server with one conversation, a cache, and a connection that may fail. */
class World {
  readonly stored: ReceivedMessage[] = [];
  kept: ReceivedMessage[] = [];
  online = true;
  outgoing: Outgoing[] = [];
  asked: string[] = [];
  record: ChatRecord = emptyRecord(bob);

  constructor(count = 0, fields: (seq: number) => Partial<ReceivedMessage> = () => ({})) {
    for (let seq = 1; seq <= count; seq++) this.store(fields(seq));
  }

  store(fields: Partial<ReceivedMessage> = {}): ReceivedMessage {
    const stored = message(this.stored.length + 1, fields);
    this.stored.push(stored);
    this.record = { ...this.record, lastSeq: stored.seq };
    return stored;
  }

  readonly ports = (): TimelinePorts => ({
    self: "alice",
    direct: true,
    page: async ({ from, to, limit = 50 }) => {
      this.asked.push(`${from ?? ""}-${to ?? ""}:${limit}`);
      await Promise.resolve();
      if (!this.online) throw Object.assign(new Error("no"), { name: "offline" });
      const all = this.stored.filter(
        ({ seq }) => seq >= (from ?? 0) && seq <= (to ?? Number.MAX_SAFE_INTEGER),
      );
      const oldestFirst = from !== undefined && to === undefined;
      const messages = oldestFirst ? all.slice(0, limit) : all.slice(-limit);
      return { messages, partial: messages.length < all.length };
    },
    run: async (to, limit) => {
      await Promise.resolve();
      const until = to ?? this.kept.at(-1)?.seq ?? 0;
      const run = [];
      for (let seq = until; run.length < limit; seq--) {
        const found = this.kept.find((one) => one.seq === seq);
        if (!found) break;
        run.unshift(found);
      }
      return run;
    },
    record: () => this.record,
    outgoing: () => this.outgoing,
    keep() {},
  });
}

async function opened(world: World): Promise<Timeline> {
  const timeline = new Timeline(world.ports());
  await timeline.open();
  await settle();
  return timeline;
}

const shown = (timeline: Timeline) => timeline.view.getState().items.map(({ seq }) => seq);
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);
const view = (timeline: Timeline) => timeline.view.getState();

describe("a conversation opens", () => {
  test("at its newest messages, and goes back from there to the first", async () => {
    const timeline = await opened(new World(250));
    expect([shown(timeline), view(timeline).atNewest, view(timeline).atOldest]).toEqual([
      range(151, 250),
      true,
      false,
    ]);
    await view(timeline).loadOlder();
    await view(timeline).loadOlder();
    expect([shown(timeline).length, view(timeline).atOldest]).toEqual([250, true]);
    await view(timeline).loadOlder();
    expect(shown(timeline)).toEqual(range(1, 250));
  });

  test("with what the cache has, without a connection; what was missed is filled in later", async () => {
    const world = new World(120);
    world.kept = world.stored.slice(40, 100);
    world.online = false;
    const timeline = await opened(world);
    expect([shown(timeline), view(timeline).atNewest]).toEqual([range(41, 100), false]);
    expect(view(timeline).error).toBe("offline");
    world.online = true;
    timeline.online();
    await settle();
    expect([shown(timeline), view(timeline).atNewest, view(timeline).error]).toEqual([
      range(41, 120),
      true,
      undefined,
    ]);
  });

  test("without cache and connection it says so, and tries again with the next one", async () => {
    const world = new World(3);
    world.online = false;
    const timeline = await opened(world);
    expect([shown(timeline), view(timeline).error, view(timeline).loading]).toEqual([
      [],
      "offline",
      undefined,
    ]);
    world.online = true;
    timeline.online();
    await settle();
    expect(shown(timeline)).toEqual([1, 2, 3]);
  });

  test("at the first unread message if it is far, and goes on to the newest from there", async () => {
    const world = new World(500);
    world.record = { ...world.record, read: 200, unread: 300 };
    const timeline = await opened(world);
    expect(view(timeline).firstUnreadSeq).toBe(201);
    expect(shown(timeline)).toEqual(range(141, 300));
    expect(view(timeline).atNewest).toBe(false);
    timeline.arrived([world.store()]);
    expect(shown(timeline).at(-1)).toBe(300);
    while (!view(timeline).atNewest) await view(timeline).loadNewer();
    expect(shown(timeline)).toEqual(range(141, 501));
    timeline.arrived([world.store()]);
    expect(shown(timeline).at(-1)).toBe(502);
  });

  test("empty between people who have not written yet", async () => {
    const world = new World();
    const ports = world.ports();
    const timeline = new Timeline({
      ...ports,
      page: () => Promise.reject(Object.assign(new Error("no"), { name: "conversation_unknown" })),
    });
    await timeline.open();
    expect([view(timeline).error, view(timeline).atOldest, view(timeline).atNewest]).toEqual([
      undefined,
      true,
      true,
    ]);
    timeline.arrived([world.store()]);
    expect(shown(timeline)).toEqual([1]);
  });
});

describe("jumping", () => {
  test("leads to a message, to a day, to the first unread one and back to the newest", async () => {
    const world = new World(100_000);
    const timeline = await opened(world);
    expect(await view(timeline).jumpTo({ seq: 5_000 })).toBe(5_000);
    expect(shown(timeline)).toEqual(range(4_940, 5_099));
    world.asked = [];
    expect(await view(timeline).jumpTo({ time: 1_000_000 + 77_777_000 })).toBe(77_777);
    expect(world.asked.length).toBeLessThan(20);
    expect(await view(timeline).jumpTo({ time: 0 })).toBe(1);
    expect(await view(timeline).jumpTo("newest")).toBe(100_000);
    expect(view(timeline).atNewest).toBe(true);
    world.record = { ...world.record, read: 99_990 };
    expect(await view(timeline).jumpTo("unread")).toBe(99_991);
  });

  test("stays where it is without a connection, and says why", async () => {
    const world = new World(1_000);
    const timeline = await opened(world);
    world.online = false;
    expect(await view(timeline).jumpTo({ seq: 5 })).toBeUndefined();
    expect([view(timeline).error, shown(timeline).at(-1)]).toEqual(["offline", 1_000]);
  });

  test("a slower answer to an earlier question changes nothing", async () => {
    const world = new World(1_000);
    const timeline = await opened(world);
    const older = view(timeline).loadOlder();
    await view(timeline).jumpTo({ seq: 100 });
    await older;
    expect(shown(timeline)).toEqual(range(40, 199));
    expect(view(timeline).loading).toBeUndefined();
  });
});

describe("own messages", () => {
  const own = (key: string, fields: Partial<Outgoing> = {}): Outgoing => ({
    key,
    conversation: bob,
    kind: "text",
    content: { text: key },
    time: 5,
    ...fields,
  });

  test("wait at the end, take their place under the same key, and show how far they came", async () => {
    const world = new World(2);
    const timeline = await opened(world);
    const stored = message(3, { sender: "alice" });
    world.outgoing = [own(stored.clientId)];
    timeline.outgoingMoved();
    expect(view(timeline).items.at(-1)).toMatchObject({ state: "queued", key: stored.clientId });
    world.outgoing = [];
    timeline.arrived([world.store({ sender: "alice" })]);
    expect(view(timeline).items.at(-1)).toMatchObject({
      state: "sent",
      key: stored.clientId,
      seq: 3,
    });
    const before = view(timeline).items;
    world.record = { ...world.record, reached: { delivered: 3, read: 0 } };
    timeline.recordMoved();
    expect(view(timeline).items.at(-1)?.state).toBe("delivered");
    expect(view(timeline).items[0]).toBe(before[0]);
    world.record = { ...world.record, reached: { delivered: 3, read: 3 } };
    timeline.recordMoved();
    expect(view(timeline).items.at(-1)?.state).toBe("read");
  });

  test("show why they were refused", async () => {
    const world = new World(1);
    const failure = { name: "muted", message: "You are muted.", retryable: true };
    world.outgoing = [own("k", { failure })];
    const timeline = await opened(world);
    expect(view(timeline).items.at(-1)).toMatchObject({ state: "failed", failure });
  });

  test("are not shown after a gap: the past ends where it ends", async () => {
    const world = new World(1_000);
    const timeline = await opened(world);
    world.outgoing = [own("k")];
    await view(timeline).jumpTo({ seq: 10 });
    expect(view(timeline).items.every(({ seq }) => seq !== undefined)).toBe(true);
    await view(timeline).jumpTo("newest");
    expect(view(timeline).items.at(-1)?.key).toBe("k");
  });
});

test("what a message answers is shown at once if it is there, else once it was fetched", async () => {
  const world = new World(300);
  const timeline = await opened(world);
  timeline.arrived([world.store({ replyTo: 299 }), world.store({ replyTo: 7 })]);
  await settle();
  const [near, far] = view(timeline).items.slice(-2);
  expect(near?.replyTo).toEqual({ seq: 299, sender: "bob", text: "m299" });
  expect(far?.replyTo).toEqual({ seq: 7, sender: "bob", text: "m7" });
});

test("a flood far ahead of the window is caught up with: filled if it is small, begun anew if it is not", async () => {
  const world = new World(10);
  const timeline = await opened(world);
  for (let seq = 11; seq <= 200; seq++) world.store();
  timeline.arrived([world.store()]);
  await settle();
  expect(shown(timeline)).toEqual(range(1, 201));
  for (let seq = 202; seq <= 5_000; seq++) world.store();
  timeline.arrived([world.store()]);
  await settle();
  expect([shown(timeline).at(-1), view(timeline).atNewest]).toEqual([5_001, true]);
  const items = shown(timeline) as number[];
  expect(items).toEqual(range(items[0]!, 5_001));
});

test("whatever happens, what is shown has no gap, and in the end the newest is there", async () => {
  const op = fc.constantFrom(
    "live",
    "burst",
    "lost",
    "older",
    "newer",
    "jump",
    "newest",
    "offline",
    "online",
    "hold",
    "follow",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(op, { maxLength: 40 }),
      fc.integer({ min: 0, max: 700 }),
      async (ops, begin) => {
        const world = new World(begin);
        world.kept = world.stored.slice(-50);
        const timeline = await opened(world);
        const check = () => {
          const items = shown(timeline) as number[];
          if (items.length > 0) expect(items).toEqual(range(items[0]!, items.at(-1)!));
          expect(items.length).toBeLessThanOrEqual(600);
        };
        for (const what of ops) {
          if (what === "live") timeline.arrived([world.store()]);
          else if (what === "burst")
            timeline.arrived(Array.from({ length: 90 }, () => world.store()));
          else if (what === "lost") for (let at = 0; at < 130; at++) world.store();
          else if (what === "older") void view(timeline).loadOlder();
          else if (what === "newer") void view(timeline).loadNewer();
          else if (what === "jump") void view(timeline).jumpTo({ seq: (begin >> 1) + 1 });
          else if (what === "newest") void view(timeline).jumpTo("newest");
          else if (what === "offline") world.online = false;
          else if (what === "online") {
            world.online = true;
            timeline.online();
          } else view(timeline).setFollowing(what === "follow");
          check();
          if (Math.abs(ops.length + begin) % 2 === 0) await settle();
          check();
        }
        world.online = true;
        timeline.online();
        view(timeline).setFollowing(true);
        await settle();
        timeline.arrived([world.store()]);
        await settle();
        await view(timeline).jumpTo("newest");
        await settle();
        check();
        expect([view(timeline).atNewest, shown(timeline).at(-1)]).toEqual([
          true,
          world.stored.length,
        ]);
        expect(view(timeline).loading).toBeUndefined();
      },
    ),
    { numRuns: 150 },
  );
}, 30_000);

test("fetches what the server knows of and no event brings: the cache was behind when the page was loaded", async () => {
  const world = new World(3);
  world.kept = world.stored.slice(0, 1);
  world.record = { ...world.record, lastSeq: 1 };
  const timeline = await opened(world);
  expect(shown(timeline)).toEqual([1]);
  world.record = { ...world.record, lastSeq: 3 };
  timeline.recordMoved();
  await settle();
  expect(shown(timeline)).toEqual([1, 2, 3]);
});
