import { expect, test } from "bun:test";
import { FakeChannels, FakeTimers } from "../testing/fakes.ts";
import { type SlotMessage, takeSlot } from "./slots.ts";

test("every tab has a number of its own, the lowest that is free", async () => {
  const channels = new FakeChannels<SlotMessage>();
  const timers = new FakeTimers();
  const take = (tab: string) => takeSlot(tab, channels.open(), timers);
  const first = take("c");
  await timers.advance(1_000);
  const second = take("a");
  await timers.advance(1_000);
  expect([(await first).slot, (await second).slot]).toEqual([0, 1]);
  (await first).release();
  const third = take("b");
  await timers.advance(1_000);
  expect((await third).slot).toBe(0);
});

test("tabs that a browser opens again all at once agree", async () => {
  const channels = new FakeChannels<SlotMessage>();
  const timers = new FakeTimers();
  const taken = ["e", "b", "d", "a", "c"].map((tab) => takeSlot(tab, channels.open(), timers));
  await timers.advance(5_000);
  const slots = (await Promise.all(taken)).map(({ slot }) => slot);
  expect(slots.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
});

test("a tab that cannot reach others takes the first", async () => {
  expect((await takeSlot("a", undefined, new FakeTimers())).slot).toBe(0);
});
