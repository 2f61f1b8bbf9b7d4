import { describe, expect, test } from "bun:test";
import { authorize } from "./access.ts";
import { as, watched, World } from "./test-world.ts";

describe("loading", () => {
  test("callers at the same time share one read; later ones need none", async () => {
    const { reads, wrap } = watched();
    const world = await World.open({ cacheEntriesMax: 1 }, wrap);
    const id = await world.group(["bob"]);
    await world.group();
    expect(world.conversations.peek(id)).toBeUndefined();
    const { conversations } = world;
    reads.length = 0;
    const [a, b] = await Promise.all([conversations.load(id), conversations.load(id)]);
    expect(a).toBe(b);
    expect(reads).toEqual(["get", "members"]);
    expect(conversations.peek(id)).toBe(a);
    expect(await conversations.load(id)).toBe(a);
    expect(reads.length).toBe(2);
  });

  test("what is not there is not there, until it is", async () => {
    const world = await World.open();
    expect(await world.conversations.load("d:alice:bob")).toBeUndefined();
    expect(await world.conversations.openDirect("d:alice:ghost")).toBeUndefined();
    expect(await world.conversations.openDirect("not an id")).toBeUndefined();
    const made = await world.conversations.openDirect("d:alice:bob");
    expect(made).toMatchObject({ kind: "direct", memberCount: 2, large: false, lastSeq: 0 });
    expect(await world.conversations.openDirect("d:alice:bob")).toBe(made);
    expect(world.conversations.standing(made!, "alice")?.role).toBe("member");
    expect(world.conversations.standing(made!, "carol")).toBeNull();
  });

  test("a conversation with oneself has one member", async () => {
    const world = await World.open();
    expect(await world.conversations.openDirect("d:alice:alice")).toMatchObject({ memberCount: 1 });
  });

  test("a failed read reaches its callers, and the next one tries again", async () => {
    let fails = true;
    const { wrap } = watched(() => (fails ? Promise.reject(new Error("down")) : Promise.resolve()));
    const world = await World.open({}, wrap);
    expect(world.conversations.load("d:alice:bob")).rejects.toThrow("down");
    fails = false;
    expect(await world.conversations.load("d:alice:bob")).toBeUndefined();
  });
});

