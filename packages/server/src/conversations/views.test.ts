import { describe, expect, test } from "bun:test";
import { limits } from "@godwit/protocol";
import { onWire, seqs, talk } from "./test-wire.ts";
import { as, World } from "./test-world.ts";
import {
  conversationBytes,
  conversationToWire,
  fitting,
  messageBytes,
  progressToWire,
} from "./wire.ts";

describe("view", () => {
  test("shows a direct conversation with the other one's cursors", async () => {
    const { world, id } = await talk(3);
    await world.store.messages.advance([
      { conversation: id, user: "bob", delivered: 3, read: 2, time: 1 },
    ]);
    const [mine] = await world.views.view("alice", [id, "d:alice:zoe"]);
    expect(onWire("conversation", { conversation: mine! }).conversation).toEqual({
      id,
      kind: "direct",
      role: "member",
      memberCount: 2,
      lastSeq: 3,
      delivered: 0,
      read: 0,
      unread: 0,
      mentions: 0,
      createdAt: world.time.ms,
      peerDelivered: 3,
      peerRead: 2,
    });
    expect(await world.views.view("carol", [id])).toEqual([]);
  });

  test("shows a group of few with the cursors of the others, and a larger one without", async () => {
    const world = await World.open();
    const id = await world.group(["bob", "carol"]);
    const seq = await world.say(id, "alice");
    await world.store.messages.advance([
      { conversation: id, user: "bob", delivered: seq, read: seq, time: 1 },
      { conversation: id, user: "carol", delivered: seq, time: 1 },
    ]);
    const cursors = [
      { user: "bob", delivered: seq, read: seq },
      { user: "carol", delivered: seq, read: 1 },
    ];
    const [seen] = await world.views.view("alice", [id]);
    expect(onWire("conversation", { conversation: seen! }).conversation).toMatchObject({ cursors });
    const synced = onWire("sync", await world.views.sync("alice", {}));
    expect(synced.conversations[0]?.conversation.cursors).toEqual(cursors);
    const many = Array.from({ length: limits.memberCursorsMax }, (_, index) => `u${index}`);
    const larger = await world.group(many);
    expect((await world.views.view("alice", [larger]))[0]).not.toHaveProperty("cursors");
  });

  test("shows the flags of a group, and only those that are set", async () => {
    const world = await World.open({ largeGroupMembers: 2 });
    const id = await world.group(["bob", "carol"], { open: true });
    const { changes } = world;
    const until = world.time.ms + 1_000;
    await world.run(id, () => changes.mute(as("alice"), { conversation: id, user: "bob", until }));
    await world.run(id, () => changes.mute(as("alice"), { conversation: id, until }));
    await world.run(id, () => changes.dissolve(as("alice"), { conversation: id }));
    const [bobs] = await world.views.view("bob", [id]);
    onWire("conversation", { conversation: bobs! });
    expect(bobs).toMatchObject({
      title: "Friends",
      role: "member",
      memberCount: 3,
      open: true,
      large: true,
      mutedAll: true,
      mutedUntil: until,
      dissolved: true,
    });
    const [plain] = await world.views.view("alice", [await world.group(["bob"])]);
    for (const flag of ["open", "large", "mutedAll", "mutedUntil", "dissolved"])
      expect(plain).not.toHaveProperty(flag);
  });
});

