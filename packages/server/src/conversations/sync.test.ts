import { describe, expect, test } from "bun:test";
import type { Result } from "@godwit/protocol";
import { onWire, seqs, talk } from "./test-wire.ts";
import { as, World } from "./test-world.ts";

describe("sync", () => {
  /** Pulls all pages as a client does. */
  async function pull(
    world: World,
    user: string,
    params: Parameters<World["views"]["sync"]>[1] = {},
  ) {
    const pages: Result<"sync">[] = [];
    let after: string | undefined;
    do {
      const page = onWire(
        "sync",
        await world.views.sync(user, { ...params, ...(after === undefined ? {} : { after }) }),
      );
      pages.push(page);
      after = page.next;
      expect(page.partial).toBe(after !== undefined);
      expect(pages.length).toBeLessThan(200);
    } while (after !== undefined);
    return { pages, conversations: pages.flatMap(({ conversations }) => conversations) };
  }

  test("gives what moved past the cursors, with the newest messages after them", async () => {
    const { world, id } = await talk(30);
    const moved = await world.group(["bob"]);
    const still = await world.group(["bob"]);
    await world.say(moved, "alice");
    const cursors = [
      { conversation: id, seq: 5 },
      { conversation: moved, seq: 1 },
      { conversation: still, seq: 1 },
    ];
    const { conversations } = await pull(world, "bob", { cursors, messages: 10 });
    expect(
      conversations.map((one) => [one.conversation.id, seqs(one.messages), one.partial]),
    ).toEqual([
      [id, [21, 22, 23, 24, 25, 26, 27, 28, 29, 30], true],
      [moved, [2], false],
    ]);
    expect(conversations[0]?.conversation).toMatchObject({ unread: 30, lastSeq: 30 });
  });

  test("without cursors gives everything, and a cursor past the end counts as none", async () => {
    const { world, id } = await talk(2);
    const group = await world.group(["bob"]);
    expect((await pull(world, "bob")).conversations.map((one) => one.conversation.id)).toEqual([
      id,
      group,
    ]);
    const { conversations } = await pull(world, "bob", {
      cursors: [{ conversation: id, seq: 99 }],
    });
    expect(seqs(conversations[0]?.messages ?? [])).toEqual([1, 2]);
  });

  test("conversations of others, left ones and empty direct ones are not in it", async () => {
    const { world } = await talk(1);
    const left = await world.group(["bob"]);
    await world.run(left, () => world.changes.leave(as("bob"), { conversation: left }));
    await world.conversations.openDirect("d:bob:zoe");
    await world.group(["carol"]);
    expect((await pull(world, "bob")).conversations.map((one) => one.conversation.id)).toEqual([
      "d:alice:bob",
    ]);
  });

  test("names the conversations that the caller is no longer in, once over all pages", async () => {
    const { world } = await talk(1);
    const left = await world.group(["bob"]);
    const stayed = await world.group(["bob"]);
    const moved = await world.group(["bob"]);
    await world.say(moved, "alice");
    await world.run(left, () => world.changes.leave(as("bob"), { conversation: left }));
    const cursors = [left, stayed, moved].map((conversation) => ({ conversation, seq: 1 }));
    const { pages } = await pull(world, "bob", { cursors, limit: 1 });
    expect(pages.flatMap((page) => page.gone ?? [])).toEqual([left]);
  });

  test("names of conversations that the caller is not in leave room in the frame for the others, or take it", async () => {
    const world = await World.open();
    const ids: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      const id = await world.group(["bob"]);
      await world.say(id, "alice", "y".repeat(60_000));
      ids.push(id);
    }
    const cursors = Array.from({ length: 1_000 }, (_, index) => ({
      conversation: `d:a${"x".repeat(58)}${index}:b${"x".repeat(63)}`,
      seq: 1,
    }));
    const { pages, conversations } = await pull(world, "bob", { cursors });
    expect(conversations.map((one) => one.conversation.id)).toEqual(ids.sort());
    expect(pages.flatMap((page) => page.gone ?? []).length).toBe(1_000);
  });

  test("pages: each conversation once, in order, with its messages or the word that some are missing", async () => {
    const world = await World.open();
    const ids: string[] = [];
    for (let group = 0; group < 25; group += 1) ids.push(await world.group(["bob"]));
    const { pages, conversations } = await pull(world, "bob", { limit: 10 });
    expect(pages.map((page) => page.conversations.length)).toEqual([10, 10, 5]);
    expect(conversations.map((one) => one.conversation.id)).toEqual(ids.sort());
    expect((await pull(world, "bob", { limit: 25 })).pages.length).toBe(1);
    const none = await pull(world, "bob", { messages: 0 });
    expect(none.conversations.every((one) => one.messages.length === 0 && one.partial)).toBe(true);
  });

  test("pages are bounded in bytes; a conversation with too much for one page says that it is partial", async () => {
    const world = await World.open();
    const ids: string[] = [];
    for (let group = 0; group < 6; group += 1) {
      const id = await world.group(["bob"]);
      ids.push(id);
      const count = group === 3 ? 8 : 1;
      for (let message = 0; message < count; message += 1)
        await world.say(id, "alice", "x".repeat(60_000));
    }
    const { pages, conversations } = await pull(world, "bob");
    expect(conversations.map((one) => one.conversation.id)).toEqual(ids.sort());
    expect(pages.length).toBeGreaterThan(2);
    for (const one of conversations) {
      expect(one.messages.at(-1)?.seq).toBe(one.conversation.lastSeq);
      expect(one.partial).toBe(one.messages.length < one.conversation.lastSeq);
      expect(one.partial).toBe(one.conversation.lastSeq === 9);
    }
  });

  test("a user with very many conversations that did not move gets pages without any", async () => {
    const { world } = await talk(1);
    const row = (await world.store.conversations.get("d:alice:bob"))!;
    let lists = 0;
    const many = Array.from({ length: 12_000 }, (_, index) => ({
      ...row,
      id: `d:alice:user${String(index).padStart(5, "0")}`,
      lastSeq: index === 11_000 ? 7 : 0,
    }));
    const list = (_: string, after: string | undefined, limit: number) => {
      lists += 1;
      const from = after === undefined ? 0 : many.findIndex(({ id }) => id > after);
      return Promise.resolve(from < 0 ? [] : many.slice(from, from + limit));
    };
    const other = new World(
      { ...world.store, conversations: { ...world.store.conversations, list } },
      {},
    );
    let pages = 0;
    let after: string | undefined;
    do {
      lists = 0;
      const page = await other.views.sync("alice", after === undefined ? {} : { after });
      expect(lists).toBeLessThanOrEqual(10);
      pages += 1;
      after = page.next;
    } while (after !== undefined);
    expect(pages).toBe(3);
  });
});
