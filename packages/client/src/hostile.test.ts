import { expect, test } from "bun:test";
import { commands, events } from "@godwit/protocol/schemas";
import fc from "fast-check";
import { conversation, Harness, message } from "./testing/harness.ts";

const sound: Record<string, unknown>[] = [
  { type: "message", message: message(1) },
  { type: "receipt", conversation: "d:alice:bob", user: "bob", delivered: 1, read: 1 },
  { type: "conversation", change: "added", conversation: conversation() },
  { type: "presence", presence: { user: "bob", status: "online" } },
  { type: "typing", conversation: "d:alice:bob", user: "bob", on: true },
  { type: "token_expiring", expiresAt: 1 },
  { type: "draining", reconnectAfterMs: 10 },
  { type: "sync_required", reason: "x", position: 3 },
  { type: "send", conversation: "d:alice:bob", seq: 1, messageId: 1, time: 1 },
  { type: "history", messages: [message(1)], partial: false },
  {
    type: "sync",
    conversations: [
      { conversation: conversation({ lastSeq: 1 }), messages: [message(1)], partial: false },
    ],
    partial: true,
    next: "d:alice:bob",
  },
  { type: "error", code: 4291, name: "busy", message: "", retryable: true },
];
const types = [...Object.keys(commands), ...Object.keys(events), "error", "unheard_of"];

/** A sound frame with one value anywhere in it replaced or removed. */
const damaged = fc
  .record({
    frame: fc.constantFrom(...sound),
    path: fc.array(fc.nat(8), { minLength: 1, maxLength: 4 }),
    value: fc.option(fc.jsonValue(), { nil: undefined }),
  })
  .map(({ frame, path, value }) => {
    const copy = structuredClone(frame);
    let at: Record<string, unknown> = copy;
    for (const [step, index] of path.entries()) {
      const keys = Object.keys(at);
      const key = keys[index % Math.max(1, keys.length)];
      if (key === undefined) break;
      const inner = at[key];
      if (step < path.length - 1 && typeof inner === "object" && inner !== null)
        at = inner as Record<string, unknown>;
      else {
        at[key] = value;
        break;
      }
    }
    return copy;
  });
const made = fc
  .tuple(
    fc.constantFrom(...types),
    fc.dictionary(
      fc.constantFrom("message", "conversation", "seq", "messages", "conversations", "position"),
      fc.jsonValue(),
    ),
  )
  .map(([type, fields]) => ({ type, ...fields }));
const raw = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .tuple(fc.oneof(damaged, made), fc.option(fc.nat(6), { nil: undefined }))
    .map(([frame, id]) => JSON.stringify({ ...frame, ...(id !== undefined && { id }) })),
);

test("whatever a server says: no error escapes, the client goes on, and closes without a trace", async () => {
  let unusable = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(raw, { minLength: 1, maxLength: 30, size: "max" }),
      async (frames) => {
        const harness = new Harness({ token: () => "token" });
        harness.client.on("message", () => {});
        await harness.welcome();
        for (const text of ["1", "2"]) void harness.client.conversation("d:alice:bob").send(text);
        void harness.client.conversation("d:alice:bob").read(1);
        for (const frame of frames) {
          harness.link.raw(frame);
          await harness.clock.settle();
          if (harness.client.state !== "online") {
            while (harness.client.state === "offline") await harness.clock.advance(1_000);
            await harness.welcome();
          }
        }
        await harness.clock.advance(100);
        unusable += harness.errors.filter(({ name }) => name === "protocol_failed").length;
        expect(harness.client.state).not.toBe("closed");
        await harness.client.close();
        expect(harness.clock.pending).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
  expect(unusable).toBeGreaterThan(100);
}, 60_000);
