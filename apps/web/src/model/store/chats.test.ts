import { describe, expect, test } from "bun:test";
import type { Conversation } from "@godwit/client";
import type { LinkEvent } from "../link/events.ts";
import { bob, message } from "../testing/fakes.ts";
import type { ChatRecord } from "./chat-record.ts";
import { Chats } from "./chats.ts";
import type { Outgoing } from "./outgoing.ts";

const lunch = "g:0:lunch";

function open() {
  const seen = {
    changed: [] as string[],
    stale: [] as string[],
    waiting: [] as (() => void)[],
    pending: undefined as Outgoing | undefined,
  };
  const names = new Map([["bob", "Bob"]]);
  const chats = new Chats({
    name: (user) => names.get(user) ?? user,
    soon: (callback) => seen.waiting.push(callback),
    pending: () => seen.pending,
    changed: (records: readonly ChatRecord[]) => seen.changed.push(...records.map(({ id }) => id)),
    stale: (id) => seen.stale.push(id),
  });
  chats.restore("alice", [], []);
  const apply = (...events: LinkEvent[]) => {
    chats.apply(events);
    for (const callback of seen.waiting.splice(0)) callback();
  };
  const said = (seq: number, fields: Parameters<typeof message>[1] = {}): LinkEvent => ({
    type: "message",
    message: message(seq, fields),
  });
  const summary = (id = bob) => chats.view.getState().byId.get(id)!;
  return { chats, seen, names, apply, said, summary };
}

function description(fields: Partial<Conversation> = {}): Conversation {
  return {
    id: bob,
    kind: "direct",
    role: "member",
    memberCount: 2,
    lastSeq: 0,
    delivered: 0,
    read: 0,
    unread: 0,
    mentions: 0,
    createdAt: 1,
    ...fields,
  };
}

const told = (
  fields: Partial<Conversation>,
  change: "added" | "updated" | "removed" | "synced" = "updated",
): LinkEvent => ({
  type: "conversation",
  change,
  conversation: description(fields),
});

describe("unread messages", () => {
  test("are those of others after the read cursor, each counted once", () => {
    const { apply, said, summary, chats } = open();
    apply(said(1), said(1), said(2, { sender: "alice" }), said(3, { mentions: ["alice"] }));
    expect([summary().unread, summary().mentions, summary().lastSeq]).toEqual([2, 1, 3]);
    chats.read(bob, 3);
    apply();
    expect([summary().unread, summary().mentions, summary().readSeq]).toEqual([0, 0, 3]);
    apply(said(4, { kind: "system", content: { event: "joined" }, text: "" }));
    expect(summary().unread).toBe(0);
  });

  test("that the server has counted are not counted again as they come", () => {
    const { apply, said, summary } = open();
    apply(told({ lastSeq: 20, read: 5, unread: 15 }, "synced"), said(19), said(20));
    expect(summary().unread).toBe(15);
    apply(said(21));
    expect(summary().unread).toBe(16);
  });

  test("a description from before what was read or came here does not turn the count back", () => {
    const { apply, said, summary, chats } = open();
    apply(told({ lastSeq: 3, unread: 3 }), said(4));
    chats.read(bob, 4);
    apply(told({ lastSeq: 4, read: 1, unread: 3 }));
    expect([summary().unread, summary().readSeq]).toEqual([0, 4]);
    apply(said(5), told({ lastSeq: 4, read: 4, unread: 0 }));
    expect([summary().unread, summary().lastSeq]).toEqual([1, 5]);
  });

  test("what another device has read is counted by the server if some are left", () => {
    const { apply, said, summary, seen } = open();
    apply(said(1), said(2), said(3));
    const receipt = { conversation: bob, user: "alice", delivered: 3, own: true };
    apply({ type: "receipt", receipt: { ...receipt, read: 2 } });
    expect(seen.stale).toEqual([bob]);
    apply({ type: "receipt", receipt: { ...receipt, read: 3 } });
    expect(summary().unread).toBe(0);
  });
});

test("a description that messages have overtaken turns no counts back, however many came; the server is asked again", () => {
  const { apply, said, summary, seen } = open();
  apply(told({ lastSeq: 10 }));
  apply(...Array.from({ length: 200 }, (_, at) => said(11 + at)));
  expect(seen.stale).toEqual([]);
  apply(told({ lastSeq: 30, unread: 20 }));
  expect([summary().lastSeq, summary().unread]).toEqual([210, 200]);
  expect(seen.stale).toEqual([bob]);
});

test("a server that answers with less than it had when it was asked was restored from a backup, and knows best", () => {
  const { chats, apply, said, summary, seen } = open();
  const answers = (fields: Partial<Conversation>, askedAtSeq: number) => {
    chats.describe(description(fields), askedAtSeq);
    for (const callback of seen.waiting.splice(0)) callback();
    return [summary().lastSeq, summary().readSeq, summary().unread];
  };
  apply(told({ lastSeq: 100, read: 100 }), said(101), said(102));
  expect(answers({ lastSeq: 101, read: 100, unread: 1 }, 100)).toEqual([102, 100, 2]);
  expect(answers({ lastSeq: 99, read: 90, unread: 9 }, 102)).toEqual([99, 90, 9]);
});

