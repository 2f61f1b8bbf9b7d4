import { createStore, type StoreApi } from "zustand/vanilla";
import type { LocalNotes } from "../cache/cache.ts";
import type { LinkEvent } from "../link/events.ts";
import type { ChatSummary, LastMessage, SendState } from "../types.ts";
import {
  type ChatRecord,
  described,
  emptyRecord,
  peerOf,
  withMessage,
  withReached,
  withRead,
} from "./chat-record.ts";
import type { Outgoing } from "./outgoing.ts";

export interface ChatsView {
  /** Pinned ones first, then the newest. */
  readonly list: readonly ChatSummary[];
  readonly byId: ReadonlyMap<string, ChatSummary>;
  readonly unreadTotal: number;
}

export interface ChatsPorts {
  /** A user's name as far as it is known; asks for it otherwise. */
  name(user: string): string;
  /** Calls back at once or soon: once for all wishes until then. */
  soon(callback: () => void): void;
  /** The newest own message that has no place yet. */
  pending(conversation: string): Outgoing | undefined;
  /** Records that moved, for the cache. */
  changed(records: readonly ChatRecord[]): void;
  /** The server should be asked how a conversation is now. */
  stale(conversation: string): void;
}

const nothing: ChatsView = { list: [], byId: new Map(), unreadTotal: 0 };

/** The conversations: records moved by events, and summaries of them for the list. A summary is made anew only when something about it changed. */
export class Chats {
  readonly view: StoreApi<ChatsView> = createStore(() => nothing);
  readonly #ports: ChatsPorts;
  readonly #records = new Map<string, ChatRecord>();
  readonly #notes = new Map<string, LocalNotes>();
  readonly #summaries = new Map<string, ChatSummary>();
  /** Conversations whose summary is out of date. */
  readonly #dirty = new Set<string>();
  readonly #unsaved = new Set<string>();
  #self = "";

  constructor(ports: ChatsPorts) {
    this.#ports = ports;
  }

  /** What the cache has kept of this user. */
  restore(self: string, records: readonly ChatRecord[], notes: readonly LocalNotes[]): void {
    this.#self = self;
    for (const note of notes) this.#notes.set(note.id, note);
    for (const record of records) {
      this.#records.set(record.id, record);
      this.#dirty.add(record.id);
    }
    this.draw();
  }

  clear(): void {
    this.#records.clear();
    this.#notes.clear();
    this.#summaries.clear();
    this.#dirty.clear();
    this.#unsaved.clear();
    this.view.setState(nothing, true);
  }

  get records(): IterableIterator<ChatRecord> {
    return this.#records.values();
  }

  record(id: string): ChatRecord | undefined {
    return this.#records.get(id);
  }

  notes(id: string): LocalNotes {
    return this.#notes.get(id) ?? { id };
  }

  /** Moves the records by what came. Returns those of them that did move, as they were before. */
  apply(events: readonly LinkEvent[]): void {
    for (const event of events) this.#apply(event);
    this.#later();
  }

  /** The server's answer about one conversation, of whose log `askedAtSeq` was known when it was asked. */
  describe(conversation: Parameters<typeof described>[1], askedAtSeq: number): void {
    this.#put(described(this.#records.get(conversation.id), conversation, askedAtSeq));
    this.#later();
  }

  /** This user has seen everything up to `seq` here. */
  read(id: string, seq: number): void {
    const record = this.#records.get(id);
    if (!record) return;
    this.#put(withRead(record, seq));
    this.#later();
  }

  /** At least one other member has come so far. */
  reached(id: string, reached: ChatRecord["reached"]): void {
    const record = this.#records.get(id);
    if (!record) return;
    this.#put(withReached(record, reached));
    this.#later();
  }

  /** What waits to be sent there moved. */
  pendingMoved(ids: Iterable<string>): void {
    for (const id of ids) this.#dirty.add(id);
    this.#later();
  }

  left(id: string): void {
    const record = this.#records.get(id);
    if (record) this.#put({ ...record, gone: true });
    this.#later();
  }

  setNotes(notes: LocalNotes): void {
    this.#notes.set(notes.id, notes);
    this.#dirty.add(notes.id);
    this.draw();
  }

