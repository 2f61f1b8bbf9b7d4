import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { archiveId, derivedClientId, ownClientId, readArchiveId, type Named } from "./ids.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { Recollection } from "./recollection.ts";

describe("the inbox", () => {
  test("counts what is done without a gap, in whatever order it is done", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 30 }, (_, at) => at + 1)), (order) => {
        const inbox = new Inbox();
        for (let at = 0; at < 30; at++) inbox.take();
        const done = new Set<number>();
        for (const number of order) {
          inbox.done(number);
          inbox.done(number);
          done.add(number);
          let expected = 0;
          while (done.has(expected + 1)) expected++;
          expect(inbox.handled).toBe(expected);
          expect(inbox.open).toBe(30 - done.size);
        }
      }),
    );
  });

  test("forgets after a cut what was not done, and is not confused by what ends late", () => {
    const inbox = new Inbox();
    for (let at = 0; at < 4; at++) inbox.take();
    inbox.done(1);
    inbox.done(3);
    inbox.rewind();
    expect([inbox.received, inbox.handled, inbox.open]).toEqual([1, 1, 0]);
    inbox.done(4);
    expect(inbox.handled).toBe(1);
    expect(inbox.take()).toBe(2);
  });
});

describe("the outbox", () => {
  test("settles positions and messages up to what is acknowledged", () => {
    const outbox = new Outbox();
    outbox.push({ conversation: "a", seq: 1 }, undefined);
    outbox.reached(1);
    outbox.push(undefined, "<iq/>");
    outbox.push({ conversation: "b", seq: 7 }, undefined);
    outbox.reached(2);
    outbox.push({ conversation: "a", seq: 2 }, undefined);
    // An event that was not shown is reached with the stanza before it.
    outbox.reached(3);
    outbox.reached(4);
    expect(outbox.acknowledge(2)).toEqual({ position: 1, carried: new Map([["a", 1]]) });
    expect(outbox.acknowledge(2)).toEqual({ position: undefined, carried: new Map() });
    const all = outbox.acknowledge(4);
    expect(all?.position).toBe(4);
    expect([...(all?.carried ?? [])]).toEqual([
      ["b", 7],
      ["a", 2],
    ]);
    expect(outbox.reached(5)).toBe(false);
  });

  test("refuses an acknowledgement of more than was sent, and of what was acknowledged before", () => {
    const outbox = new Outbox();
    outbox.push(undefined, "a");
    expect(outbox.acknowledge(2)).toBeUndefined();
    expect(outbox.acknowledge(1)).toBeDefined();
    expect(outbox.acknowledge(0)).toBeUndefined();
  });

  test("gives the texts that are outstanding for a resumption, and counts on from there", () => {
    const outbox = new Outbox();
    for (const text of ["a", "b", "c"]) outbox.push(undefined, text);
    outbox.push({ conversation: "x", seq: 1 }, undefined);
    outbox.acknowledge(1);
    expect(outbox.takeTexts()).toEqual(["b", "c"]);
    expect([outbox.count, outbox.waiting]).toEqual([1, 0]);
  });

  test("keeps bounded texts: past it there is no resuming until all of it is acknowledged", () => {
    const outbox = new Outbox();
    for (let at = 0; at < 10; at++) outbox.push(undefined, "x".repeat(30_000));
    expect(outbox.whole).toBe(false);
    outbox.acknowledge(10);
    expect(outbox.whole).toBe(true);
    while (!outbox.full) outbox.push({ conversation: "x", seq: 1 }, undefined);
    expect(outbox.waiting).toBe(4_096);
  });
});

describe("ids", () => {
  const scope = { user: "ann", session: "s1" };
  const other = { user: "ann", session: "s2" };
  const named = (id: string | undefined, origin?: string, number = 1): Named => ({
    id,
    origin,
    number,
  });

  test("that are UUIDs stay, others become one, always the same", () => {
    const uuid = "0f3b7c1e-4b5d-4f6a-8b7c-9d0e1f2a3b4c";
    expect(ownClientId(named(uuid))).toBe(uuid);
    expect(ownClientId(named("m1", uuid))).toBe(uuid);
    expect(ownClientId(named(uuid, "my origin"))).toBeUndefined();
    const derived = derivedClientId(named(undefined, "my origin"), scope, "hello");
    expect(ownClientId(named(derived))).toBe(derived);
    const again = derivedClientId(named("whatever", "my origin", 2), other, "another text");
    expect(again).toBe(derived);
    const hers = derivedClientId(named(undefined, "my origin"), { ...scope, user: "bob" }, "hello");
    expect(hers).not.toBe(derived);
    const long = "4f3e2d1c0b9a89786756";
    expect(derivedClientId(named(long), scope, "a")).toBe(derivedClientId(named(long), other, "b"));
  });

  test.each([
    ["short", (number: number) => named("m1", undefined, number), true],
    ["missing", (number: number) => named(undefined, undefined, number), false],
    ["empty", (number: number) => named("", "", number), false],
  ])("that are %s hold for one session and one text", (_, at, anywhere) => {
    const id = derivedClientId(at(1), scope, "hello");
    expect(derivedClientId(at(1), scope, "hello")).toBe(id);
    expect(derivedClientId(at(1), scope, "good bye")).not.toBe(id);
    expect(derivedClientId(at(1), other, "hello")).not.toBe(id);
    // Without any, the place in the stream has to do.
    expect(derivedClientId(at(2), scope, "hello") === id).toBe(anywhere);
  });

  test("of the archive say the order of all and the place", () => {
    expect(readArchiveId(archiveId({ id: 12, seq: 3 }))).toEqual({ id: 12, seq: 3 });
    for (const text of ["", "12", "12-", "a-b", "1-2-3", "12-3 "])
      expect(readArchiveId(text)).toBeUndefined();
  });
});

describe("what is recollected", () => {
  test("is who wants to hear of receipts, once, and of the newest that was read", () => {
    const recollection = new Recollection();
    const own = { conversation: "d:a:b", receipt: true, marker: true };
    for (let seq = 1; seq <= 3; seq++) recollection.sent({ ...own, seq, id: `m${seq}` });
    const first = recollection.moved("d:a:b", { delivered: 2, read: 0 });
    expect(first.received.map(({ id }) => id)).toEqual(["m1", "m2"]);
    expect(first.read).toBeUndefined();
    const second = recollection.moved("d:a:b", { delivered: 3, read: 2 });
    expect(second.received.map(({ id }) => id)).toEqual(["m3"]);
    expect(second.read?.id).toBe("m2");
    expect(recollection.moved("d:a:b", { delivered: 3, read: 2 })).toEqual({
      received: [],
      read: undefined,
    });
    expect(recollection.moved("d:a:c", { delivered: 9, read: 9 }).read).toBeUndefined();
  });

  test("is bounded", () => {
    const recollection = new Recollection();
    for (let seq = 1; seq <= 100; seq++)
      recollection.shown(`m${seq}`, { conversation: "d:a:b", seq });
    expect(recollection.find("d:a:b", "m100")).toBe(100);
    expect(recollection.find("d:a:c", "m100")).toBeUndefined();
    expect(recollection.find("d:a:b", "m1")).toBeUndefined();
  });
});
