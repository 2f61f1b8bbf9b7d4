import type { Conversation } from "@godwit/protocol";

/** How far another member has come. */
export interface MemberProgress {
  readonly delivered: number;
  readonly read: number;
}

/** The state of an own message, as far as the others' receipts tell. */
export type MessageState = "acknowledged" | "delivered" | "read";

const conversationsMax = 1_000;
const membersMax = 500;

/**
 * What other members' receipts have said, so that own messages can show their state. Bounded: the conversation that was heard of longest ago
 * is forgotten first, and of a conversation at most 500 members are kept (larger ones are not announced anyway; ask `chat.receipts`).
 */
export class ReceiptBook {
  readonly #conversations = new Map<string, Map<string, MemberProgress>>();

  /** Notes a receipt; cursors only move forward. Returns false if it says nothing new. */
  note(conversation: string, user: string, delivered: number, read: number): boolean {
    const members = this.#conversations.get(conversation) ?? new Map<string, MemberProgress>();
    this.#conversations.delete(conversation);
    this.#conversations.set(conversation, members);
    if (this.#conversations.size > conversationsMax) {
      const [oldest = ""] = this.#conversations.keys();
      this.#conversations.delete(oldest);
    }
    const known = members.get(user);
    if (!known && members.size >= membersMax) return true;
    const next = {
      delivered: Math.max(known?.delivered ?? 0, delivered, read),
      read: Math.max(known?.read ?? 0, read),
    };
    members.set(user, next);
    return next.delivered !== known?.delivered || next.read !== known?.read;
  }

  /** Notes what a conversation's own description says of the other side. */
  noteConversation(conversation: Conversation, self: string): void {
    if (conversation.kind !== "direct" || conversation.peerDelivered === undefined) return;
    const [, a = "", b = ""] = conversation.id.split(":");
    this.note(
      conversation.id,
      a === self ? b : a,
      conversation.peerDelivered,
      conversation.peerRead ?? 0,
    );
  }

  /** How many other members are known to have received and read the message `seq`. */
  reached(conversation: string, seq: number, self: string): { delivered: number; read: number } {
    let delivered = 0;
    let read = 0;
    for (const [user, progress] of this.#conversations.get(conversation) ?? []) {
      if (user === self) continue;
      if (progress.delivered >= seq) delivered++;
      if (progress.read >= seq) read++;
    }
    return { delivered, read };
  }
}
