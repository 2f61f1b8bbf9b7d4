import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { KeyFilter } from "./filter.ts";
import type { Head, OwnState } from "./heads.ts";
import { formatUuid, hashKey, hashText, parseUuid } from "./keys.ts";
import { Tail } from "./tail.ts";

describe("filter", () => {
  test("has every key that was added, and few that were not", () => {
    const filter = new KeyFilter(10_000);
    const key = (number: number) =>
      [hashText(`key ${number}`, 1), hashText(`key ${number}`, 2)] as const;
    for (let number = 0; number < 10_000; number += 1) filter.add(...key(number));
    let missing = 0;
    let mistaken = 0;
    for (let number = 0; number < 10_000; number += 1) {
      if (!filter.mayHave(...key(number))) missing += 1;
      if (filter.mayHave(...key(number + 10_000))) mistaken += 1;
    }
    expect(missing).toBe(0);
    expect(mistaken).toBeLessThan(100);
  });
});

describe("keys", () => {
  test("a UUID comes back as it was", () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const words = new Uint32Array(4);
        expect(parseUuid(uuid, words, 0)).toBe(true);
        expect(formatUuid(new Uint8Array(words.buffer))).toBe(uuid);
      }),
    );
  });

  test("what is not a lower-case UUID is not taken for one", () => {
    const good = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0ff";
    for (const bad of [
      "",
      good.toUpperCase(),
      good.slice(1),
      `${good}0`,
      good.replaceAll("-", "_"),
      good.replace("f", "g"),
      good.replace("f", "é"),
    ]) {
      expect(parseUuid(bad, new Uint32Array(4), 0)).toBe(false);
    }
  });

  test("hashes spread over both words", () => {
    const seen = new Set<number>();
    const out = { high: 0, low: 0 };
    const words = new Uint32Array(4);
    for (let number = 0; number < 20_000; number += 1) {
      words[0] = number;
      hashKey(1, 2, words, 0, out);
      seen.add(out.high).add(out.low);
    }
    // Two of 40,000 random 32-bit numbers are equal about every fifth time.
    expect(seen.size).toBeGreaterThan(39_990);
  });
});

describe("tail", () => {
  const newHead = (num: number): Head => ({
    id: String(num),
    num,
    lastSeq: 0,
    visible: 0,
    tailIds: [],
    tailMentions: [],
    owns: new Map(),
    gone: false,
  });

  test("taking rows back leaves no trace of them, however they came and went", () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          type: fc.constant("push" as const),
          head: fc.nat(2),
          visible: fc.boolean(),
          low: fc.nat(5),
        }),
      },
      fc.record({ type: fc.constant("truncate" as const), rows: fc.nat(6) }),
      fc.record({ type: fc.constant("release" as const), rows: fc.nat(6) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const tail = new Tail(16, 1);
        const heads = [newHead(0), newHead(1), newHead(2)];
        const owns: OwnState[] = heads.map(() => ({ user: "u", own: 0, last: 0 }));
        /** Rows as a plain list, with what has to be found again. */
        const rows: { id: number; head: number; visible: boolean; low: number }[] = [];
        let released = 0;
        for (const one of steps) {
          if (one.type === "push" && tail.length < tail.capacity) {
            const id = tail.push(
              heads[one.head] as Head,
              one.visible ? owns[one.head] : undefined,
              7,
              one.low,
            );
            rows.push({ id, head: one.head, visible: one.visible, low: one.low });
          }
          if (one.type === "truncate") {
            const keep = Math.max(released, rows.length - one.rows);
            rows.length = keep;
            tail.truncate(keep);
          }
          if (one.type === "release" && tail.length > 0) {
            released = Math.min(rows.length, released + one.rows);
            tail.release(released);
          }
        }
        for (const [index, head] of heads.entries()) {
          const own = rows.filter((row) => row.head === index);
          expect(head.lastSeq).toBe(own.length);
          expect(head.visible).toBe(own.filter(({ visible }) => visible).length);
          expect(owns[index]).toMatchObject({
            own: head.visible,
            last: own.findLastIndex(({ visible }) => visible) + 1,
          });
          expect(head.tailIds).toEqual(own.map(({ id }) => id).filter((id) => id > released));
        }
        for (let low = 0; low <= 5; low += 1) {
          const found: number[] = [];
          for (let id = tail.find(7, low, Infinity); id !== 0; id = tail.find(7, low, id))
            found.push(id);
          expect(found).toEqual(
            rows
              .filter((row) => row.low === low && row.id > released)
              .map(({ id }) => id)
              .toReversed(),
          );
          expect(tail.find(8, low, Infinity)).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });
});
