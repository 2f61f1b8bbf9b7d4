import { describe, expect, test } from "bun:test";
import { Ledger } from "./ledger.ts";

/** Two users of one conversation; `messages` sends of user 0, acknowledged as 1, 2, 3… */
function pair(messages: number): Ledger {
  const ledger = new Ledger();
  ledger.addSender(0, ledger.addReader(0));
  ledger.addSender(1, ledger.addReader(0));
  for (let n = 1; n <= messages; n++) ledger.sent(0);
  return ledger;
}

function run(
  ledger: Ledger,
  delivered: readonly number[],
  acked: readonly number[] = delivered.toSorted((a, b) => a - b),
): void {
  for (const n of acked) ledger.acknowledged(0, n, n);
  for (const n of delivered) ledger.deliver(1, 0, n, n);
}

const clean = { lost: 0, duplicated: 0, reordered: 0, unanswered: 0 };

describe("the verifier", () => {
  test("passes a run in which everything arrived once and in order", () => {
    const ledger = pair(100);
    run(
      ledger,
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    expect(ledger.findings()).toEqual({
      sent: 100,
      acked: 100,
      refused: 0,
      delivered: 100,
      ...clean,
    });
    expect(ledger.complete()).toBe(true);
  });

  test("passes deliveries that overtake their acknowledgement", () => {
    const ledger = pair(2);
    ledger.deliver(1, 0, 1, 1);
    ledger.deliver(1, 0, 2, 2);
    ledger.acknowledged(0, 1, 1);
    ledger.acknowledged(0, 2, 2);
    expect(ledger.findings()).toMatchObject(clean);
  });

  test("finds an acknowledged message that did not arrive", () => {
    const ledger = pair(3);
    run(ledger, [1, 3], [1, 2, 3]);
    expect(ledger.complete()).toBe(false);
    expect(ledger.findings()).toMatchObject({ ...clean, lost: 1 });
  });

  test("finds the loss of the last message", () => {
    const ledger = pair(3);
    run(ledger, [1, 2], [1, 2, 3]);
    expect(ledger.findings()).toMatchObject({ ...clean, lost: 1 });
  });

  test("counts a loss once for each member who misses it", () => {
    const ledger = new Ledger();
    ledger.addSender(0, ledger.addReader(0));
    for (let i = 0; i < 5; i++) ledger.addReader(0);
    ledger.sent(0);
    ledger.acknowledged(0, 1, 1);
    ledger.deliver(3, 0, 1, 1);
    expect(ledger.findings()).toMatchObject({ ...clean, lost: 4 });
  });

  test("finds a hole in the numbering, even if nobody waits for it", () => {
    const ledger = pair(2);
    for (const [n, seq] of [
      [1, 1],
      [2, 3],
    ] as const) {
      ledger.acknowledged(0, n, seq);
      ledger.deliver(1, 0, n, seq);
    }
    expect(ledger.findings()).toMatchObject({ ...clean, lost: 1 });
  });

  test("finds a message delivered twice", () => {
    const ledger = pair(2);
    run(ledger, [1, 2, 2], [1, 2]);
    expect(ledger.findings()).toMatchObject({ ...clean, duplicated: 1 });
  });

  test("finds a message stored under two numbers", () => {
    const ledger = pair(1);
    ledger.acknowledged(0, 1, 1);
    ledger.deliver(1, 0, 1, 1);
    ledger.deliver(1, 0, 1, 2);
    expect(ledger.findings()).toMatchObject({ ...clean, duplicated: 1 });
  });

  test("finds an acknowledgement that names another number than the delivery", () => {
    const ledger = pair(2);
    ledger.acknowledged(0, 1, 1);
    ledger.acknowledged(0, 2, 2);
    ledger.deliver(1, 0, 2, 1);
    expect(ledger.findings().duplicated).toBe(1);
  });

  test("finds two messages under one number", () => {
    const ledger = pair(2);
    ledger.acknowledged(0, 1, 1);
    ledger.acknowledged(0, 2, 1);
    expect(ledger.findings().duplicated).toBeGreaterThan(0);
  });

  test("finds a second acknowledgement, and one after a refusal", () => {
    const ledger = pair(2);
    run(ledger, [1]);
    ledger.acknowledged(0, 1, 1);
    ledger.refused(0, 2);
    ledger.acknowledged(0, 2, 2);
    expect(ledger.findings()).toMatchObject({ duplicated: 2, refused: 1 });
  });

  test("finds a sender's own message sent back to it", () => {
    const ledger = pair(1);
    run(ledger, [1]);
    ledger.deliver(0, 0, 1, 1);
    expect(ledger.findings()).toMatchObject({ ...clean, duplicated: 1 });
  });

  test("finds deliveries out of order", () => {
    const ledger = pair(3);
    run(ledger, [1, 3, 2]);
    expect(ledger.findings()).toMatchObject({ ...clean, reordered: 1 });
  });

  test("finds messages numbered against the order in which they were sent", () => {
    const ledger = pair(2);
    for (const [n, seq] of [
      [2, 1],
      [1, 2],
    ] as const) {
      ledger.acknowledged(0, n, seq);
      ledger.deliver(1, 0, n, seq);
    }
    expect(ledger.findings()).toMatchObject({ ...clean, reordered: 1 });
  });

  test("finds sends without an answer; a refused one has its answer", () => {
    const ledger = pair(3);
    run(ledger, [1]);
    ledger.refused(0, 2);
    expect(ledger.findings()).toMatchObject({
      ...clean,
      sent: 3,
      acked: 1,
      refused: 1,
      unanswered: 1,
    });
  });

  test("follows system messages in the numbering without counting them", () => {
    const ledger = pair(1);
    ledger.deliver(0, undefined, 0, 1);
    ledger.deliver(1, undefined, 0, 1);
    ledger.acknowledged(0, 1, 2);
    ledger.deliver(1, 0, 1, 2);
    expect(ledger.findings()).toEqual({ sent: 1, acked: 1, refused: 0, delivered: 1, ...clean });
  });

  test("refuses a message of somebody who is not in the load", () => {
    expect(() => pair(1).deliver(1, 7, 1, 1)).toThrow("not part of this load");
  });
});
