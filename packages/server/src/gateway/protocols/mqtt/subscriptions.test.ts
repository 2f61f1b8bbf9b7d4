import { expect, test } from "bun:test";
import fc from "fast-check";
import { Subscriptions, type Subscribed } from "./subscriptions.ts";
import { levelsOf, matches, readFilter, type Filter } from "./topics.ts";

const limits = { topicBytesMax: 100, topicLevelsMax: 10 };
const subscribed = (filter: string, qos: 0 | 1 | 2, subscriptionId: number): Subscriptions =>
  Subscriptions.of(
    readFilter(filter, limits) as Filter,
    { qos, noLocal: qos === 1, retainAsPublished: qos === 2 },
    subscriptionId,
  );

test("finds what a list of all subscriptions would, few or many, as they come and go", () => {
  const level = fc.constantFrom("g", "c", "x", "+");
  const filter = fc
    .tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.boolean())
    .map(([levels, all, shared]) =>
      [...(shared ? ["$share", "s"] : []), ...levels, ...(all ? ["#"] : [])].join("/"),
    );
  const step = fc.record({
    filter,
    qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
    id: fc.integer({ min: 0, max: 3 }),
    remove: fc.boolean(),
  });
  const topic = fc
    .array(fc.constantFrom("g", "c", "x"), { minLength: 1, maxLength: 4 })
    .map((levels) => levels.join("/"));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), topic, fc.boolean(), (steps, name, taken) => {
      let subscriptions = Subscriptions.none;
      const model = new Map<string, Subscribed>();
      for (const { filter: text, qos, id, remove } of steps) {
        expect(subscriptions.has(text)).toBe(model.has(text));
        if (remove) {
          subscriptions = subscriptions.without(text);
          model.delete(text);
          continue;
        }
        const one = subscribed(text, qos, id);
        subscriptions = subscriptions.with(one);
        for (const each of one.all()) model.set(text, each);
      }
      expect(subscriptions.count).toBe(model.size);
      const matching = [...model.values()].filter(
        (each) => matches(levelsOf(each), name.split("/")) && (each.share === undefined || taken),
      );
      const match = subscriptions.match(name, () => taken);
      if (matching.length === 0) expect(match).toBeUndefined();
      else {
        expect(match?.qos).toBe(Math.max(...matching.map(({ qos }) => qos)) as 0 | 1 | 2);
        expect(match?.noLocal).toBe(matching.every(({ noLocal }) => noLocal));
        expect(match?.retainAsPublished).toBe(matching.some((each) => each.retainAsPublished));
        const ids = matching.flatMap(({ subscriptionIds }) => subscriptionIds ?? []);
        const byNumber = (a: number, b: number) => a - b;
        expect(match?.subscriptionIds?.toSorted(byNumber) ?? []).toEqual(ids.toSorted(byNumber));
      }
      const exact = matching.filter(({ levels }) => levels === undefined);
      expect(subscriptions.match(name, () => taken, true) !== undefined).toBe(exact.length > 0);
    }),
    { numRuns: 500 },
  );
});
