import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { NewMessage } from "../port.ts";
import { BatchEncoder, BatchReader } from "./batch.ts";
import { text } from "../suite/samples.ts";

const pair = "d:alice,bob";
const messages = (count: number, content = "hello"): NewMessage[] =>
  Array.from({ length: count }, () => text(pair, "alice", { content }));
const decoder = new TextDecoder();

describe("texts", () => {
  test("come back as they were, whatever they are and however long", () => {
    const encoder = new BatchEncoder();
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 700 }), { minLength: 1, maxLength: 20 }),
        (contents) => {
          const batch = contents.map((content) => text(pair, "alice", { content }));
          const encoded = encoder.encode(batch);
          const reader = new BatchReader(encoded);
          for (const content of contents) {
            expect(reader.next()).toBe(true);
            expect(decoder.decode(reader.content)).toBe(content);
          }
          encoder.recycle(encoded);
        },
      ),
    );
  });
});

describe("buffers", () => {
  test("are used again, and shown to the other side once", () => {
    const encoder = new BatchEncoder();
    const first = encoder.encode(messages(3));
    expect(first).toMatchObject({ slot: 0, isNewBuffer: true });
    const meanwhile = encoder.encode(messages(3));
    expect(meanwhile).toMatchObject({ slot: 1, isNewBuffer: true });
    encoder.recycle(first);
    const again = encoder.encode(messages(3));
    expect(again).toMatchObject({ slot: 0, isNewBuffer: false });
    expect(again.buffer).toBe(first.buffer);
  });

  test("are for one batch only where all that are kept are in use", () => {
    const encoder = new BatchEncoder(undefined, 2);
    const [first] = [encoder.encode(messages(1)), encoder.encode(messages(1))];
    expect(encoder.encode(messages(1))).toMatchObject({ slot: undefined, isNewBuffer: false });
    encoder.recycle(first);
    expect(encoder.encode(messages(1))).toMatchObject({ slot: 0, isNewBuffer: false });
  });

  test("a larger one takes the place of one that is too small, and is shown again", () => {
    const encoder = new BatchEncoder(undefined, 1);
    const small = encoder.encode(messages(1));
    encoder.recycle(small);
    const large = encoder.encode(messages(200, "x".repeat(400)));
    expect(large).toMatchObject({ slot: 0, isNewBuffer: true });
    expect(large.buffer.byteLength).toBeGreaterThan(small.buffer.byteLength);
  });

  test("one that turns out to be too small while it is filled is free again", () => {
    const encoder = new BatchEncoder(undefined, 2);
    // Three bytes a character, where two are reckoned with.
    const grown = encoder.encode(messages(100, "水".repeat(300)));
    expect(grown.isNewBuffer).toBe(true);
    expect(encoder.encode(messages(1)).slot).not.toBe(grown.slot);
  });

  test("the largest are not kept", () => {
    const encoder = new BatchEncoder();
    const huge = encoder.encode(messages(20, "x".repeat(60_000)));
    expect(huge.slot).toBeUndefined();
    encoder.recycle(huge);
    expect(encoder.encode(messages(1))).toMatchObject({ slot: 0, isNewBuffer: true });
  });

  test("of a batch that cannot be encoded is free again, and its texts are brought anew", () => {
    const encoder = new BatchEncoder(undefined, 1);
    const bad = { ...text(pair, "alice"), mentions: [1n] } as unknown as NewMessage;
    expect(() => encoder.encode([bad])).toThrow();
    const next = encoder.encode(messages(1));
    expect(next).toMatchObject({ slot: 0, isNewBuffer: true });
    expect(next.texts).toMatchObject({ reset: true });
    expect(next.texts?.added).toContain(pair);
  });
});
