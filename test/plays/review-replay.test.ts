/** What a replay refers to may be gone from the store, as after a restored backup: the device synchronises, instead of failing for ever. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openMemoryStore } from "../../packages/server/src/store/memory/memory.ts";
import { StoreError, type Ref, type Store } from "../../packages/server/src/store/port.ts";
import { eachWay, setStage, type Stage } from "./stage.ts";

/** A store that can have lost messages, or be away for a while. */
async function forgetfulStore() {
  const store = await openMemoryStore();
  const mood: { lost: (ref: Ref) => boolean; away: boolean } = { lost: () => false, away: false };
  const pick: Store["messages"]["pick"] = async (refs) => {
    if (mood.away) throw new StoreError("unavailable", "The disk is away.");
    const found = await store.messages.pick(refs);
    return found.map((message, index) => (mood.lost(refs[index] as Ref) ? undefined : message));
  };
  return { mood, store: { ...store, messages: { ...store.messages, pick } } };
}

describe.each(eachWay)("a replay over %s", (_name, way) => {
  let stage: Stage;
  let mood: Awaited<ReturnType<typeof forgetfulStore>>["mood"];
  beforeAll(async () => {
    const forgetful = await forgetfulStore();
    mood = forgetful.mood;
    stage = await setStage({ way, overrides: { store: forgetful.store } });
  });
  afterAll(() => stage.close());

  test("leaves out what is gone, says so, and goes on with the same count on both sides", async () => {
    const [alice, bob] = await stage.cast("alice", "bob");
    const chat = alice.with(bob);
    await alice.says(chat, "first");
    await bob.reads("first");
    await bob.cut();
    for (const text of ["two", "three", "four"]) await alice.says(chat, text);
    mood.lost = ({ seq }) => seq === 3;
    expect(await bob.resume()).toMatchObject({ resumed: true });
    await bob.reads("two");
    const { position } = await bob.hears("sync_required");
    expect(position).toBe(3);
    await bob.reads("four");
    bob.position = 4;
    await alice.says(chat, "five");
    await bob.reads("five");
    mood.lost = () => false;
    await bob.cut();
    await alice.says(chat, "six");
    expect(await bob.resume()).toMatchObject({ resumed: true, position: 5 });
    await bob.reads("six");
    expect((await bob.leftovers()).filter(({ type }) => type === "message")).toEqual([]);
  });

  test("that the store cannot serve now ends the connection, and is complete the next time", async () => {
    const [carol, dan] = await stage.cast("carol", "dan");
    await carol.says(carol.with(dan), "first");
    await dan.reads("first");
    await dan.cut();
    await carol.says(carol.with(dan), "missed");
    mood.away = true;
    await dan.resume();
    await dan.closed;
    mood.away = false;
    expect(await dan.connect()).toMatchObject({ resumed: false, syncRequired: false });
    await dan.reads("missed");
  });
});
