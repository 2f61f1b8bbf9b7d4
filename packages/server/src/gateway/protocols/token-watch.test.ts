import { expect, test } from "bun:test";
import { FakeClock } from "../../lib/testing/fake-clock.ts";
import { TokenWatch } from "./token-watch.ts";

const clock = new FakeClock();
const watch = new TokenWatch(clock);

class Holder {
  tokenWatched = false;
  ended = 0;
  tokenEndsAt: number | undefined;

  constructor(lifetimeMs: number | undefined) {
    this.tokenEndsAt = lifetimeMs === undefined ? undefined : clock.now() + lifetimeMs;
  }

  tokenEnded(): void {
    this.ended++;
    this.tokenEndsAt = undefined;
  }
}

test("ends each holder once, within a minute of its token's end, however far away that is", () => {
  const holders = [1_000, 90_000, 3_600_000].map((ms) => new Holder(ms));
  for (const holder of holders) watch.watch(holder);
  for (const holder of holders) watch.watch(holder);
  const ended = () => holders.map((holder) => holder.ended);
  clock.advance(2_000);
  expect(ended()).toEqual([1, 0, 0]);
  clock.advance(90_000);
  expect(ended()).toEqual([1, 1, 0]);
  clock.advance(3_500_000);
  expect(ended()).toEqual([1, 1, 0]);
  clock.advance(70_000);
  expect(ended()).toEqual([1, 1, 1]);
  expect(clock.pending).toBe(0);
});

test("follows a token that is renewed, and forgets who has none or has left until it is back", () => {
  const [renewed, none, left] = [new Holder(10_000), new Holder(undefined), new Holder(10_000)];
  for (const holder of [renewed, none, left]) watch.watch(holder);
  renewed.tokenEndsAt = clock.now() + 100_000;
  left.tokenEndsAt = undefined;
  clock.advance(70_000);
  expect([renewed.ended, none.ended, left.ended]).toEqual([0, 0, 0]);
  left.tokenEndsAt = clock.now() + 5_000;
  watch.watch(left);
  clock.advance(7_000);
  expect([renewed.ended, left.ended]).toEqual([0, 1]);
  clock.advance(60_000);
  expect(renewed.ended).toBe(1);
});