describe("committed", () => {
  test("counts messages, and a second call changes nothing", async () => {
    const world = await World.open();
    const id = await world.group(["bob"]);
    await world.say(id, "alice");
    const change = { type: "add" as const, users: ["carol"] };
    const message = { conversation: id, seq: 3, kind: "system" as const, time: 1 };
    expect(world.conversations.committed(message, change)).toMatchObject({ added: ["carol"] });
    expect(world.conversations.committed(message, change)).toEqual({ added: [], removed: [] });
    expect(world.conversations.peek(id)).toMatchObject({ lastSeq: 3, visible: 1, memberCount: 3 });
  });

  test("a message that was not seen makes the conversation be read anew", async () => {
    const world = await World.open();
    const id = await world.group(["bob"]);
    expect(
      world.conversations.committed({ conversation: id, seq: 9, kind: "text", time: 1 }, undefined),
    ).toEqual({ added: [], removed: [] });
    expect(world.conversations.peek(id)).toBeUndefined();
  });

  test("a group that grows past the bound is large, and one that shrinks to half is small again", async () => {
    const world = await World.open({ largeGroupMembers: 4 });
    const id = await world.group(["u1", "u2", "u3"]);
    const { conversations, changes } = world;
    const users = ["u4", "u5"];
    expect(conversations.peek(id)?.large).toBe(false);
    await world.run(id, () => changes.invite(as("alice"), { conversation: id, users }));
    const large = conversations.peek(id)!;
    expect(large).toMatchObject({ large: true, members: undefined, memberCount: 6 });
    expect(conversations.standing(large, "u1")?.role).toBe("member");
    expect(conversations.standing(large, "u5")?.role).toBe("member");
    await world.run(id, () =>
      changes.remove(as("alice"), { conversation: id, users: ["u1", "u2", "u3"] }),
    );
    expect(conversations.peek(id)).toMatchObject({ large: true, memberCount: 3 });
    await world.run(id, () => changes.remove(as("alice"), { conversation: id, users: ["u4"] }));
    expect(conversations.peek(id)).toBeUndefined();
    expect(await conversations.load(id)).toMatchObject({ large: false, memberCount: 2 });
  });

  test("a large group whose count can no longer be known is read anew", async () => {
    const world = await World.open({ largeGroupMembers: 2, standingsPerGroupMax: 2 });
    const id = await world.group(["u1", "u2", "u3", "u4"]);
    const { conversations } = world;
    const held = conversations.peek(id)!;
    expect(conversations.standing(held, "u1")).toBeDefined();
    await conversations.loadStanding(held, "stranger");
    // Nobody knows any more that u1 is in already.
    expect(conversations.standing(held, "u1")).toBeUndefined();
    const change = { type: "add" as const, users: ["u1"] };
    conversations.committed({ conversation: id, seq: 2, kind: "system", time: 1 }, change);
    expect(conversations.peek(id)).toBeUndefined();
    expect(await conversations.load(id)).toMatchObject({ memberCount: 5 });
  });

  test("adding 500 to 100,000 costs what adding 500 costs", async () => {
    const world = await World.open({ cacheMembersMax: 1_000_000 });
    const members = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `user${from + index}`);
    const id = await world.group(members(0, 500));
    const { conversations } = world;
    let seq = 1;
    const grow = (from: number, count: number) => {
      const change = { type: "add" as const, users: members(from, count) };
      return conversations.committed(
        { conversation: id, seq: (seq += 1), kind: "system", time: 1 },
        change,
      );
    };
    const large = conversations.peek(id)!;
    let count = 500;
    const timed = () => {
      // As plans do: whether these users are in has just been asked.
      for (const user of members(count, 500)) (large.known as Map<string, null>).set(user, null);
      const started = performance.now();
      grow(count, 500);
      count += 500;
      return performance.now() - started;
    };
    const early = Math.min(...Array.from({ length: 10 }, timed));
    for (let round = 0; round < 180; round += 1) timed();
    const late = Math.min(...Array.from({ length: 10 }, timed));
    expect(conversations.peek(id)).toMatchObject({ memberCount: count + 1, large: true });
    expect(late).toBeLessThan(Math.max(early * 20, 5));
  });
});

describe("standings", () => {
  test("of small groups members are at hand, strangers and banned users are asked for once", async () => {
    const { reads, wrap } = watched();
    const world = await World.open({}, wrap);
    const id = await world.group(["bob"], { open: true });
    const { conversations, changes } = world;
    await world.run(id, () =>
      changes.remove(as("alice"), { conversation: id, users: ["eve"], ban: true }),
    );
    reads.length = 0;
    const held = conversations.peek(id)!;
    expect(conversations.standing(held, "bob")?.role).toBe("member");
    expect(conversations.standing(held, "eve")?.role).toBe("banned");
    expect(conversations.standing(held, "zoe")).toBeUndefined();
    expect(await conversations.loadStanding(held, "zoe")).toBeNull();
    expect(conversations.standing(held, "zoe")).toBeNull();
    expect(reads).toEqual(["member"]);
  });

  test("a change that commits during the read wins", async () => {
    let release = () => {};
    let holding = false;
    const { wrap } = watched(() =>
      holding ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve(),
    );
    const world = await World.open({}, wrap);
    const id = await world.group(["bob"]);
    const held = world.conversations.peek(id)!;
    holding = true;
    const asked = world.conversations.loadStanding(held, "carol");
    release();
    await new Promise(setImmediate);
    // The store has answered "a stranger"; before that arrives, carol is added.
    holding = false;
    const change = { type: "add" as const, users: ["carol"] };
    world.conversations.committed({ conversation: id, seq: 2, kind: "system", time: 1 }, change);
    release();
    expect((await asked)?.role).toBe("member");
    expect(world.conversations.standing(held, "carol")?.role).toBe("member");
  });

  test("are bounded in large groups; the oldest is dropped first", async () => {
    const world = await World.open({ largeGroupMembers: 2, standingsPerGroupMax: 3 });
    const id = await world.group(["u1", "u2", "u3", "u4", "u5", "u6"]);
    const { conversations } = world;
    const held = conversations.peek(id)!;
    await conversations.loadStanding(held, "stranger");
    expect(held.known.size).toBe(3);
    expect(conversations.standing(held, "stranger")).toBeNull();
    expect(conversations.standing(held, "u1")).toBeUndefined();
    expect((await conversations.loadStanding(held, "u1"))?.role).toBe("member");
  });
});

