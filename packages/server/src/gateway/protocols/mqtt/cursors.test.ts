import { expect, test } from "bun:test";
import { FakeClock } from "../../../lib/testing/fake-clock.ts";
import { Registry } from "./registry.ts";
import { MqttSession } from "./session.ts";

const conversation = "d:alice:bob";

function world() {
  const clock = new FakeClock();
  const moves: unknown[] = [];
  const dispatcher = {
    dispatch: (_own: unknown, { seq }: { seq: number }) => void moves.push(seq),
  };
  const registry = new Registry({ clock, dispatcher } as never);
  const session = new MqttSession("bob", "phone");
  session.own = { ended: false } as never;
  session.attached = { live: true } as never;
  const receives = (seq: number) => registry.received(session, conversation, seq);
  return { clock, moves, receives, registry, session };
}

test("the first message after a pause moves the delivered cursor within a second and a tick", () => {
  const { clock, moves, receives } = world();
  for (const seq of [1, 2]) {
    receives(seq);
    clock.advance(1_250);
    expect(moves).toHaveLength(seq);
    clock.advance(10_000);
  }
  expect(moves).toEqual([1, 2]);
  expect(clock.pending).toBe(0);
});

test("a stream of messages moves it every three seconds, to the newest, and at its end too", () => {
  const { clock, moves, receives, session } = world();
  for (let seq = 1; seq <= 100; seq++) {
    receives(seq);
    clock.advance(100);
  }
  expect(moves.length).toBeGreaterThanOrEqual(3);
  expect(moves.length).toBeLessThanOrEqual(5);
  clock.advance(3_250);
  expect(moves.at(-1)).toBe(100);
  clock.advance(3_250);
  expect(session.delivered).toBeUndefined();
  expect(clock.pending).toBe(0);
});
