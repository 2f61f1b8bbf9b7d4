import { describe, expect, test } from "bun:test";
import type { Conversation, Message } from "@godwit/protocol";
import { ChatState, isNote, type Room } from "./state.ts";

const message = (seq: number, from: Partial<Message> = {}): Message => ({
  conversation: "d:alice:bob",
  seq,
  id: seq,
  sender: "bob",
  device: "d",
  clientId: `00000000-0000-4000-8000-${String(seq).padStart(12, "0")}`,
  clientSeq: seq,
  time: 1_000 + seq,
  kind: "text",
  content: { text: `m${seq}` },
  ...from,
});
const view = (from: Partial<Conversation>): Conversation => ({
  id: "d:alice:bob",
  kind: "direct",
  role: "member",
  memberCount: 2,
  lastSeq: 0,
  delivered: 0,
  read: 0,
  unread: 0,
  mentions: 0,
  createdAt: 0,
  ...from,
});
const shown = (room: Room) =>
  room.lines.map((line) => (isNote(line) ? line.note : (line.seq ?? line.clientId.slice(0, 3))));

describe("lines", () => {
  test("come in order of seq however they arrive, each once", () => {
    const state = new ChatState("alice");
    for (const seq of [5, 7, 6, 5, 2, 1, 7, 3]) state.message(message(seq));
    expect(shown(state.room("d:alice:bob")!)).toEqual([1, 2, 3, 5, 6, 7]);
    expect(state.message(message(6))).toBeUndefined();
  });

  test("an own message waits at the end and takes its place when acknowledged", () => {
    const state = new ChatState("alice");
    const own = {
      conversation: "d:alice:bob",
      clientId: "own",
      time: 5,
      kind: "text",
      content: { text: "hi" },
    } as const;
    state.message(message(1));
    state.pending(own);
    state.message(message(2));
    const room = state.room("d:alice:bob")!;
    expect(shown(room)).toEqual([1, 2, "own"]);
    state.message(message(3, { sender: "alice", clientId: "own" }));
    expect(shown(room)).toEqual([1, 2, 3]);
    state.pending(own);
    expect(shown(room)).toEqual([1, 2, 3]);
  });

  test("older ones go before notes, newer ones after", () => {
    const state = new ChatState("alice");
    state.message(message(10));
    const room = state.room("d:alice:bob")!;
    state.note(room, "note");
    state.message(message(9));
    state.message(message(11));
    expect(shown(room)).toEqual([9, 10, "note", 11]);
  });

  test("are bounded, and loading older ones does not push out themselves", () => {
    const state = new ChatState("alice");
    for (let seq = 500; seq < 2_000; seq++) state.message(message(seq));
    const room = state.room("d:alice:bob")!;
    expect([room.lines.length, state.oldestSeq(room)]).toEqual([1_000, 1_000]);
    for (let seq = 950; seq < 1_000; seq++) state.message(message(seq));
    expect(state.oldestSeq(room)).toBe(950);
  });
});

describe("unread messages", () => {
  test("others' messages count, own and system ones and those counted by the server do not", () => {
    const state = new ChatState("alice");
    const room = state.conversation(view({ lastSeq: 3, unread: 2 }));
    for (const seq of [1, 2, 3]) state.message(message(seq));
    expect(room.unread).toBe(2);
    state.message(message(4, { mentions: ["alice"] }));
    state.message(message(5, { sender: "alice" }));
    state.message(message(6, { kind: "system", content: { event: "joined" } }));
    expect([room.unread, room.mentions]).toEqual([3, 1]);
  });

  test("an older view does not take back newer messages", () => {
    const state = new ChatState("alice");
    const room = state.conversation(view({ lastSeq: 1 }));
    state.message(message(2));
    state.conversation(view({ lastSeq: 1, unread: 0 }));
    expect(room.unread).toBe(1);
    state.conversation(view({ lastSeq: 2, unread: 0 }));
    expect(room.unread).toBe(0);
  });
});

test("the list is by activity, without conversations that were left", () => {
  const state = new ChatState("alice");
  state.message(message(1, { time: 10 }));
  state.message(message(1, { conversation: "g:0:teamteam", time: 30 }));
  state.message(message(1, { conversation: "d:alice:carol", sender: "carol", time: 20 }));
  expect(state.rooms().map(({ id }) => id)).toEqual([
    "g:0:teamteam",
    "d:alice:carol",
    "d:alice:bob",
  ]);
  state.current = state.room("g:0:teamteam");
  state.removed("g:0:teamteam");
  expect(state.rooms().map(({ title }) => title)).toEqual(["carol", "bob"]);
  expect(state.current).toBeUndefined();
});

test("membership changes in the log keep count and title, but not those that the server has counted", () => {
  const state = new ChatState("alice");
  const id = "g:0:teamteam";
  const room = state.conversation(
    view({ id, kind: "group", title: "Team", memberCount: 3, lastSeq: 5 }),
  );
  const change = (seq: number, content: Message["content"]) =>
    state.message(message(seq, { conversation: id, kind: "system", content }));
  change(5, { event: "joined" });
  expect(room.memberCount).toBe(3);
  change(6, { event: "invited", users: ["x", "y"] });
  change(7, { event: "left" });
  change(8, { event: "removed", users: ["x"] });
  change(9, { event: "renamed", title: "Crew" });
  expect([room.memberCount, room.title]).toEqual([3, "Crew"]);
});