describe("history", () => {
  test("without bounds: the newest, cut at the old end", async () => {
    const { world, id } = await talk(60);
    const newest = onWire("history", await world.views.history({ conversation: id }));
    expect([seqs(newest.messages)[0], newest.messages.length, newest.partial]).toEqual([
      11,
      50,
      true,
    ]);
    const all = await world.views.history({ conversation: id, limit: 60 });
    expect([all.messages.length, all.partial]).toEqual([60, false]);
    expect(all.messages[0]).toMatchObject({
      seq: 1,
      kind: "text",
      content: { text: "message 1" },
      sender: "alice",
    });
  });

  test.each([
    [{ from: 3 }, [3, 4, 5], true],
    [{ from: 9 }, [9, 10], false],
    [{ from: 0, to: 2 }, [1, 2], false],
    [{ to: 5 }, [3, 4, 5], true],
    [{ from: 2, to: 8 }, [6, 7, 8], true],
    [{ from: 4, to: 6 }, [4, 5, 6], false],
    [{ to: 0 }, [], false],
    [{ from: 8, to: 3 }, [], false],
    [{ from: 11 }, [], false],
    [{}, [8, 9, 10], true],
  ])("bounds %p of ten by three", async (bounds, wanted, partial) => {
    const { world, id } = await talk(10);
    const page = onWire(
      "history",
      await world.views.history({ conversation: id, limit: 3, ...bounds }),
    );
    expect([seqs(page.messages), page.partial]).toEqual([wanted, partial]);
  });

  test("is bounded in bytes, and says so", async () => {
    const world = await World.open();
    const id = await world.group(["bob"]);
    const mentions = Array.from({ length: limits.mentionsMax }, (_, index) =>
      `user${index}`.padEnd(64, "x"),
    );
    for (let count = 0; count < 10; count += 1)
      await world.say(id, "alice", "字".repeat(20_000), { mentions });
    for (const bounds of [{}, { from: 2 }]) {
      const page = onWire(
        "history",
        await world.views.history({ conversation: id, limit: 200, ...bounds }),
      );
      expect([page.messages.length, page.partial]).toEqual([3, true]);
      expect(seqs(page.messages)).toEqual("from" in bounds ? [2, 3, 4] : [9, 10, 11]);
    }
  });

  test("of a long page with large contents no more is read than fits", async () => {
    const world = await World.open();
    const id = await world.group(["bob"]);
    for (let count = 0; count < 199; count += 1) await world.say(id, "alice", "x".repeat(10_000));
    let read = 0;
    const range: typeof world.store.messages.range = async (...args) => {
      const found = await world.store.messages.range(...args);
      read += found.length;
      return found;
    };
    const messages = { ...world.store.messages, range };
    const other = new World({ ...world.store, messages }, {});
    for (const bounds of [{}, { from: 2 }]) {
      read = 0;
      const page = onWire(
        "history",
        await other.views.history({ conversation: id, limit: 200, ...bounds }),
      );
      expect([page.messages.length, page.partial, read]).toEqual([19, true, 64]);
    }
  });

  test("pages follow each other without a gap in either direction", async () => {
    const { world, id } = await talk(150);
    const up: number[] = [];
    for (let from = 1; from <= 150;) {
      const page = await world.views.history({ conversation: id, from, limit: 70 });
      up.push(...seqs(page.messages));
      expect(page.partial).toBe(up.length < 150);
      from = (up.at(-1) ?? 150) + 1;
    }
    const down: number[] = [];
    for (let to = 150; to >= 1;) {
      const page = await world.views.history({ conversation: id, to, limit: 70 });
      down.unshift(...seqs(page.messages));
      expect(page.partial).toBe(down.length < 150);
      to = (down[0] ?? 1) - 1;
    }
    const all = Array.from({ length: 150 }, (_, index) => index + 1);
    expect([up, down]).toEqual([all, all]);
  });

  test("two hundred short messages fit into a frame", async () => {
    const { world, id } = await talk(200);
    const page = onWire("history", await world.views.history({ conversation: id, limit: 200 }));
    expect(page).toMatchObject({ partial: false });
    expect(page.messages.length).toBe(200);
  });

  test("an expired message keeps its place and nothing of what it said", async () => {
    const { world, id } = await talk(1);
    const expiresAt = world.time.ms + 1_000;
    await world.say(id, "alice", "secret", { expiresAt, mentions: ["bob"], replyTo: 1 });
    const read = async () =>
      onWire("history", await world.views.history({ conversation: id, from: 2 })).messages[0];
    expect(await read()).toMatchObject({
      content: { text: "secret" },
      mentions: ["bob"],
      replyTo: 1,
      expiresAt,
    });
    world.time.ms = expiresAt + 1;
    const gone = await read();
    expect(gone).toMatchObject({
      seq: 2,
      sender: "alice",
      kind: "system",
      content: { event: "expired" },
    });
    expect(JSON.stringify(gone)).not.toMatch(/secret|bob"\]|replyTo/);
  });

  test("important messages say so", async () => {
    const { world, id } = await talk(0);
    await world.say(id, "alice", "pay", { priority: "important" });
    expect((await world.views.history({ conversation: id })).messages[0]?.priority).toBe(
      "important",
    );
  });
});

test("members and receipts come in pages by user id", async () => {
  const world = await World.open();
  const id = await world.group(["bob", "carol", "dave"]);
  const seq = await world.say(id, "alice");
  const moves = ["bob", "carol", "dave"].map((user) => ({
    conversation: id,
    user,
    read: seq,
    time: 5,
  }));
  await world.store.messages.advance(moves);

  const first = onWire("members", await world.views.members({ conversation: id, limit: 3 }));
  expect([
    first.members.map(({ user, role }) => `${user} ${role}`),
    first.partial,
    first.next,
  ]).toEqual([["alice owner", "bob member", "carol member"], true, "carol"]);
  const rest = await world.views.members({ conversation: id, limit: 3, after: "carol" });
  expect([rest.members.map(({ user }) => user), rest.partial]).toEqual([["dave"], false]);

  const read = onWire(
    "receipts",
    await world.views.receipts({ conversation: id, seq, cursor: "read", limit: 2 }),
  );
  expect(read).toEqual({
    total: 3,
    members: [
      { user: "bob", seq, time: 5 },
      { user: "carol", seq, time: 5 },
    ],
    partial: true,
    next: "carol",
  });
  expect(
    await world.views.receipts({ conversation: id, seq, cursor: "read", limit: 2, after: "carol" }),
  ).toMatchObject({ total: 3, partial: false });
});

test("the estimate of a message's bytes is never too low", async () => {
  const world = await World.open();
  const user = "u".repeat(64);
  const peer = "v".repeat(64);
  const id = `d:${user}:${peer}`;
  await world.conversations.openDirect(id);
  const more = {
    device: "d".repeat(64),
    clientSeq: Number.MAX_SAFE_INTEGER,
    priority: "important" as const,
    mentions: [user, "*"],
    replyTo: Number.MAX_SAFE_INTEGER,
    expiresAt: Number.MAX_SAFE_INTEGER,
  };
  await world.say(id, user, 'naïve 字 \u0001 \\ "', more);
  const [stored] = await world.store.messages.range(id, 1, 1, 1, "newest");
  const worst = {
    ...stored!,
    seq: Number.MAX_SAFE_INTEGER,
    id: Number.MAX_SAFE_INTEGER,
    time: Number.MAX_SAFE_INTEGER,
  };
  expect(Buffer.byteLength(JSON.stringify(world.views.toWire(worst)))).toBeLessThanOrEqual(
    messageBytes(worst),
  );
});

test("the estimate of a conversation's bytes is never too low", async () => {
  const world = await World.open({ largeGroupMembers: 1 });
  const title = "\u0001".repeat(limits.titleLengthMax);
  const id = await world.group(["bob"], { open: true });
  await world.run(id, () => world.changes.rename(as("alice"), { conversation: id, title }));
  const [view] = await world.store.conversations.views("bob", [id]);
  const huge = Number.MAX_SAFE_INTEGER;
  const row = {
    ...view!.conversation,
    memberCount: huge,
    lastSeq: huge,
    mutedAll: true,
    dissolved: true,
    createdAt: huge,
  };
  const member = { ...view!.member, delivered: huge, read: huge, mutedUntil: huge };
  const worst = {
    conversation: row,
    member,
    unread: huge,
    mentions: huge,
    peerDelivered: huge,
    peerRead: huge,
  };
  const others = Array.from({ length: 31 }, (_, index) => ({
    ...member,
    user: `${index}`.padEnd(64, "x"),
  }));
  for (const cursors of [[], progressToWire(others, "bob")]) {
    const conversation = { ...conversationToWire(worst, true), cursors };
    const text = JSON.stringify({ conversation, messages: [], partial: false });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(conversationBytes(conversation));
  }
});

test("what fits is cut at the right end", () => {
  const message = (seq: number) => ({
    seq,
    content: "x".repeat(100),
    conversation: "g:0:abcdefgh",
    id: seq,
    sender: "a",
    device: "d",
    clientId: "",
    clientSeq: 0,
    time: 0,
    kind: "text" as const,
    priority: "normal" as const,
  });
  const all = [1, 2, 3].map(message);
  const two = messageBytes(message(1)) * 2;
  expect(seqs(fitting(all, "oldest", two, true).messages)).toEqual([1, 2]);
  expect(seqs(fitting(all, "newest", two, true).messages)).toEqual([2, 3]);
  expect(seqs(fitting(all, "newest", 0, true).messages)).toEqual([3]);
  expect(fitting(all, "newest", 0, false)).toEqual({ messages: [], bytes: 0 });
});
