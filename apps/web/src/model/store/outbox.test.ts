import { expect, test } from "bun:test";
import type { OutboxEntry } from "@godwit/client";
import { bob, settle } from "../testing/fakes.ts";
import { Outbox } from "./outbox.ts";
import type { Outgoing } from "./outgoing.ts";

function open() {
  const handed: Outgoing[] = [];
  const state = { reachable: true, cancels: true, kept: [] as string[], dropped: [] as string[] };
  const outbox = new Outbox({
    hand(outgoing) {
      handed.push(outgoing);
      return state.reachable ? Promise.resolve() : Promise.reject(new Error("no tab"));
    },
    cancel: () =>
      state.reachable ? Promise.resolve(state.cancels) : Promise.reject(new Error("no tab")),
    moved() {},
    keepFailed: ({ key }) => state.kept.push(key),
    dropFailed: (key) => state.dropped.push(key),
    now: () => 7,
  });
  const entry = (key: string): OutboxEntry => ({
    clientId: key,
    clientSeq: 1,
    conversation: bob,
    kind: "text",
    content: { text: "hi" },
    createdAt: 7,
  });
  const refused = (name: string) => ({ name, message: name, retryable: true });
  return { outbox, handed, state, entry, refused };
}

test("a message waits from the moment it is sent until it has its place", async () => {
  const { outbox, handed, entry } = open();
  outbox.send(bob, "hi", { replyTo: 3 });
  const [{ key, replyTo } = { key: "", replyTo: 0 }] = outbox.of(bob);
  expect([outbox.queued, replyTo, handed[0]?.key]).toEqual([1, 3, key]);
  expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  outbox.apply({ state: "queued", entry: entry(key) });
  const sent = { clientId: key, conversation: bob, seq: 9, messageId: 9, time: 9 };
  outbox.apply({ state: "acknowledged", entry: entry(key), sent });
  expect([outbox.queued, outbox.of(bob)[0]?.seq]).toEqual([0, 9]);
  outbox.forget(key);
  expect(outbox.of(bob)).toEqual([]);
  await settle();
});

test("a refused one stays, is kept over reloads, and is sent again under its id", async () => {
  const { outbox, handed, state, entry, refused } = open();
  outbox.send(bob, "hi");
  const key = outbox.of(bob)[0]!.key;
  outbox.apply({ state: "failed", entry: entry(key), error: refused("muted") });
  expect([outbox.queued, outbox.of(bob)[0]?.failure?.name, state.kept]).toEqual([
    0,
    "muted",
    [key],
  ]);
  outbox.retry(key);
  expect([outbox.queued, handed.at(-1)?.key, state.dropped]).toEqual([1, key, [key]]);
  expect(outbox.of(bob)[0]?.failure).toBeUndefined();
  // The first attempt had arrived after all.
  outbox.apply({ state: "failed", entry: entry(key), error: refused("conflict") });
  expect(outbox.of(bob)).toEqual([]);
  await settle();
});

test("what no tab could take is handed over again when one can", async () => {
  const { outbox, handed, state } = open();
  state.reachable = false;
  outbox.send(bob, "hi");
  await settle();
  state.reachable = true;
  outbox.attached(new Set());
  await settle();
  expect([handed.length, outbox.queued]).toEqual([2, 1]);
  // Taken, sent and stored while this tab was not told.
  outbox.attached(new Set());
  expect(outbox.queued).toBe(0);
});

test("one that waits can be taken back, one on its way cannot", async () => {
  const { outbox, state, entry, refused } = open();
  outbox.send(bob, "one");
  outbox.send(bob, "two");
  await settle();
  const [one, two] = outbox.of(bob).map(({ key }) => key) as [string, string];
  await outbox.discard(one);
  state.cancels = false;
  await outbox.discard(two);
  expect(outbox.of(bob).map(({ key }) => key)).toEqual([two]);
  outbox.apply({ state: "failed", entry: entry(two), error: refused("muted") });
  await outbox.discard(two);
  expect([outbox.of(bob), state.dropped]).toEqual([[], [two]]);
});

test("refused ones are there after a reload", () => {
  const { outbox } = open();
  outbox.restore([
    {
      key: "k",
      conversation: bob,
      kind: "text",
      content: { text: "x" },
      time: 1,
      failure: { name: "muted", message: "", retryable: true },
    },
  ]);
  expect([outbox.queued, outbox.of(bob).length]).toEqual([0, 1]);
});

test("without a connection, what no tab has taken is taken away, and what one has taken stays", async () => {
  const { outbox, state, entry } = open();
  outbox.send(bob, "taken");
  await settle();
  state.reachable = false;
  outbox.send(bob, "here alone");
  await settle();
  const [taken, alone] = outbox.of(bob).map(({ key }) => key);
  outbox.apply({ state: "queued", entry: entry(taken ?? "") });
  await outbox.discard(taken ?? "");
  await outbox.discard(alone ?? "");
  expect(outbox.of(bob).map(({ key }) => key)).toEqual([taken ?? ""]);
});
