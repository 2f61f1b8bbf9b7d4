import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Changes, Plan } from "./changes.ts";
import type { Conv } from "./conversations.ts";
import { as, watched, World } from "./test-world.ts";

/** Turns of a random length, as many as there are, so that every run interleaves in another way. */
function holdBy(lengths: readonly number[]): () => Promise<void> {
  let at = 0;
  return async () => {
    const turns = lengths[(at += 1) % Math.max(1, lengths.length)] ?? 0;
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
  };
}

const users = ["alice", "bob", "carol", "dave", "erin"];
const changeOf = (
  changes: Changes,
  conversation: string,
  kind: number,
  a: string,
  b: string,
): Promise<Plan> => {
  const actor = as(a);
  const plans: (() => Promise<Plan>)[] = [
    () => changes.invite(actor, { conversation, users: [b] }),
    () => changes.remove(actor, { conversation, users: [b] }),
    () => changes.remove(actor, { conversation, users: [b], ban: true }),
    () => changes.join(actor, { conversation }),
    () => changes.leave(actor, { conversation }),
    () => changes.role(actor, { conversation, user: b, role: "admin" }),
    () => changes.role(actor, { conversation, user: b, role: "owner" }),
    () => changes.mute(actor, { conversation, user: b, until: 9e12 }),
    () => changes.mute(actor, { conversation, until: 9e12 }),
    () => changes.rename(actor, { conversation, title: b }),
  ];
  return plans[kind % plans.length]!();
};

test("however loads, changes and messages interleave, the cache ends up as the store", async () => {
  const step = fc.record({
    kind: fc.nat({ max: 14 }),
    a: fc.constantFrom(...users),
    b: fc.constantFrom(...users),
    group: fc.nat({ max: 1 }),
    wait: fc.constantFrom("no" as const, "turn" as const, "turn" as const, "all" as const),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.array(fc.nat({ max: 3 }), { minLength: 3, maxLength: 9 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 2, max: 5 }),
      async (steps, holds, cacheEntriesMax, largeGroupMembers) => {
        const { wrap } = watched(holdBy(holds));
        const world = await World.open(
          { cacheEntriesMax, largeGroupMembers, standingsPerGroupMax: 2 },
          wrap,
        );
        const ids = [
          await world.group(["bob"], { open: true }),
          await world.group(["carol", "dave"], { open: true }),
        ];
        const running: Promise<unknown>[] = [];
        for (const { kind, a, b, group, wait } of steps) {
          const id = ids[group]!;
          if (kind === 10) running.push(world.conversations.load(id));
          else if (kind === 11)
            running.push(
              world.conversations
                .load(id)
                .then((held) => held && world.conversations.loadStanding(held, b)),
            );
          else if (kind >= 12) running.push(world.tell(id, a));
          else running.push(world.run(id, () => changeOf(world.changes, id, kind, a, b)));
          if (wait === "turn") await new Promise(setImmediate);
          else if (wait === "all") await Promise.all(running.splice(0));
        }
        await Promise.all(running);
        for (const id of ids) await agrees(world, id, world.conversations.peek(id));
        for (const id of ids) await agrees(world, id, await world.conversations.load(id));
      },
    ),
    { numRuns: 300 },
  );
});

async function agrees(world: World, id: string, held: Conv | undefined): Promise<void> {
  if (held === undefined) return;
  const { row, members } = await world.truth(id);
  const { title, mutedAll, dissolved, memberCount, lastSeq, visible, large } = held;
  expect({ title, mutedAll, dissolved, memberCount, lastSeq, visible }).toEqual({
    title: row!.title!,
    mutedAll: row!.mutedAll,
    dissolved: row!.dissolved,
    memberCount: row!.memberCount,
    lastSeq: row!.lastSeq,
    visible: row!.visible,
  });
  if (held.members !== undefined) expect(new Map(held.members)).toEqual(members);
  else expect(large).toBe(true);
  for (const user of users) {
    const standing = world.conversations.standing(held, user);
    if (standing === undefined) continue;
    const [stored] = await world.store.conversations.member(id, [user]);
    const wanted =
      stored === undefined ? null : { role: stored.role, mutedUntil: stored.mutedUntil };
    expect([user, standing]).toEqual([user, wanted]);
  }
}