test("the cache is bounded in conversations and in members; what was used lately stays", async () => {
  const world = await World.open({ cacheEntriesMax: 4, cacheMembersMax: 30 });
  const often = await world.group(["bob"]);
  for (let group = 0; group < 20; group += 1) {
    await world.group(["u1", "u2", "u3"]);
    expect(world.conversations.peek(often)).toBeDefined();
    expect(world.conversations.cached.conversations).toBeLessThanOrEqual(4);
    expect(world.conversations.cached.weight).toBeLessThanOrEqual(30);
  }
  const many = Array.from({ length: 25 }, (_, index) => `u${index}`);
  await world.group(many);
  expect(world.conversations.cached.weight).toBeLessThanOrEqual(30);
});

test("changes of one conversation take turns; too many are refused", async () => {
  const world = await World.open({ changesWaitingMax: 3 });
  const { exclusive } = world.conversations;
  const order: string[] = [];
  const slow = (name: string) => async () => {
    order.push(`${name} begins`);
    await new Promise(setImmediate);
    order.push(`${name} ends`);
    if (name === "b") throw new Error("b fails");
  };
  const [a, b, c] = [
    exclusive.run("g", slow("a")),
    exclusive.run("g", slow("b")),
    exclusive.run("g", slow("c")),
  ];
  expect(exclusive.run("g", slow("d"))).toBeUndefined();
  await exclusive.run("h", slow("x"));
  await a;
  expect(b).rejects.toThrow("b fails");
  await c;
  expect(order.filter((entry) => !entry.startsWith("x"))).toEqual([
    "a begins",
    "a ends",
    "b begins",
    "b ends",
    "c begins",
    "c ends",
  ]);
  await Promise.resolve();
  expect(exclusive.size).toBe(0);
});

test("two owners' changes at once leave one owner", async () => {
  const world = await World.open();
  const id = await world.group(["bob", "carol"]);
  const { changes } = world;
  await Promise.all([
    world.run(id, () => changes.leave(as("alice"), { conversation: id })),
    world.run(id, () => changes.leave(as("bob"), { conversation: id })),
  ]);
  const { members } = await world.truth(id);
  expect([...members]).toEqual([["carol", { role: "owner", mutedUntil: 0 }]]);
});

test("the way of a send takes microseconds", async () => {
  const world = await World.open();
  const { conversations } = world;
  const ids: string[] = [];
  for (let index = 0; index < 1_000; index += 1) {
    const id = `d:alice:user${index}`;
    await conversations.openDirect(id);
    ids.push(id);
  }
  let allowed = 0;
  const started = performance.now();
  for (let round = 0; round < 200; round += 1) {
    for (const id of ids) {
      const held = conversations.peek(id);
      const standing = held === undefined ? undefined : conversations.standing(held, "alice");
      if (
        held !== undefined &&
        standing !== undefined &&
        standing !== null &&
        authorize("send", held, standing, 1) === undefined
      )
        allowed += 1;
    }
  }
  const perCallUs = ((performance.now() - started) / 200_000) * 1_000;
  expect(allowed).toBe(200_000);
  expect(perCallUs).toBeLessThan(10);
});
