import { limits } from "../limits.ts";
import type { HostileCase } from "./hostile.ts";
import { direct, group, send, uuid } from "./samples.ts";

/** Frames whose form is right and whose fields are not. */
export function hostileParams(): HostileCase[] {
  const wrong = (name: string, frame: object, field: string): HostileCase => ({
    name: `JSON: ${name}`,
    codec: "json",
    data: JSON.stringify(frame),
    outcome: "invalid_params",
    field,
  });
  return [
    wrong("send without conversation", { ...send, conversation: undefined }, "conversation"),
    wrong("send to a number", { ...send, conversation: 5 }, "conversation"),
    wrong("send to null", { ...send, conversation: null }, "conversation"),
    wrong("send to nobody", { ...send, conversation: "" }, "conversation"),
    wrong("send to a path", { ...send, conversation: "g:0:../../etc/passwd" }, "conversation"),
    wrong(
      "send with a newline after the id",
      { ...send, conversation: `${direct}\n` },
      "conversation",
    ),
    wrong(
      "send with a client id in upper case",
      { ...send, clientId: uuid.toUpperCase() },
      "clientId",
    ),
    wrong(
      "send with a UUID of version 1",
      { ...send, clientId: "3b241101-e2bb-1255-8caf-4136c566a962" },
      "clientId",
    ),
    wrong("send with clientSeq 0", { ...send, clientSeq: 0 }, "clientSeq"),
    wrong("send with a negative clientSeq", { ...send, clientSeq: -1 }, "clientSeq"),
    wrong("send with a fractional clientSeq", { ...send, clientSeq: 1.5 }, "clientSeq"),
    wrong("send with clientSeq beyond 2^53 - 1", { ...send, clientSeq: 2 ** 53 }, "clientSeq"),
    wrong("send with clientSeq 1e300", { ...send, clientSeq: 1e300 }, "clientSeq"),
    wrong("send with clientSeq as text", { ...send, clientSeq: "1" }, "clientSeq"),
    wrong("send of an unknown kind", { ...send, kind: "hologram" }, "kind"),
    wrong("send of the kind __proto__", { ...send, kind: "__proto__" }, "kind"),
    wrong(
      "send of a system message",
      { ...send, kind: "system", content: { event: "created" } },
      "kind",
    ),
    wrong("send with content as text", { ...send, content: "hello" }, "content"),
    wrong("send with content as a list", { ...send, content: ["hello"] }, "content"),
    wrong("send with content null", { ...send, content: null }, "content"),
    wrong("text without text", { ...send, content: {} }, "content.text"),
    wrong("text that is empty", { ...send, content: { text: "" } }, "content.text"),
    wrong("text that is a number", { ...send, content: { text: 5 } }, "content.text"),
    wrong(
      "an image without address",
      { ...send, kind: "image", content: { name: "a" } },
      "content.url",
    ),
    wrong(
      "an image that is a script",
      { ...send, kind: "image", content: { url: "javascript:alert(1)" } },
      "content.url",
    ),
    wrong(
      "a file of negative size",
      { ...send, kind: "file", content: { url: "/a", size: -1 } },
      "content.size",
    ),
    wrong(
      "a location off the globe",
      { ...send, kind: "location", content: { lat: 90.1, lon: 0 } },
      "content.lat",
    ),
    wrong("half a location", { ...send, kind: "location", content: { lat: 1 } }, "content.lon"),
    wrong("send with an unknown priority", { ...send, priority: "urgent" }, "priority"),
    wrong("send with mentions as text", { ...send, mentions: "bob" }, "mentions"),
    wrong(
      "send with too many mentions",
      { ...send, mentions: Array(limits.mentionsMax + 1).fill("bob") },
      "mentions",
    ),
    wrong("send with replyTo null", { ...send, replyTo: null }, "replyTo"),
    wrong("hello without token", { type: "hello", id: 1, device: "a" }, "token"),
    wrong(
      "hello with an oversize token",
      { type: "hello", id: 1, device: "a", token: "t".repeat(limits.tokenLengthMax + 1) },
      "token",
    ),
    wrong(
      "join with an oversize token",
      {
        type: "join",
        conversation: group,
        token: "t".repeat(limits.inviteTokenLengthMax + 1),
      },
      "token",
    ),
    wrong(
      "invite_link for no time",
      { type: "invite_link", conversation: group, hours: 0 },
      "hours",
    ),
    wrong(
      "invite_link for ever",
      { type: "invite_link", conversation: group, hours: limits.inviteHoursMax + 1 },
      "hours",
    ),
    wrong("peek_invite without a token", { type: "peek_invite" }, "token"),
    wrong("profile without a name", { type: "profile" }, "name"),
    wrong("profile with an empty name", { type: "profile", name: "" }, "name"),
    wrong(
      "profile with an oversize name",
      { type: "profile", name: "n".repeat(limits.titleLengthMax + 1) },
      "name",
    ),
    wrong(
      "members by an empty prefix",
      { type: "members", conversation: group, prefix: "" },
      "prefix",
    ),
    wrong(
      "hello with a device of spaces",
      { type: "hello", id: 1, device: " ", token: "t" },
      "device",
    ),
    wrong(
      "hello with resume as a list",
      { type: "hello", id: 1, device: "a", token: "t", resume: [] },
      "resume",
    ),
    wrong(
      "hello with half a resume",
      { type: "hello", id: 1, device: "a", token: "t", resume: { session: "s" } },
      "resume.position",
    ),
    wrong("history with limit 0", { type: "history", conversation: direct, limit: 0 }, "limit"),
    wrong(
      "history with an oversize limit",
      { type: "history", conversation: direct, limit: limits.historyPageMax + 1 },
      "limit",
    ),
    wrong(
      "sync with a broken cursor",
      { type: "sync", cursors: [{ conversation: direct, seq: 1 }, { seq: 1 }] },
      "cursors.1.conversation",
    ),
    wrong(
      "sync with too many cursors",
      {
        type: "sync",
        cursors: Array.from({ length: limits.syncCursorsMax + 1 }, () => ({
          conversation: direct,
          seq: 1,
        })),
      },
      "cursors",
    ),
    wrong(
      "create without title",
      { type: "create", clientId: uuid, kind: "group", title: "" },
      "title",
    ),
    wrong(
      "create of a direct conversation",
      { type: "create", clientId: uuid, kind: "direct", title: "a" },
      "kind",
    ),
    wrong("invite of nobody", { type: "invite", conversation: group, users: [] }, "users"),
    wrong("ping with a negative heartbeat", { type: "ping", heartbeatMs: -1 }, "heartbeatMs"),
    wrong("ping with a heartbeat as text", { type: "ping", heartbeatMs: "1" }, "heartbeatMs"),
    wrong("typing without on", { type: "typing", conversation: direct }, "on"),
    wrong("typing with on as a number", { type: "typing", conversation: direct, on: 1 }, "on"),
    wrong("received of a negative position", { type: "received", position: -1 }, "position"),
  ];
}
