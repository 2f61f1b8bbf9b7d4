import { digestOf } from "../lib/digest.ts";
import type { NewMessage, StoredMessage } from "./port.ts";

/**
 * Whether a retry carries what was sent under its client id before, whatever moderation has made of either. The device and the time of a retry may differ; what its
 * sender wrote may not. `sentDigest` is that of the stored message.
 */
export function samePayload(
  stored: StoredMessage,
  sentDigest: string | undefined,
  retry: NewMessage,
): boolean {
  return (
    stored.conversation === retry.conversation &&
    stored.clientSeq === retry.clientSeq &&
    stored.kind === retry.kind &&
    sameContent(stored.content, sentDigest, retry) &&
    stored.priority === retry.priority &&
    stored.replyTo === retry.replyTo &&
    stored.expiresAt === retry.expiresAt &&
    (stored.mentions ?? []).join(" ") === (retry.mentions ?? []).join(" ")
  );
}

function sameContent(stored: string, sentDigest: string | undefined, retry: NewMessage): boolean {
  if (sentDigest === undefined && retry.sentDigest === undefined) return stored === retry.content;
  const sent = retry.sentDigest ?? digestOf(retry.content);
  if (sentDigest !== undefined) return sentDigest === sent;
  // COMPAT: before schema version 3 nothing was kept of a content that was changed, and a retry that was changed alike is all that can be told.
  return digestOf(stored) === sent || stored === retry.content;
}
