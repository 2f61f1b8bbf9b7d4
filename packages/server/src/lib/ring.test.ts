import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Ring } from "./ring.ts";

describe("Ring", () => {
  test("behaves like a bounded queue under any sequence of offers and takes", () => {
    const operations = fc.array(
      fc.oneof(fc.record({ bytes: fc.nat(40) }), fc.record({ take: fc.nat(6) })),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(operations, (steps) => {
        const ring = new Ring<number>(8, 100);
        const model: { value: number; bytes: number }[] = [];
        let next = 0;
        for (const step of steps) {
          if ("take" in step) {
            expect(ring.take(step.take)).toEqual(
              model.splice(0, step.take).map((entry) => entry.value),
            );
          } else {
            const used = model.reduce((sum, entry) => sum + entry.bytes, 0);
            const fits = model.length < 8 && (model.length === 0 || used + step.bytes <= 100);
            expect(ring.offer(next, step.bytes)).toBe(fits);
            if (fits) model.push({ value: next, bytes: step.bytes });
            next++;
          }
          expect(ring.length).toBe(model.length);
          expect(ring.bytes).toBe(model.reduce((sum, entry) => sum + entry.bytes, 0));
        }
      }),
    );
  });

  test("takes a single entry that is larger than its byte bound, and then nothing more", () => {
    const ring = new Ring<string>(8, 10);
    expect(ring.offer("large", 50)).toBe(true);
    expect(ring.offer("small", 1)).toBe(false);
    expect(ring.fill).toBe(5);
    expect(ring.take(8)).toEqual(["large"]);
    expect(ring.offer("small", 1)).toBe(true);
  });
});