describe("the list", () => {
  test("has pinned ones first, then the newest, and keeps the rows that did not move", () => {
    const { apply, said, chats } = open();
    apply(
      told({ id: lunch, kind: "group", title: "Lunch" }),
      said(1, { conversation: lunch, time: 50 }),
      said(1, { time: 100 }),
      said(1, { conversation: "d:alice:carol", sender: "carol", time: 70 }),
    );
    const ids = () => chats.view.getState().list.map(({ id }) => id);
    expect(ids()).toEqual([bob, "d:alice:carol", lunch]);
    chats.setNotes({ id: lunch, pinned: true });
    expect(ids()).toEqual([lunch, bob, "d:alice:carol"]);
    const before = chats.view.getState().list;
    apply(said(2, { conversation: lunch, time: 200 }));
    const after = chats.view.getState().list;
    expect([after[0] === before[0], after[1] === before[1]]).toEqual([false, true]);
  });

  test("names people by their names, also when those come later", () => {
    const { apply, said, summary, names, chats } = open();
    apply(said(1), said(1, { conversation: "d:alice:carol", sender: "carol" }));
    expect([summary().title, summary("d:alice:carol").title]).toEqual(["Bob", "carol"]);
    names.set("carol", "Carol");
    chats.renamed(new Set(["carol"]));
    apply();
    expect(summary("d:alice:carol").title).toBe("Carol");
  });

  test("sums what is unread, without what is muted", () => {
    const { apply, said, chats } = open();
    apply(said(1), said(2), said(1, { conversation: lunch }));
    expect(chats.view.getState().unreadTotal).toBe(3);
    chats.setNotes({ id: bob, muted: true });
    expect(chats.view.getState().unreadTotal).toBe(1);
  });

  test("has no place for direct conversations without words, unless there is a draft", () => {
    const { apply, chats } = open();
    apply(told({}));
    expect(chats.view.getState().list).toEqual([]);
    expect(chats.summary("d:alice:dave")).toMatchObject({ title: "dave", peer: "dave" });
    expect(chats.summary("g:0:unknown")).toBeUndefined();
    chats.setNotes({ id: "d:alice:dave", draft: "dear" });
    expect(chats.view.getState().list.map(({ draft }) => draft)).toEqual(["dear"]);
  });

  test("shows how far the newest own message came", () => {
    const { apply, said, summary } = open();
    apply(said(1, { sender: "alice" }));
    expect(summary().last?.state).toBe("sent");
    const receipt = { conversation: bob, user: "bob", delivered: 1, own: false };
    apply({ type: "receipt", receipt: { ...receipt, read: 0 } });
    expect(summary().last?.state).toBe("delivered");
    apply({ type: "receipt", receipt: { ...receipt, read: 1 } });
    expect(summary().last?.state).toBe("read");
  });

  test("shows an own message that waits, or was refused, before it has its place", () => {
    const { apply, said, summary, seen, chats } = open();
    apply(said(1));
    seen.pending = {
      key: "k",
      conversation: bob,
      kind: "text",
      content: { text: "wait" },
      time: 9,
    };
    chats.pendingMoved([bob]);
    apply();
    expect(summary().last).toMatchObject({ text: "wait", state: "queued", sender: "alice" });
    const failure = { name: "muted", message: "", retryable: true };
    seen.pending = { ...seen.pending, failure };
    chats.pendingMoved([bob]);
    apply();
    expect(summary().last).toMatchObject({ state: "failed" });
    seen.pending = undefined;
    chats.pendingMoved([bob]);
    apply();
    expect(summary().last).toMatchObject({ text: "m1", sender: "bob" });
  });

  test("keeps what one has left as gone, until one is back", () => {
    const { apply, summary, seen } = open();
    const group = { id: lunch, kind: "group", title: "Lunch" } as const;
    apply(told(group, "added"));
    apply(told(group, "removed"));
    expect(summary(lunch).gone).toBe(true);
    apply(told(group, "added"));
    expect(summary(lunch).gone).toBe(false);
    apply({ type: "gone", conversation: lunch });
    expect(summary(lunch).gone).toBe(true);
    expect(seen.changed.at(-1)).toBe(lunch);
  });
});

test("conversations of which no entry is known are in the order of their beginnings", () => {
  const { chats, apply } = open();
  apply(
    told({ id: "g:0:a", kind: "group", lastSeq: 3, createdAt: 100 }),
    told({ id: "g:0:b", kind: "group", lastSeq: 3, createdAt: 300 }),
    told({ id: "g:0:c", kind: "group", lastSeq: 3, createdAt: 200 }),
  );
  expect(chats.view.getState().list.map(({ id }) => id)).toEqual(["g:0:b", "g:0:c", "g:0:a"]);
});

test("after a part was read, the server is asked how many mentions are left", () => {
  const { seen, apply, said, summary } = open();
  apply(said(1, { mentions: ["alice"] }), said(2, { mentions: ["*"] }));
  expect(summary().mentions).toBe(2);
  apply({ type: "read", conversation: bob, seq: 1, unread: 1 });
  expect(seen.stale).toEqual([bob]);
  apply({ type: "read", conversation: bob, seq: 2, unread: 0 });
  expect([summary().mentions, seen.stale.length]).toEqual([0, 1]);
});
