import { expect, test } from "bun:test";
import fc from "fast-check";
import { seqAtTime } from "./search.ts";

test("finds the first message at or after a time, with few questions, whatever is missing", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 400 }),
      fc.integer({ min: 0, max: 12_000 }),
      fc.integer({ min: 2, max: 9 }),
      async (steps, time, gone) => {
        let clock = 0;
        const all = steps
          .map((step, at) => ({ seq: at + 1, time: (clock += step) }))
          .filter(({ seq }) => seq % gone !== 0);
        let questions = 0;
        const found = await seqAtTime(time, steps.length, (from) => {
          questions++;
          return Promise.resolve(all.find(({ seq }) => seq >= from));
        });
        const wanted = all.find((message) => message.time >= time) ?? all.at(-1);
        expect(found).toBe(wanted?.seq);
        expect(questions).toBeLessThanOrEqual(Math.ceil(Math.log2(steps.length + 1)) + 1);
      },
    ),
    { numRuns: 300 },
  );
});
