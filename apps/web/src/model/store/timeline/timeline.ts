import type { ReceivedMessage } from "@godwit/client";
import { createStore, type StoreApi } from "zustand/vanilla";
import { plainError } from "../../errors.ts";
import type { ChatMessage, JumpTarget, TimelineView } from "../../types.ts";
import type { ChatRecord } from "../chat-record.ts";
import type { Outgoing } from "../outgoing.ts";
import { Previews } from "./previews.ts";
import { outgoingRow, restated, storedRow, type StoredRow } from "./rows.ts";
import { seqAtTime } from "./search.ts";
import { MessageWindow } from "./window.ts";

type Move = "loadOlder" | "loadNewer" | "jumpTo" | "setFollowing";

export interface Page {
  readonly messages: readonly ReceivedMessage[];
  readonly partial: boolean;
}

export interface TimelinePorts {
  readonly self: string;
  readonly direct: boolean;
  /** A page of history, as the server cuts it; rejects without a connection. */
  page(range: { from?: number; to?: number; limit?: number }): Promise<Page>;
  /** What the cache has without a gap from `to` (or the newest) down. */
  run(to: number | undefined, limit: number): Promise<readonly ReceivedMessage[]>;
  record(): ChatRecord | undefined;
  /** Own messages of this conversation that have no place yet, oldest first. */
  outgoing(): readonly Outgoing[];
  /** Fetched messages near the newest, for the cache. */
  keep(messages: readonly ReceivedMessage[]): void;
}

const pageSize = 100;
/** A gap up to here is filled; beyond it the window begins anew at the newest, or waits to be scrolled on. */
const gapMax = 400;
/** Messages before and after one that is jumped to. */
const beforeJump = 60;
const aroundJump = 160;
/** With more unread messages than this a conversation opens at the first of them, else at the newest. */
const unreadAtOnce = 80;

/** One conversation as it is shown: a window of messages without a gap, own ones that wait at its end, and how to move it. */
export class Timeline {
  readonly view: StoreApi<TimelineView>;
  readonly #ports: TimelinePorts;
  readonly #window: MessageWindow<StoredRow>;
  readonly #previews: Previews;
  readonly #outgoingRows = new Map<Outgoing, ChatMessage>();
  #reached: ChatRecord["reached"];
  /** Counts placings, so that the answer to an older question is not put into a newer window. */
  #place = 0;
  #following = true;
  #catchingUp = false;
  #opened = false;
  #loading: TimelineView["loading"];
  #error: string | undefined;
  #firstUnread: number | undefined;

