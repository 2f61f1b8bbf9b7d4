import type { Conversation, MemberProgress } from "@godwit/protocol";

/** The state of an own message, as far as the others' receipts tell. */
export type MessageState = "acknowledged" | "delivered" | "read";

const conversationsMax = 1_000;
const membersMax = 500;

interface Entry {
  /** The newest own message. */
  own: number;
  readonly members: Map<string, MemberProgress>;
}

/**
 * What other members' receipts have said, so that own messages can show their state. Bounded: the conversation that was heard of longest ago
 * is forgotten first, and of a conversation at most 500 members are kept (larger ones are not announced anyway; ask `chat.receipts`).
 */
export class ReceiptBook {
  readonly #conversations = new Map<string, Entry>();

  /** Notes a receipt; cursors only move forward. Returns false if it says nothing new. */
  note(conversation: string, { user, delivered, read }: MemberProgress): boolean {
    const { members } = this.#entry(conversation);
    const known = members.get(user);
    if (!known && members.size >= membersMax) return true;
    const next = {
      user,
      delivered: Math.max(known?.delivered ?? 0, delivered, read),
      read: Math.max(known?.read ?? 0, read),
    };
    members.set(user, next);
    return next.delivered !== known?.delivered || next.read !== known?.read;
  }

  /** Notes what a conversation's own description says of the others. Returns those who have come further than was known of them. */
  noteConversation(conversation: Conversation, self: string): MemberProgress[] {
    const { id } = conversation;
    return progressOf(conversation, self).filter((progress) => {
      const known = this.#conversations.get(id)?.members.has(progress.user) === true;
      return this.note(id, progress) && known;
    });
  }

  /** Notes an own message. */
  sent(conversation: string, seq: number): void {
    const entry = this.#entry(conversation);
    entry.own = Math.max(entry.own, seq);
  }

  /** Whether somebody may have read the newest own message without our knowing. */
  unsettled(conversation: string): boolean {
    const { own = 0, members } = this.#conversations.get(conversation) ?? {};
    return own > 0 && (!members?.size || [...members.values()].some(({ read }) => read < own));
  }

  /** How many other members are known to have received and read the message `seq`. */
  reached(conversation: string, seq: number, self: string): { delivered: number; read: number } {
    let delivered = 0;
    let read = 0;
    for (const [user, progress] of this.#conversations.get(conversation)?.members ?? []) {
      if (user === self) continue;
      if (progress.delivered >= seq) delivered++;
      if (progress.read >= seq) read++;
    }
    return { delivered, read };
  }

  #entry(conversation: string): Entry {
    const entry = this.#conversations.get(conversation) ?? { own: 0, members: new Map() };
    this.#conversations.delete(conversation);
    this.#conversations.set(conversation, entry);
    if (this.#conversations.size > conversationsMax) {
      const [oldest = ""] = this.#conversations.keys();
      this.#conversations.delete(oldest);
    }
    return entry;
  }
}

function progressOf(conversation: Conversation, self: string): readonly MemberProgress[] {
  const { id, kind, peerDelivered, peerRead = 0, cursors = [] } = conversation;
  if (kind !== "direct") return cursors;
  if (peerDelivered === undefined) return [];
  const [, a = "", b = ""] = id.split(":");
  return [{ user: a === self ? b : a, delivered: peerDelivered, read: peerRead }];
}
