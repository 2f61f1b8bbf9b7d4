import { expect, test } from "bun:test";
import fc from "fast-check";
import { Shares } from "./shares.ts";

const message = (id: number) => ({ conversation: "c", seq: id, id });

test("each message is taken once, whoever asks first and however often, by one who is ready", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(4), { minLength: 1, maxLength: 30 }),
      (readiness, order) => {
        const shares = new Shares();
        const sharers = readiness.map((ready) => ({ ready }));
        for (const sharer of sharers) shares.join("k", sharer);
        for (let id = 1; id <= 20; id++) {
          const asked = [...order.map((at) => at % sharers.length), ...sharers.keys()];
          const takers = new Set(
            asked.filter((at) => shares.takes("k", message(id), sharers[at] as never)),
          );
          expect(takers.size).toBe(1);
          const [taker] = takers;
          if (readiness.includes(true)) expect(readiness[taker as number]).toBe(true);
        }
      },
    ),
  );
});

test("those who are ready take turns", () => {
  const shares = new Shares();
  const sharers = [{ ready: true }, { ready: false }, { ready: true }];
  for (const sharer of sharers) shares.join("k", sharer);
  const taken = [0, 0, 0];
  for (let id = 1; id <= 10; id++)
    for (const [at, sharer] of sharers.entries())
      if (shares.takes("k", message(id), sharer)) taken[at] = (taken[at] ?? 0) + 1;
  expect(taken).toEqual([5, 0, 5]);
});

test("what was somebody's long ago is nobody's again, and a share without sharers is forgotten", () => {
  const shares = new Shares();
  const [first, second] = [{ ready: true }, { ready: true }];
  shares.join("k", first);
  for (let id = 1; id <= 5_000; id++) expect(shares.takes("k", message(id), first)).toBe(true);
  shares.join("k", second);
  expect(shares.takes("k", message(1), second)).toBe(false);
  shares.leave("k", first);
  shares.leave("k", second);
  expect(shares.size).toBe(0);
});