  constructor(ports: TimelinePorts) {
    this.#ports = ports;
    this.#reached = ports.record()?.reached ?? { delivered: 0, read: 0 };
    this.#previews = new Previews({
      fetch: async (seq) =>
        this.#window.find(seq) ?? (await ports.page({ from: seq, to: seq, limit: 1 })).messages[0],
      came: (seqs) => this.#quoted(seqs),
    });
    this.#window = new MessageWindow((message) =>
      storedRow(message, this.#reached, (seq) => this.#preview(seq)),
    );
    this.view = createStore(() => ({ ...this.#snapshot(), ...this.#moves }));
  }

  /** Somebody looks at it: shows what is kept, then what the server has. Called again, it begins with the unread messages of now. */
  async open(): Promise<void> {
    const record = this.#ports.record();
    this.#firstUnread = record && firstUnreadOf(record);
    this.#opened = true;
    this.#note();
    if (this.#window.placed) {
      this.#publish();
      return this.#catchUp();
    }
    await this.#load("jump", async (stale) => {
      const kept = await this.#ports.run(undefined, pageSize).catch(() => []);
      if (stale()) return;
      this.#placeKept(kept);
      await this.#begin(stale);
    });
  }

  /** Nobody looks at it any more; it goes on to take messages in. */
  leave(): void {
    this.#opened = false;
    this.#following = true;
  }

  /** There is a connection (again): what failed without one is tried anew. */
  online(): void {
    this.#previews.online();
    if (!this.#opened) return;
    if (this.#error !== undefined) {
      this.#error = undefined;
      this.#publish();
    }
    if (!this.#window.placed) void this.open();
    else void this.#catchUp();
  }

  /** Messages of this conversation, in order. */
  arrived(messages: readonly ReceivedMessage[]): void {
    const complete = this.#window.arriveAll(messages, !this.#following);
    this.#previews.seen(messages);
    this.#note();
    this.#publish();
    if (!complete && this.#opened) void this.#catchUp();
  }

  /** The record moved: the others' cursors, or how far the conversation goes. */
  recordMoved(): void {
    const reached = this.#ports.record()?.reached ?? this.#reached;
    const before = this.#reached;
    this.#note();
    // The server knows of more than came: the cache may be older than what this device has acknowledged. In the same turn it may still come.
    if (this.#opened) queueMicrotask(() => void this.#catchUp());
    if (reached === before) return;
    this.#reached = reached;
    const from = Math.min(before.read, before.delivered);
    if (this.#window.revise((row) => restated(row, reached), from)) this.#publish();
  }

  /** Own messages were queued, stored or refused. */
  outgoingMoved(): void {
    this.#publish();
  }

  readonly #moves: Pick<TimelineView, Move> = {
    loadOlder: (): Promise<void> => this.#loadOlder(),
    loadNewer: (): Promise<void> => this.#loadNewer(),
    jumpTo: (target: JumpTarget): Promise<number | undefined> => this.#jumpTo(target),
    setFollowing: (on: boolean): void => void (this.#following = on),
  };

  /** The place of the first unread message if it is far, else the newest page; what the cache had is gone on from, without waiting. */
  async #begin(stale: () => boolean): Promise<void> {
    const unread = this.#firstUnread === undefined ? 0 : (this.#ports.record()?.unread ?? 0);
    if (this.#firstUnread !== undefined && unread > unreadAtOnce) {
      if (!this.#window.covers(this.#firstUnread))
        await this.#placeAround(this.#firstUnread, stale);
    } else if (this.#window.placed && this.#window.newest - this.#window.to <= gapMax) {
      // The rest is filled in while what is there is shown.
      this.#window.follow();
    } else await this.#placeNewest(stale);
  }

  #placeKept(kept: readonly ReceivedMessage[]): void {
    const [first, last] = [kept[0], kept.at(-1)];
    if (!first || !last) return;
    this.#window.place(kept, { from: first.seq, to: last.seq, atOldest: first.seq <= 1 });
    this.#note();
    this.#publish();
  }

  async #placeNewest(stale: () => boolean): Promise<void> {
    const page = await this.#page({ limit: pageSize }).catch((thrown: unknown): Page => {
      // Two people who have not written to each other yet.
      if (this.#ports.direct && plainError(thrown).name === "conversation_unknown")
        return { messages: [], partial: false };
      throw thrown;
    });
    if (stale()) return;
    const to = page.messages.at(-1)?.seq ?? 0;
    const from = page.partial ? (page.messages[0]?.seq ?? 1) : 1;
    this.#window.place(page.messages, { from, to, atOldest: !page.partial });
  }

  async #placeAround(seq: number, stale: () => boolean): Promise<void> {
    const from = Math.max(1, seq - beforeJump);
    const newest = this.#window.newest;
    const page = await this.#page({ from, limit: aroundJump });
    if (stale()) return;
    const last = page.messages.at(-1)?.seq ?? from - 1;
    const to = page.partial ? last : Math.max(last, newest);
    this.#window.place(page.messages, { from, to, atOldest: from === 1 });
  }

  /** Fetches what is between the window and the newest, page by page. */
  async #fill(stale: () => boolean): Promise<void> {
    while (!stale() && !this.#window.atNewest) {
      const { to, newest } = this.#window;
      const page = await this.#page({ from: to + 1, limit: pageSize * 2 });
      // Older ones may have been loaded meanwhile, and have pushed the new end out.
      if (stale() || this.#window.to < to) return;
      const last = page.messages.at(-1)?.seq;
      if (page.partial && last === undefined) return;
      this.#window.append(
        page.messages,
        page.partial ? (last ?? to) : Math.max(last ?? 0, newest),
        !this.#following,
      );
      this.#publish();
      if (!this.#window.live && !this.#window.atNewest && this.#held(to)) return;
    }
  }

  /** True if the window could not take more in. */
  #held(before: number): boolean {
    return this.#window.to === before || (!this.#following && !this.#window.live);
  }

  async #catchUp(): Promise<void> {
    if (this.#catchingUp || !this.#window.live || this.#window.atNewest) return;
    this.#catchingUp = true;
    const place = this.#place;
    const stale = (): boolean => place !== this.#place;
    try {
      const missing = this.#window.newest - this.#window.to;
      if (missing <= gapMax) await this.#fill(stale);
      else if (this.#following) await this.#placeNewest(stale);
      // What failed before has come now, and scrolling may load on.
      if (!stale()) this.#error = undefined;
    } catch (thrown) {
      // Tried again with the next connection, or the next message.
      this.#error = plainError(thrown).name;
    }
    this.#catchingUp = false;
    this.#publish();
  }

  async #loadOlder(): Promise<void> {
    if (this.#loading !== undefined || !this.#window.placed || this.#window.atOldest) return;
    await this.#load("older", async (stale) => {
      const { from } = this.#window;
      const kept = await this.#ports.run(from - 1, pageSize).catch(() => []);
      if (stale() || this.#window.from !== from) return;
      const first = kept[0]?.seq;
      if (first !== undefined) return this.#window.prepend(kept, first, first <= 1);
      const page = await this.#page({ to: from - 1, limit: pageSize });
      if (stale() || this.#window.from !== from) return;
      const oldest = page.partial ? (page.messages[0]?.seq ?? 1) : 1;
      this.#window.prepend(page.messages, oldest, oldest === 1);
    });
  }

  async #loadNewer(): Promise<void> {
    if (this.#loading !== undefined || !this.#window.placed || this.#window.atNewest) return;
    await this.#load("newer", async (stale) => {
      const { to, newest } = this.#window;
      const page = await this.#page({ from: to + 1, limit: pageSize });
      if (stale() || this.#window.to !== to) return;
      const last = page.messages.at(-1)?.seq ?? to;
      this.#window.append(page.messages, page.partial ? last : Math.max(last, newest));
    });
  }

  async #jumpTo(target: JumpTarget): Promise<number | undefined> {
    let landed: number | undefined;
    await this.#load("jump", async (stale) => {
      if (target === "newest") {
        if (!this.#window.live || !this.#window.atNewest) await this.#placeNewest(stale);
        landed = this.#window.rows.at(-1)?.seq;
        return;
      }
      const seq = await this.#targetSeq(target);
      if (seq === undefined || stale()) return;
      if (!this.#window.covers(seq)) await this.#placeAround(seq, stale);
      if (stale()) return;
      landed = this.#landing(seq, target === "unread");
    });
    return landed;
  }

  async #targetSeq(target: Exclude<JumpTarget, "newest">): Promise<number | undefined> {
    if (target === "unread") {
      const record = this.#ports.record();
      return this.#firstUnread ?? (record ? Math.min(record.read + 1, record.lastSeq) : undefined);
    }
    if ("seq" in target) return target.seq;
    return seqAtTime(target.time, this.#window.newest, async (from) => {
      const kept = this.#window.covers(from)
        ? this.#window.rows[this.#window.indexOf(from)]
        : undefined;
      return kept ?? (await this.#page({ from, limit: 1 })).messages[0];
    });
  }

  /** The row to show for a wanted seq: it, or the next one there is; for unread ones one that somebody else wrote. */
  #landing(seq: number, unread: boolean): number | undefined {
    const { rows } = this.#window;
    const at = this.#window.indexOf(seq);
    const row = unread
      ? rows.slice(at).find(({ mine, system }) => !mine && system === undefined)
      : rows[at];
    return (row ?? rows.at(-1))?.seq;
  }

  /** Runs one move of the window, with its state shown. A failure is shown by its name, never thrown. */
  async #load(
    what: NonNullable<TimelineView["loading"]>,
    move: (stale: () => boolean) => Promise<void>,
  ): Promise<void> {
    const place = what === "jump" ? ++this.#place : this.#place;
    const stale = (): boolean => place !== this.#place;
    this.#loading = what;
    this.#error = undefined;
    this.#publish();
    try {
      await move(stale);
    } catch (thrown) {
      if (!stale()) this.#error = plainError(thrown).name;
    }
    if (stale()) return;
    this.#loading = undefined;
    this.#publish();
    if (this.#window.live) await this.#catchUp();
  }

  async #page(range: { from?: number; to?: number; limit?: number }): Promise<Page> {
    const page = await this.#ports.page(range);
    this.#ports.keep(page.messages);
    this.#previews.seen(page.messages);
    return page;
  }

  #note(): void {
    this.#window.note(this.#ports.record()?.lastSeq ?? 0);
  }

  #preview(seq: number): ReturnType<Previews["of"]> {
    return this.#previews.of(seq);
  }

  #quoted(seqs: ReadonlySet<number>): void {
    const changed = this.#window.revise((row) =>
      row.replyTo && seqs.has(row.replyTo.seq)
        ? { ...row, replyTo: this.#preview(row.replyTo.seq) }
        : row,
    );
    if (changed || this.#ports.outgoing().length > 0) {
      this.#outgoingRows.clear();
      this.#publish();
    }
  }

  #publish(): void {
    this.view.setState(this.#snapshot());
  }

  #snapshot(): Omit<TimelineView, Move> {
    const { rows, atOldest, atNewest, placed, live } = this.#window;
    const waiting = live || atNewest || !placed ? this.#waiting() : [];
    const before = this.view?.getState();
    return {
      items: sameItems(before?.items, rows, waiting),
      atOldest: placed && atOldest,
      atNewest,
      loading: this.#loading,
      firstUnreadSeq: this.#firstUnread,
      error: this.#error,
    };
  }

  #waiting(): ChatMessage[] {
    const outgoing = this.#ports.outgoing().filter(({ seq }) => !seq || seq > this.#window.to);
    const rows = outgoing.map((one) => {
      const row =
        this.#outgoingRows.get(one) ??
        outgoingRow(one, this.#ports.self, (seq) => this.#preview(seq));
      return [one, row] as const;
    });
    this.#outgoingRows.clear();
    for (const [one, row] of rows) this.#outgoingRows.set(one, row);
    return rows.map(([, row]) => row);
  }
}

/** Whoever was added to a conversation and has read nothing yet has not left what was said before unread: then only the count says where. */
function firstUnreadOf({ read, unread, lastSeq }: ChatRecord): number | undefined {
  if (unread === 0) return undefined;
  return read === 0 ? Math.max(1, lastSeq - unread + 1) : read + 1;
}

/** Rows and waiting ones in one list; the same list if nothing in it moved. */
function sameItems(
  before: readonly ChatMessage[] | undefined,
  rows: readonly ChatMessage[],
  waiting: readonly ChatMessage[],
): readonly ChatMessage[] {
  const items = waiting.length === 0 ? rows : [...rows, ...waiting];
  if (before?.length !== items.length) return items;
  return items.every((item, at) => item === before[at]) ? before : items;
}
