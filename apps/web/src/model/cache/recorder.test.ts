import { expect, test } from "bun:test";
import { emptyRecord } from "../store/chat-record.ts";
import { bob, FakeTimers, messages, settle } from "../testing/fakes.ts";
import { type Cache, type CacheBatch, noCache } from "./cache.ts";
import { Recorder } from "./recorder.ts";

function open(put?: Cache["put"]) {
  const timers = new FakeTimers();
  const batches: CacheBatch[] = [];
  const cache: Cache = {
    ...noCache,
    put:
      put ??
      ((batch) => {
        batches.push(batch);
        return Promise.resolve();
      }),
  };
  return { timers, batches, recorder: new Recorder(cache, timers.after) };
}

test("a flood is written a few times a second, the newest state of each record once", async () => {
  const { timers, batches, recorder } = open();
  for (let at = 0; at < 100; at++) {
    recorder.chats([{ ...emptyRecord(bob), lastSeq: at }]);
    recorder.messages(messages(at * 10 + 1, at * 10 + 10));
    await timers.advance(10);
  }
  expect(batches.length).toBeLessThanOrEqual(4);
  await timers.advance(1_000);
  expect(batches.flatMap(({ messages }) => messages).length).toBe(1_000);
  expect(batches.map(({ chats }) => chats.length)).toEqual(batches.map(() => 1));
});

test("what waits is bounded: the oldest messages are left out", async () => {
  const { timers, batches, recorder } = open();
  recorder.messages(messages(1, 3_000));
  await timers.advance(300);
  expect(batches[0]?.messages.map(({ seq }) => seq).slice(0, 1)).toEqual([1_001]);
});

test("a cache that fails is left alone, and nothing else fails with it", async () => {
  let asked = 0;
  const { timers, recorder } = open(() => {
    asked++;
    return Promise.reject(new Error("QuotaExceededError"));
  });
  recorder.messages(messages(1, 2));
  await timers.advance(300);
  recorder.messages(messages(3, 4));
  await timers.advance(3_000);
  await recorder.flush();
  await settle();
  expect(asked).toBe(1);
});
