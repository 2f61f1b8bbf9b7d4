import type { MemberCursor } from "@godwit/client";
import type { ChatMessage } from "../types.ts";
import type { ChatRecord } from "./chat-record.ts";

export interface ReachPorts {
  readonly self: string;
  record(id: string): ChatRecord | undefined;
  rows(id: string): readonly ChatMessage[];
  receipts(query: {
    conversation: string;
    seq: number;
    cursor: "read" | "delivered";
    limit: number;
  }): Promise<{ readonly members: readonly MemberCursor[] }>;
  reached(id: string, reached: ChatRecord["reached"]): void;
}

const membersMax = 100;

/**
 * How far others have come in a group, for its own messages in sight. Events say it from now on, but not what was before this session, and in large
 * groups not at all; the server tells cursors on request. Does nothing where all is read already, or in direct conversations, whose description says it.
 */
export async function learnReached(id: string, ports: ReachPorts): Promise<void> {
  const record = ports.record(id);
  if (!record || record.kind === "direct" || record.gone) return;
  const open = ports.rows(id).find(({ state }) => state === "sent" || state === "delivered");
  if (open?.seq === undefined) return;
  const { seq } = open;
  const furthest = async (cursor: "read" | "delivered"): Promise<number> => {
    const { members } = await ports.receipts({ conversation: id, seq, cursor, limit: membersMax });
    return Math.max(
      0,
      ...members.filter(({ user }) => user !== ports.self).map(({ seq: reached }) => reached),
    );
  };
  try {
    const [read, delivered] = [await furthest("read"), await furthest("delivered")];
    ports.reached(id, { read, delivered });
  } catch {
    // Without a connection, or no longer a member: what was known is shown.
  }
}
