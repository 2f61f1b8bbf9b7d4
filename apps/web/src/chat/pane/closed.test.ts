import { expect, test } from "bun:test";
import type { ChatSummary } from "../../model/index.ts";
import { closedReason } from "./closed.ts";

const group: ChatSummary = {
  id: "g:0:lunch",
  kind: "group",
  title: "Lunch",
  unread: 0,
  mentions: 0,
  pinned: false,
  muted: false,
  role: "member",
  memberCount: 3,
  lastSeq: 9,
  readSeq: 9,
  open: false,
  dissolved: false,
  gone: false,
  mutedAll: false,
};
const now = 1_000_000;

const cases: readonly (readonly [more: Partial<ChatSummary>, reason: string | undefined])[] = [
  [{}, undefined],
  [{ dissolved: true }, "dissolved"],
  [{ dissolved: true, gone: true }, "dissolved"],
  [{ gone: true }, "gone"],
  [{ kind: "channel" }, "channel"],
  [{ kind: "channel", role: "admin" }, undefined],
  [{ kind: "channel", role: "owner" }, undefined],
  [{ mutedAll: true }, "mutedAll"],
  [{ mutedAll: true, role: "admin" }, undefined],
  [{ mutedUntil: now + 1 }, "mutedUntil"],
  [{ mutedUntil: now }, undefined],
  [{ kind: "direct", mutedAll: true }, undefined],
];

test.each(cases)("%j: %p", (more, reason) => {
  expect(closedReason({ ...group, ...more }, now)).toBe(reason as never);
});
