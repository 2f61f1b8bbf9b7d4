/** Whether somebody may write in a conversation, and why not. */
import type { ChatSummary } from "../../model/index.ts";

export type Closed = "dissolved" | "gone" | "channel" | "mutedAll" | "mutedUntil";

/** Why the reader may not write at a time (milliseconds since the epoch); undefined if they may. What lasts longest comes first. */
export function closedReason(summary: ChatSummary, nowMs: number): Closed | undefined {
  const plain = summary.role === undefined || summary.role === "member";
  if (summary.dissolved) return "dissolved";
  if (summary.gone) return "gone";
  if (summary.kind === "channel" && plain) return "channel";
  if (summary.mutedAll && plain && summary.kind !== "direct") return "mutedAll";
  return (summary.mutedUntil ?? 0) > nowMs ? "mutedUntil" : undefined;
}
