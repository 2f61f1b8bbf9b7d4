import type { NewMessage, StoredMessage } from "./port.ts";

/** Whether a retry carries what was stored under its client id. The device and the time of a retry may differ; what a reader sees may not. */
export function samePayload(stored: StoredMessage, retry: NewMessage): boolean {
  return (
    stored.conversation === retry.conversation &&
    stored.clientSeq === retry.clientSeq &&
    stored.kind === retry.kind &&
    stored.content === retry.content &&
    stored.priority === retry.priority &&
    stored.replyTo === retry.replyTo &&
    stored.expiresAt === retry.expiresAt &&
    (stored.mentions ?? []).join(" ") === (retry.mentions ?? []).join(" ")
  );
}
