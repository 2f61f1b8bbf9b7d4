import type { ServerFrame } from "@godwit/protocol";

type Check = (value: unknown) => boolean;
type Fields = Record<string, unknown>;

const text: Check = (value) => typeof value === "string";
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const seq: Check = (value) => count(value) && value !== 0;
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const object =
  (checks: Record<string, Check>): Check =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(checks).every(([name, check]) => check((value as Fields)[name]));
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const message = object({ conversation: text, seq, sender: text, kind: text, content: object({}) });
const progress = object({ user: text, delivered: count, read: count });
const conversation = object({
  id: text,
  kind: text,
  lastSeq: count,
  delivered: count,
  cursors: maybe(list(progress)),
});

/** What the client relies on in each frame. The rest is handed on as it came. */
const events: Record<string, Check> = {
  message: object({ message }),
  receipt: object({ conversation: text, user: text, delivered: count, read: count }),
  conversation: object({ change: text, conversation }),
  presence: object({ presence: object({ user: text, status: text }) }),
  typing: object({ conversation: text, user: text }),
  draining: object({ reconnectAfterMs: count }),
  sync_required: object({ position: maybe(count) }),
};
const replies: Record<string, Check> = {
  hello: object({
    session: text,
    user: text,
    position: count,
    heartbeatMs: seq,
    limits: object({}),
  }),
  send: object({ conversation: text, seq, messageId: count, time: count }),
  history: object({ messages: list(message) }),
  sync: object({ conversations: list(object({ conversation, messages: list(message) })) }),
  create: object({ conversation }),
  join: object({ conversation }),
  peek_invite: object({ conversation: text }),
  watch: object({ presences: list(object({})) }),
};
const error = object({ name: text, code: count, message: text });

/**
 * Whether a frame has what the client relies on, so that a server's mistake ends one connection and not the application. Unknown types pass:
 * a newer server may say more.
 */
export function isSound(frame: ServerFrame): boolean {
  if (frame.type === "error") return error(frame);
  const checks = "id" in frame ? replies : events;
  return !Object.hasOwn(checks, frame.type) || checks[frame.type]?.(frame) === true;
}