  /** Names became known. */
  renamed(users: ReadonlySet<string>): void {
    for (const { id } of this.#records.values()) {
      const peer = peerOf(id, this.#self);
      if (peer !== undefined && users.has(peer)) this.#dirty.add(id);
    }
    this.#later();
  }

  /** The summary of any conversation, one that nothing was said in included; undefined for groups that are not known. */
  summary(id: string): ChatSummary | undefined {
    const known = this.view.getState().byId.get(id);
    if (known) return known;
    return peerOf(id, this.#self) === undefined ? undefined : this.#summarise(emptyRecord(id));
  }

  /** Brings the summaries up to date now. */
  draw(): void {
    if (this.#dirty.size === 0) return;
    for (const id of this.#dirty) {
      const begun = this.#notes.get(id)?.draft || this.#ports.pending(id);
      const record = this.#records.get(id) ?? (begun ? emptyRecord(id) : undefined);
      if (record) this.#summaries.set(id, this.#summarise(record));
      else this.#summaries.delete(id);
    }
    this.#dirty.clear();
    const byId = new Map(this.#summaries);
    const list = [...byId.values()].filter(isListed).sort((a, b) => this.#byPlace(a, b));
    const unreadTotal = list.reduce((sum, chat) => sum + (chat.muted ? 0 : chat.unread), 0);
    this.view.setState({ list, byId, unreadTotal }, true);
  }

  #byPlace(a: ChatSummary, b: ChatSummary): number {
    if (a.pinned !== b.pinned) return a.pinned ? -1 : 1;
    return this.#timeOf(b) - this.#timeOf(a) || (a.id < b.id ? -1 : 1);
  }

  /** Of what waits to be sent, of the newest entry, or of the beginning where no entry is known. */
  #timeOf({ id, last }: ChatSummary): number {
    return Math.max(last?.time ?? 0, this.#records.get(id)?.lastTime ?? 0);
  }

  #apply(event: LinkEvent): void {
    switch (event.type) {
      case "message": {
        const { message } = event;
        const before = this.#records.get(message.conversation) ?? emptyRecord(message.conversation);
        this.#put(withMessage(before, message, this.#self));
        // What was said of the conversation may have changed: who may write, how many they are.
        if (message.kind === "system") this.#ports.stale(message.conversation);
        return;
      }
      case "conversation": {
        const { change, conversation } = event;
        const record = described(this.#records.get(conversation.id), conversation);
        // Overtaken by messages, or of a server that was restored: its answer tells.
        if (conversation.lastSeq < record.lastSeq) this.#ports.stale(conversation.id);
        return this.#put(change === "removed" ? { ...record, gone: true } : record);
      }
      case "receipt":
        return this.#receipt(event.receipt);
      case "read": {
        const record = this.#records.get(event.conversation);
        if (!record) return;
        const after = withRead(record, event.seq, event.unread);
        this.#put(after);
        // Only the server knows which of the mentions are among those that are left.
        if (after.mentions > 0) this.#ports.stale(event.conversation);
        return;
      }
      case "gone": {
        const record = this.#records.get(event.conversation);
        if (record && !record.gone) this.#put({ ...record, gone: true });
        return;
      }
      default:
    }
  }

  #receipt(receipt: Extract<LinkEvent, { type: "receipt" }>["receipt"]): void {
    const record = this.#records.get(receipt.conversation);
    if (!record) return;
    if (!receipt.own) return this.#put(withReached(record, receipt));
    this.#put(withRead(record, receipt.read));
    // Another device has read a part: only the server knows how many are left.
    if (receipt.read > record.read && receipt.read < record.lastSeq)
      this.#ports.stale(receipt.conversation);
  }

  #put(record: ChatRecord): void {
    if (this.#records.get(record.id) === record) return;
    this.#records.set(record.id, record);
    this.#dirty.add(record.id);
    this.#unsaved.add(record.id);
  }

  #later(): void {
    if (this.#dirty.size === 0) return;
    this.#ports.soon(() => {
      const moved = [...this.#unsaved].flatMap((id) => this.#records.get(id) ?? []);
      this.#unsaved.clear();
      if (moved.length > 0) this.#ports.changed(moved);
      this.draw();
    });
  }

  #last({ id, last, reached }: ChatRecord): { last?: LastMessage } {
    const pending = this.#ports.pending(id);
    if (pending && pending.seq === undefined) return { last: waitingMessage(pending, this.#self) };
    return last === undefined ? {} : { last: lastMessage(last, reached) };
  }

  #summarise(record: ChatRecord): ChatSummary {
    const { id, kind, role, mutedUntil } = record;
    const peer = peerOf(id, this.#self);
    const { draft, pinned = false, muted = false } = this.notes(id);
    return {
      id,
      kind,
      title: peer === undefined ? (record.title ?? "") : this.#ports.name(peer),
      ...(peer === undefined ? {} : { peer }),
      ...this.#last(record),
      unread: record.unread,
      mentions: record.mentions,
      pinned,
      muted,
      ...(draft === undefined || draft === "" ? {} : { draft }),
      ...(role === undefined ? {} : { role }),
      memberCount: record.memberCount,
      lastSeq: record.lastSeq,
      readSeq: record.read,
      open: record.open,
      dissolved: record.dissolved,
      gone: record.gone,
      mutedAll: record.mutedAll,
      ...(mutedUntil === undefined ? {} : { mutedUntil }),
    };
  }
}

/** An own message that waits comes after everything else. */
function waitingMessage({ content, time, kind, failure }: Outgoing, self: string): LastMessage {
  const { text } = content;
  return {
    sender: self,
    text: typeof text === "string" ? text : "",
    time,
    kind,
    state: failure === undefined ? "queued" : "failed",
  };
}

function lastMessage(
  { seq, sender, text, time, kind, system, own }: NonNullable<ChatRecord["last"]>,
  reached: ChatRecord["reached"],
): LastMessage {
  return {
    sender,
    text,
    time,
    kind,
    ...(system === undefined ? {} : { system }),
    ...(own && kind !== "system" ? { state: sendState(seq, reached) } : {}),
  };
}

/** How far a stored message of one's own has come. */
export function sendState(seq: number, { delivered, read }: ChatRecord["reached"]): SendState {
  return seq <= read ? "read" : seq <= delivered ? "delivered" : "sent";
}

/** A direct conversation in which nothing was said has no place in the list, unless something is about to be. */
function isListed({ kind, lastSeq, draft, last }: ChatSummary): boolean {
  return kind !== "direct" || lastSeq > 0 || last !== undefined || draft !== undefined;
}
