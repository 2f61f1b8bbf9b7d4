import { type Codec, limits } from "@godwit/protocol";
import { refusal } from "./errors.ts";
import type { Draft } from "./outbox.ts";
import type { OutboxEntry } from "./storage.ts";

/**
 * Turns a draft into an entry, a copy that later changes of the draft do not reach. What the server would not even answer is refused here:
 * a frame that it closes the connection for would come back with every reconnect.
 *
 * @throws GodwitError `invalid_params`, `content_too_large`
 */
export function draftEntry(
  conversation: string,
  draft: Draft,
  ids: { clientId: string; clientSeq: number; createdAt: number },
  codec: Codec,
): OutboxEntry {
  const { text, kind, content, ...options } = (
    typeof draft === "string" ? { text: draft } : draft
  ) as {
    text?: string;
    kind?: OutboxEntry["kind"];
    content?: OutboxEntry["content"];
  };
  const { priority, mentions, replyTo, expiresAt } = options as Partial<OutboxEntry>;
  const json = JSON.stringify(content ?? { text });
  if (new TextEncoder().encode(json).length > limits.contentBytesMax) {
    throw refusal(
      "content_too_large",
      `The content may have ${limits.contentBytesMax} bytes as JSON.`,
    );
  }
  const entry: OutboxEntry = {
    ...ids,
    conversation,
    kind: kind ?? "text",
    content: JSON.parse(json) as OutboxEntry["content"],
    ...(priority && { priority }),
    ...(mentions && { mentions: [...mentions] }),
    ...(replyTo !== undefined && { replyTo }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
  try {
    const { createdAt: _, ...params } = entry;
    codec.decodeCommand(codec.encodeCommand({ type: "send", id: 1, ...params }));
  } catch (thrown) {
    throw refusal("invalid_params", thrown instanceof Error ? thrown.message : String(thrown));
  }
  return entry;
}
