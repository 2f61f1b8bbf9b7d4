import { describe, expect, test } from "bun:test";
import type { ChatSummary } from "../../model/index.ts";
import { newsIn, seenOf } from "./news.ts";

const chat = (id: string, fields: Partial<ChatSummary> = {}): ChatSummary => ({
  id,
  kind: "direct",
  title: id,
  unread: 0,
  mentions: 0,
  pinned: false,
  muted: false,
  memberCount: 2,
  lastSeq: 1,
  readSeq: 1,
  open: false,
  dissolved: false,
  gone: false,
  mutedAll: false,
  ...fields,
});
const said = (sender: string) => ({ sender, text: "hi", time: 1, kind: "text" as const });
const fresh = { lastSeq: 2, unread: 1, last: said("bob") };
const before = seenOf([chat("a")]);
const ids = (chats: ChatSummary[], seen: Parameters<typeof newsIn>[0] = before) =>
  newsIn(seen, chats, "me").map(({ chat: { id }, mention }) => (mention ? `${id}!` : id));

describe("what is announced", () => {
  test("a message of somebody else", () => expect(ids([chat("a", fresh)])).toEqual(["a"]));
  test("nothing when the page begins", () =>
    expect(newsIn(undefined, [chat("a", fresh)], "me")).toEqual([]));
  test("nothing that was seen", () => expect(ids([chat("a")])).toEqual([]));
  test("nothing of oneself", () =>
    expect(ids([chat("a", { ...fresh, last: said("me") })])).toEqual([]));
  test("nothing that was read elsewhere at once", () =>
    expect(ids([chat("a", { ...fresh, unread: 0 })])).toEqual([]));
  test("nothing of a muted conversation, unless it mentions the visitor", () => {
    expect(ids([chat("a", { ...fresh, muted: true })])).toEqual([]);
    expect(ids([chat("a", { ...fresh, muted: true, mentions: 1 })])).toEqual(["a!"]);
  });
  test("a conversation that begins", () => expect(ids([chat("b", fresh)])).toEqual(["b"]));
});
