import { expect, test } from "bun:test";
import { pino } from "pino";
import { FakeClock } from "./testing/fake-clock.ts";
import { Unhandled } from "./unhandled.ts";

function told() {
  const clock = new FakeClock();
  const lines: { level: number; error: { message: string }; notLogged?: number }[] = [];
  const log = pino(
    { serializers: { error: pino.stdSerializers.err } },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  return { clock, lines, unhandled: new Unhandled(log, clock) };
}

test("each is counted, and logged as an error with its cause, whatever it was rejected with", () => {
  const { lines, unhandled } = told();
  unhandled.tell(new Error("lost", { cause: new Error("the disk") }));
  unhandled.tell(undefined);
  unhandled.tell({ code: 7 });
  expect(lines.map(({ level, error }) => [level, error.message])).toEqual([
    [50, "lost: the disk"],
    [50, "Rejected with undefined."],
    [50, "Rejected with { code: 7 }."],
  ]);
  expect(unhandled.count).toBe(3);
});

test("in a flood all are counted, and the log says how many it left out", () => {
  const { clock, lines, unhandled } = told();
  for (let index = 0; index < 1_000; index++) unhandled.tell(new Error("again"));
  expect([unhandled.count, lines.length]).toEqual([1_000, 100]);
  clock.advance(100);
  unhandled.tell(new Error("again"));
  unhandled.tell(new Error("again"));
  expect(unhandled.count).toBe(1_002);
  expect(lines.slice(100).map(({ notLogged }) => notLogged)).toEqual([900]);
});
