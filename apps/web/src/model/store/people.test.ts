import { expect, test } from "bun:test";
import type { Profile } from "@godwit/client";
import { FakeTimers } from "../testing/fakes.ts";
import { People } from "./people.ts";

function open() {
  const timers = new FakeTimers();
  const state = {
    online: true,
    asked: [] as string[][],
    came: [] as string[],
    names: new Map([
      ["bob", "Bob"],
      ["carol", "Carol"],
    ]),
  };
  const people = new People({
    after: timers.after,
    now: timers.now,
    fetch(ids) {
      state.asked.push(ids);
      if (!state.online)
        return Promise.reject(Object.assign(new Error("no"), { name: "offline", retryable: true }));
      const found: Profile[] = ids.flatMap((user) => {
        const name = state.names.get(user);
        return name === undefined ? [] : { user, name };
      });
      return Promise.resolve(found);
    },
    came: (profiles) => state.came.push(...profiles.map(({ id }) => id)),
  });
  return { people, state, timers };
}

test("names are asked for together and once, and ids are shown until they come", async () => {
  const { people, state, timers } = open();
  expect([people.name("bob"), people.name("carol"), people.name("bob")]).toEqual([
    "bob",
    "carol",
    "bob",
  ]);
  await timers.advance(100);
  expect([state.asked, people.name("bob")]).toEqual([[["bob", "carol"]], "Bob"]);
  people.want("nobody");
  await timers.advance(100);
  people.want("nobody");
  await timers.advance(10_000);
  expect([state.asked.length, state.came]).toEqual([2, ["bob", "carol"]]);
});

test("what cannot be a user is not asked for: it would spoil the question for the others", async () => {
  const { people, state, timers } = open();
  for (const user of ["", "not a user", "-x", "x".repeat(65), "bob"]) people.want(user);
  await timers.advance(100);
  expect(state.asked).toEqual([["bob"]]);
});

test("without a connection they are asked for later, and again after an hour", async () => {
  const { people, state, timers } = open();
  state.online = false;
  people.want("bob");
  await timers.advance(1_000);
  state.online = true;
  people.online();
  await timers.advance(100);
  expect(people.name("bob")).toBe("Bob");
  state.names.set("bob", "Robert");
  await timers.advance(3_700_000);
  expect(people.name("bob")).toBe("Bob");
  await timers.advance(100);
  expect(people.name("bob")).toBe("Robert");
});

test("whoever is watched from now on is asked for again, unless the name just came", async () => {
  const { people, state, timers } = open();
  people.want("bob");
  await timers.advance(100);
  people.watched(["bob", "nobody-known"]);
  await timers.advance(100);
  expect(state.asked).toEqual([["bob"]]);
  state.names.set("bob", "Robert");
  await timers.advance(2_000);
  people.watched(["bob"]);
  expect(people.name("bob")).toBe("Bob");
  await timers.advance(100);
  expect(people.name("bob")).toBe("Robert");
});

test("what was kept is there at once", () => {
  const { people } = open();
  people.restore([{ id: "bob", name: "Bobby", at: 0 }]);
  expect(people.name("bob")).toBe("Bobby");
});

test("what was asked for somebody who has signed out is not told to whoever signs in next", async () => {
  const timers = new FakeTimers();
  const answer = Promise.withResolvers<Profile[]>();
  const came: string[] = [];
  const people = new People({
    after: timers.after,
    now: timers.now,
    fetch: () => answer.promise,
    came: (profiles) => came.push(...profiles.map(({ id }) => id)),
  });
  people.want("bob");
  await timers.advance(100);
  people.clear();
  answer.resolve([{ user: "bob", name: "Bob" }]);
  await timers.advance(100);
  expect([came, people.view.getState().size]).toEqual([[], 0]);
});
