import { expect, test } from "bun:test";
import { FrameBatch } from "./frame.ts";

function open() {
  const state = { hidden: false, now: 0, frames: [] as (() => void)[] };
  const taken: number[][] = [];
  const batch = new FrameBatch<number>(
    {
      frame: (callback) => state.frames.push(callback),
      hidden: () => state.hidden,
      now: () => state.now,
    },
    (items) => taken.push([...items]),
  );
  const draw = () => {
    for (const callback of state.frames.splice(0)) callback();
  };
  return { state, taken, batch, draw };
}

test("what comes between two frames is taken together, in order", () => {
  const { taken, batch, draw, state } = open();
  batch.push([1, 2]);
  batch.push([3]);
  expect([taken.length, state.frames.length]).toEqual([0, 1]);
  draw();
  draw();
  batch.push([4]);
  draw();
  expect(taken).toEqual([[1, 2, 3], [4]]);
});

test("a hidden page waits for no frame and no timer, and yet takes a flood a few times a second only", () => {
  const { taken, batch, state } = open();
  state.hidden = true;
  for (let at = 0; at < 1_000; at++) {
    state.now = at;
    batch.push([at]);
  }
  expect(taken[0]).toEqual([0]);
  expect(taken.length).toBe(5);
  state.now = 5_000;
  batch.push([1_000]);
  expect(taken.flat().length).toBe(1_001);
});

test("what gathers is bounded", () => {
  const { taken, batch } = open();
  for (let at = 0; at < 5_000; at++) batch.push([at]);
  expect(taken.map((items) => items.length)).toEqual([2_000, 2_000]);
});
