import { expect, test } from "bun:test";
import { createThrottle, restMs } from "./throttle.ts";

function stage() {
  const said: string[] = [];
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const throttle = createThrottle(
    ({ conversation, body }) => said.push(`${conversation}:${body}`),
    (ms, run) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
  );
  const pass = (ms: number) => {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { run } of due) run();
  };
  const add = (conversation: string, body: string) =>
    throttle.add({ conversation, title: "", body });
  return { said, pass, add, throttle };
}

test("the first is announced at once, then the newest of each rest", () => {
  const { said, pass, add } = stage();
  add("a", "1");
  add("a", "2");
  add("a", "3");
  expect(said).toEqual(["a:1"]);
  pass(restMs);
  expect(said).toEqual(["a:1", "a:3"]);
  pass(restMs);
  pass(restMs);
  expect(said).toEqual(["a:1", "a:3"]);
  add("a", "4");
  expect(said.at(-1)).toBe("a:4");
});

test("conversations do not wait for each other, up to a bound", () => {
  const { said, add } = stage();
  for (let i = 0; i < 50; i++) add(`c${i}`, "x");
  expect(said.length).toBe(20);
});

test("nothing comes after the end", () => {
  const { said, pass, add, throttle } = stage();
  add("a", "1");
  add("a", "2");
  throttle.stop();
  pass(restMs);
  expect(said).toEqual(["a:1"]);
});
