import { expect, test } from "bun:test";
import { Timeline } from "./recovery.ts";

const normal = { ackedMin: 10, worstMsMax: 50 };

/** Ten seconds of 250 ms slots with 10 messages each; `change` spoils some. */
function timeline(change: (slot: number, timeline: Timeline) => boolean): Timeline {
  const made = new Timeline(250);
  for (let slot = 0; slot < 40; slot++) {
    if (change(slot, made)) continue;
    for (let i = 0; i < 10; i++) made.acked(slot * 250 + i * 20, 5);
  }
  return made;
}

test("service that never suffered recovers at once", () => {
  expect(timeline(() => false).recovery(5_000, 10_000, normal)).toEqual({
    recoveryMs: 0,
    unfinished: false,
  });
});

test("recovery ends with the last slot that was slow, refused or short", () => {
  const slow = timeline((slot, made) => {
    if (slot === 22) made.acked(22 * 250, 51);
    return false;
  });
  expect(slow.recovery(5_000, 10_000, normal).recoveryMs).toBe(750);
  const refused = timeline((slot, made) => {
    if (slot === 27) made.refused(27 * 250 + 1);
    return false;
  });
  expect(refused.recovery(5_000, 10_000, normal).recoveryMs).toBe(2_000);
  expect(
    timeline((slot) => slot >= 20 && slot < 24).recovery(5_000, 10_000, normal).recoveryMs,
  ).toBe(1_000);
});

test("service that is still bad at the end has not recovered", () => {
  expect(timeline((slot) => slot >= 20).recovery(5_000, 10_000, normal)).toEqual({
    recoveryMs: 5_000,
    unfinished: true,
  });
});
