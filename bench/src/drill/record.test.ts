import { describe, expect, test } from "bun:test";
import { DrillRecord, textOf } from "./record.ts";
import type { Seen } from "./record.ts";

const conversation = "d:a:b";
const message = (seq: number, n = seq, sender = "a"): Seen => ({
  seq,
  sender,
  clientId: `${sender}-${n}`,
  text: textOf(sender, n),
});
const log = (count: number) => Array.from({ length: count }, (_, i) => message(i + 1));

/** A drill in which a sent to b; what was acknowledged, what b got and what the log has may differ. */
function drill(options: {
  acked: readonly Seen[];
  received: readonly Seen[];
  stored: readonly Seen[];
}) {
  const record = new DrillRecord();
  record.member(conversation, "b");
  for (const promised of options.acked) record.acked(conversation, promised);
  for (const seen of options.received) record.received(conversation, "b", seen);
  return { record, verdict: record.verdict(new Map([[conversation, options.stored]])) };
}

const clean = { lost: 0, duplicated: 0, reordered: 0 };

describe("the verdict of a crash drill", () => {
  test("passes a log in which all is there once, unacknowledged messages included", () => {
    const { verdict, record } = drill({ acked: log(9), received: log(10), stored: log(10) });
    expect(verdict).toEqual({ acked: 9, stored: 10, ...clean, findings: [] });
    expect(record.everybodyHas()).toBe(true);
  });

  test("finds an acknowledged message missing from the log", () => {
    const { verdict } = drill({ acked: log(3), received: log(3), stored: log(2) });
    expect(verdict).toMatchObject({ ...clean, lost: 1 });
    expect(verdict.findings[0]).toContain("acknowledged as 3");
  });

  test("finds another message in the place of an acknowledged one", () => {
    expect(
      drill({ acked: [message(1, 1)], received: [message(1, 1)], stored: [message(1, 2)] }).verdict
        .lost,
    ).toBe(1);
  });

  test("finds a hole in the log", () => {
    expect(
      drill({ acked: [], received: [], stored: [message(1), message(3)] }).verdict,
    ).toMatchObject({ ...clean, lost: 1 });
  });

  test("finds a message stored twice", () => {
    const stored = [...log(3), message(4, 2)];
    expect(drill({ acked: log(3), received: log(3), stored }).verdict.duplicated).toBe(1);
  });

  test("finds a message acknowledged under two numbers", () => {
    const stored = [message(1), message(2)];
    const acked = [
      message(1),
      message(2),
      { ...message(2), clientId: "a-1", text: textOf("a", 1) },
    ];
    expect(drill({ acked, received: stored, stored }).verdict.duplicated).toBe(1);
  });

  test("finds a member who missed a message, got one twice, or out of order", () => {
    const stored = log(3);
    const received = (list: number[]) =>
      drill({ acked: stored, received: list.map((seq) => message(seq)), stored });
    expect(received([1, 3]).verdict).toMatchObject({ ...clean, lost: 1 });
    expect(received([1, 2]).record.everybodyHas()).toBe(false);
    expect(received([1, 2, 2, 3]).verdict).toMatchObject({ ...clean, duplicated: 1 });
    expect(received([1, 3, 2]).verdict).toMatchObject({ ...clean, reordered: 1 });
  });

  test("finds a sender's messages in another order than sent, unless the server had refused one", () => {
    const stored = [message(1, 2), message(2, 1)];
    const { record, verdict } = drill({ acked: stored, received: stored, stored });
    expect(verdict).toMatchObject({ ...clean, reordered: 1 });
    record.refused("a");
    expect(record.verdict(new Map([[conversation, stored]]))).toMatchObject(clean);
  });
});
