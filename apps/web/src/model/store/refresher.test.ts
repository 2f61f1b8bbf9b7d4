import { expect, test } from "bun:test";
import type { Conversation } from "@godwit/client";
import type { Backend } from "../backend.ts";
import { bob, FakeTimers, message, messages, settle } from "../testing/fakes.ts";
import { Chats } from "./chats.ts";
import { Refresher } from "./refresher.ts";

const description = (lastSeq: number, unread: number): Conversation => ({
  id: bob,
  kind: "direct",
  role: "member",
  memberCount: 2,
  lastSeq,
  delivered: 0,
  read: 0,
  unread,
  mentions: 0,
  createdAt: 1,
});

/** A model of one conversation, whose server answers when the test says so. */
function open() {
  const timers = new FakeTimers();
  const chats = new Chats({
    name: (user) => user,
    soon: (callback) => callback(),
    pending: () => undefined,
    changed: () => {},
    stale: (id) => refresher.stale(id),
  });
  const asked: { name: string; answer: (result: unknown) => void }[] = [];
  const backend = {
    call: (name: string) => new Promise((answer) => asked.push({ name, answer })),
  } as never as Backend;
  const refresher = new Refresher({
    chats,
    backend: () => backend,
    watched: () => [],
    after: timers.after,
  });
  chats.restore("alice", [], []);
  const said = (from: number, to: number) =>
    chats.apply(messages(from, to).map((each) => ({ type: "message", message: each })));
  const counts = () => [chats.record(bob)?.lastSeq, chats.record(bob)?.unread];
  return { timers, chats, asked, refresher, said, counts };
}

test("an answer that a flood has overtaken turns no counts back", async () => {
  const { timers, asked, refresher, said, counts } = open();
  said(1, 10);
  refresher.online();
  said(11, 300);
  expect(asked[0]?.name).toBe("conversations");
  asked[0]?.answer([description(40, 40)]);
  await settle();
  expect(counts()).toEqual([300, 300]);
  refresher.stale(bob);
  await timers.advance(400);
  said(301, 500);
  expect(asked[1]?.name).toBe("info");
  asked[1]?.answer(description(310, 310));
  await settle();
  expect(counts()).toEqual([500, 500]);
});

test("a server that was restored from a backup is believed when it is asked", async () => {
  const { timers, chats, asked, said, counts } = open();
  said(1, 100);
  chats.apply([{ type: "conversation", change: "updated", conversation: description(90, 90) }]);
  expect(counts()).toEqual([100, 100]);
  await timers.advance(400);
  expect(asked.map(({ name }) => name)).toEqual(["info"]);
  asked[0]?.answer(description(91, 91));
  await settle();
  expect(counts()).toEqual([91, 91]);
  chats.apply([{ type: "message", message: message(92) }]);
  expect(counts()).toEqual([92, 92]);
});
