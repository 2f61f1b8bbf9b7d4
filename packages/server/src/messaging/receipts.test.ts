import { describe, expect, test } from "bun:test";
import type { Conv } from "../conversations/conversations.ts";
import type { Fanout } from "../fanout/fanout.ts";
import type { Receiver } from "../hub/receiver.ts";
import { FakeClock } from "../lib/testing/fake-clock.ts";
import { StoreError, type CursorMove, type MessageStore, type MovedCursor } from "../store/port.ts";
import { Receipts } from "./receipts.ts";
import { listeningLog, settled } from "./testing.ts";

const announceMs = 100;
const conv = (id: string) => ({ id }) as Conv;
const session = (device: string) => ({ device }) as Receiver;

function world() {
  const clock = new FakeClock();
  const calls: (readonly CursorMove[])[] = [];
  const cursors = new Map<string, { delivered: number; read: number }>();
  const announced: { readonly cursor: MovedCursor; readonly origin: Receiver | undefined }[] = [];
  const store = { fails: undefined as Error | undefined, held: Promise.resolve() };
  /** Moves forward only, and leaves out who is a stranger, as every engine does. */
  const advance = async (moves: readonly CursorMove[]): Promise<readonly MovedCursor[]> => {
    calls.push(moves);
    await store.held;
    if (store.fails !== undefined) throw store.fails;
    return moves
      .filter(({ user }) => user !== "stranger")
      .map(({ conversation, user, delivered = 0, read = 0 }) => {
        const key = `${conversation} ${user}`;
        const before = cursors.get(key) ?? { delivered: 0, read: 0 };
        const now = {
          delivered: Math.max(before.delivered, delivered, read),
          read: Math.max(before.read, read),
        };
        cursors.set(key, now);
        const moved = now.delivered > before.delivered || now.read > before.read;
        return { conversation, user, ...now, unread: 0, moved };
      });
  };
  const { log, lines } = listeningLog();
  const receipts = new Receipts({
    store: { advance } as unknown as MessageStore,
    fanout: {
      receipt: (_: Conv, cursor: MovedCursor, origin: Receiver | undefined) =>
        announced.push({ cursor, origin }),
    } as unknown as Fanout,
    clock,
    log,
    announceMs,
  });
  const pass = (ms: number) => {
    clock.advance(ms);
    return settled();
  };
  return { clock, calls, announced, store, receipts, pass, lines };
}

describe("Receipts", () => {
  test("merges the moves of one member while they wait, stores them once, and answers all with where the cursors are", async () => {
    const { calls, announced, receipts, pass } = world();
    const phone = session("phone");
    const moves = [
      receipts.move(conv("g"), "ann", { delivered: 3 }, phone),
      receipts.move(conv("g"), "ann", { read: 5 }, phone),
      receipts.move(conv("g"), "ann", { delivered: 4 }, phone),
    ];
    await pass(announceMs - 1);
    expect(calls).toEqual([]);
    await pass(1);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject([{ conversation: "g", user: "ann", delivered: 5, read: 5 }]);
    for (const outcome of await Promise.all(moves))
      expect(outcome).toMatchObject({ delivered: 5, read: 5 });
    expect(announced).toMatchObject([{ cursor: { delivered: 5, read: 5 }, origin: phone }]);
    expect(receipts.waiting).toBe(0);
  });

  test("announces what moved, and nothing that was re-sent or went back", async () => {
    const { announced, receipts, pass } = world();
    void receipts.move(conv("g"), "ann", { read: 5 }, undefined);
    await pass(announceMs);
    const again = receipts.move(conv("g"), "ann", { read: 5 }, undefined);
    const back = receipts.move(conv("g"), "ann", { delivered: 2 }, undefined);
    await pass(announceMs);
    expect(await again).toMatchObject({ read: 5, moved: false });
    expect(await back).toMatchObject({ delivered: 5 });
    expect(announced).toHaveLength(1);
  });

  test("if two sessions moved the cursor both hear of it; members and conversations are apart", async () => {
    const { announced, receipts, pass } = world();
    void receipts.move(conv("g"), "ann", { read: 1 }, session("phone"));
    void receipts.move(conv("g"), "ann", { read: 2 }, session("desk"));
    void receipts.move(conv("h"), "ann", { read: 3 }, undefined);
    void receipts.move(conv("g"), "bob", { read: 4 }, undefined);
    await pass(announceMs);
    expect(
      announced.map(({ cursor: { conversation, user, read } }) => [conversation, user, read]),
    ).toEqual([
      ["g", "ann", 2],
      ["h", "ann", 3],
      ["g", "bob", 4],
    ]);
    expect(announced[0]?.origin).toBeUndefined();
  });

  test("a move that comes while others are stored waits for the next round", async () => {
    const { calls, announced, store, receipts, pass } = world();
    const gate = Promise.withResolvers<void>();
    store.held = gate.promise;
    const first = receipts.move(conv("g"), "ann", { read: 1 }, undefined);
    await pass(announceMs);
    const second = receipts.move(conv("g"), "ann", { read: 2 }, undefined);
    await pass(announceMs);
    expect(calls).toHaveLength(1);
    gate.resolve();
    await settled();
    expect(await first).toMatchObject({ read: 1 });
    expect(await second).toMatchObject({ read: 2 });
    expect(announced.map(({ cursor }) => cursor.read)).toEqual([1, 2]);
  });

  test("flush stores at once, whoever else is flushing", async () => {
    const { clock, announced, receipts } = world();
    void receipts.move(conv("g"), "ann", { read: 1 }, undefined);
    const flushes = [receipts.flush(), receipts.flush()];
    void receipts.move(conv("g"), "ann", { read: 2 }, undefined);
    await Promise.all([...flushes, receipts.flush()]);
    expect(announced.map(({ cursor }) => cursor.read)).toEqual([1, 2]);
    expect(clock.pending).toBe(0);
  });

  test("a store that fails refuses every move of the batch and announces none; the next round is tried", async () => {
    const { announced, store, receipts, pass, lines } = world();
    store.fails = new StoreError("full", "No space left.");
    const refused = receipts.move(conv("g"), "ann", { read: 1 }, undefined);
    await pass(announceMs);
    expect(await refused).toMatchObject({ error: "storage_full" });
    store.fails = new TypeError("A bug.");
    const broken = receipts.move(conv("g"), "ann", { read: 1 }, undefined);
    await pass(announceMs);
    expect(await broken).toMatchObject({ error: "internal" });
    expect(lines).toEqual(["cursor moves failed"]);
    expect(announced).toEqual([]);
    store.fails = undefined;
    const taken = receipts.move(conv("g"), "ann", { read: 1 }, undefined);
    await pass(announceMs);
    expect(await taken).toMatchObject({ read: 1, moved: true });
  });

  test("who is no member any more is told so", async () => {
    const { receipts, pass } = world();
    const outcome = receipts.move(conv("g"), "stranger", { read: 1 }, undefined);
    await pass(announceMs);
    expect(await outcome).toEqual({ error: "not_member" });
  });

  test("stores large rounds in bounded batches", async () => {
    const { calls, receipts, pass } = world();
    for (let member = 0; member < 2_500; member++)
      void receipts.move(conv("g"), `user-${member}`, { read: 1 }, undefined);
    await pass(announceMs);
    expect(calls.map((moves) => moves.length)).toEqual([1_000, 1_000, 500]);
  });
});
