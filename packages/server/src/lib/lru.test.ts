import { expect, test } from "bun:test";
import fc from "fast-check";
import { Lru } from "./lru.ts";

test("holds what was used last, under any sequence of uses", () => {
  const step = fc.record({
    action: fc.constantFrom("get", "set", "delete"),
    key: fc.constantFrom("a", "b", "c", "d", "e"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const lru = new Lru<number>(3);
      // Least recently used first.
      let model: { key: string; value: number }[] = [];
      for (const [value, { action, key }] of steps.entries()) {
        const held = model.find((entry) => entry.key === key);
        const others = model.filter((entry) => entry !== held);
        if (action === "get") {
          expect(lru.get(key)).toBe(held?.value);
          if (held !== undefined) model = [...others, held];
        } else if (action === "set") {
          lru.set(key, value);
          model = [...others, { key, value }].slice(-3);
        } else {
          lru.delete(key);
          model = others;
        }
        expect(lru.size).toBe(model.length);
      }
      for (const { key, value } of model) expect(lru.get(key)).toBe(value);
    }),
  );
});
