import { expect, test } from "bun:test";
import { NotLoaded, patiently } from "./on-demand.ts";

function loader(failures: number) {
  const waits: number[] = [];
  let asked = 0;
  const load = () =>
    ++asked <= failures ? Promise.reject(new Error("no network")) : Promise.resolve(asked);
  const wait = async (ms: number) => void waits.push(ms);
  return { run: () => patiently(load, wait), waits, asked: () => asked };
}

test("what loads at once is not waited for", async () => {
  const { run, waits } = loader(0);
  expect(await run()).toBe(1);
  expect(waits).toEqual([]);
});

test("a failure is followed by two more tries, the second one later", async () => {
  const { run, waits } = loader(2);
  expect(await run()).toBe(3);
  expect(waits).toEqual([250, 1_000]);
});

test("after that it is missing", async () => {
  const { run, asked } = loader(3);
  expect(await run().catch((thrown: unknown) => thrown)).toBeInstanceOf(NotLoaded);
  expect(await run()).toBe(4);
  expect(asked()).toBe(4);
});
