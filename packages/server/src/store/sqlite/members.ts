import type { Database } from "bun:sqlite";
import type { Role } from "@godwit/protocol";
import type { CursorMove, MemberRow, MovedCursor } from "../port.ts";
import type { Head, HeadCache, OwnState } from "./heads.ts";
import type { Log } from "./log.ts";
import type { Spans } from "./spans.ts";
import type { Undo } from "./undo.ts";

export interface MemberRecord {
  user: string;
  role: Role | "banned";
  joined_at: number;
  joined_seq: number;
  muted_until: number;
  delivered: number;
  read: number;
  read_visible: number;
  read_own: number;
  own: number;
  last_own: number;
}

export const memberColumns =
  "user, role, joined_at, joined_seq, muted_until, delivered, read, read_visible, read_own, own, last_own";

export function memberRow(record: MemberRecord): MemberRow {
  return {
    user: record.user,
    role: record.role,
    joinedAt: record.joined_at,
    mutedUntil: record.muted_until,
    delivered: record.delivered,
    read: record.read,
  };
}

/** Messages of others after the read cursor: the visible ones after it, without the member's own. */
export function unreadOf(head: Head, record: MemberRecord): number {
  const own = head.owns.get(record.user)?.own ?? record.own;
  return head.visible - record.read_visible - (own - record.read_own);
}

/** Member rows: their own messages counted, cursors moved. */
export class Members {
  private readonly heads: HeadCache;
  private readonly log: Log;
  private readonly spans: Spans;
  private readonly undo: Undo;
  private readonly select;
  private readonly updateCursors;

  constructor(db: Database, heads: HeadCache, log: Log, spans: Spans, undo: Undo) {
    this.heads = heads;
    this.log = log;
    this.spans = spans;
    this.undo = undo;
    this.select = db.prepare<MemberRecord, [number, string]>(
      `SELECT ${memberColumns} FROM members WHERE conversation = ? AND user = ?`,
    );
    this.updateCursors = db.prepare(
      `UPDATE members SET delivered = ?1, read = ?2, read_visible = ?3, read_own = ?4,
         delivered_at = iif(?5, ?7, delivered_at), read_at = iif(?6, ?7, read_at)
       WHERE conversation = ?8 AND user = ?9`,
    );
  }

  /** The row of a member, banned ones included. */
  find(head: Head, user: string): MemberRecord | undefined {
    return this.select.get(head.num, user) ?? undefined;
  }

  /** The count of own messages of a sender, for the next one; undefined if the sender is no member. */
  ownOf(head: Head, sender: string): OwnState | undefined {
    const known = head.owns.get(sender);
    if (known !== undefined) return known;
    const row = this.find(head, sender);
    if (row === undefined || row.role === "banned") return undefined;
    const own: OwnState = { user: sender, own: row.own, last: row.last_own };
    head.owns.set(sender, own);
    this.undo.push(() => {
      if (head.owns.get(sender) === own) head.owns.delete(sender);
    });
    return own;
  }

  /** Forgets the count, because the member's row begins anew or ends. */
  dropOwn(head: Head, user: string): void {
    const own = head.owns.get(user);
    if (own === undefined) return;
    head.owns.delete(user);
    this.undo.push(() => head.owns.set(user, own));
  }

  advance(moves: readonly CursorMove[]): MovedCursor[] {
    const moved: MovedCursor[] = [];
    for (const move of moves) {
      const head = this.heads.find(move.conversation);
      const record = head === undefined ? undefined : this.find(head, move.user);
      if (head === undefined || record === undefined || record.role === "banned") continue;
      moved.push(this.advanceOne(head, record, move));
    }
    return moved;
  }

  private advanceOne(head: Head, record: MemberRecord, move: CursorMove): MovedCursor {
    const read = Math.max(record.read, Math.min(move.read ?? 0, head.lastSeq));
    const delivered = Math.max(record.delivered, Math.min(move.delivered ?? 0, head.lastSeq), read);
    const readMoved = read > record.read;
    const deliveredMoved = delivered > record.delivered;
    if (readMoved) {
      record.read_own = this.ownUpTo(head, record, read);
      record.read_visible =
        read === head.lastSeq
          ? head.visible
          : (this.log.position(this.spans.idOf(head, read))?.visible ?? head.visible);
    }
    if (readMoved || deliveredMoved) {
      this.updateCursors.run(
        delivered,
        read,
        record.read_visible,
        record.read_own,
        deliveredMoved ? 1 : 0,
        readMoved ? 1 : 0,
        move.time,
        head.num,
        move.user,
      );
    }
    return {
      conversation: move.conversation,
      user: move.user,
      delivered,
      read,
      unread: unreadOf(head, record),
      moved: readMoved || deliveredMoved,
    };
  }

  /**
   * How many own messages the member has up to `read`, which is past the old read cursor. Nearly always known from the counts; only for a cursor
   * that stops between own messages, the log is searched for the nearest one, outwards from `read`.
   */
  private ownUpTo(head: Head, record: MemberRecord, read: number): number {
    const state = head.owns.get(record.user);
    const own = state?.own ?? record.own;
    const last = state?.last ?? record.last_own;
    if (own === record.read_own) return own;
    if (last <= read) return own;
    let before = read;
    let after = read + 1;
    for (;;) {
      const from = Math.max(record.read + 1, before - 63);
      const down = this.nearestOwn(head, record.user, from, before, "newest");
      if (down !== undefined) return down;
      before = from - 1;
      if (before <= record.read) return record.read_own;
      const to = Math.min(last, after + 63);
      const up = this.nearestOwn(head, record.user, after, to, "oldest");
      if (up !== undefined) return up - 1;
      after = to + 1;
      if (after > last) return own;
    }
  }

  /** The count at the member's own message nearest to one end of a range; undefined if there is none in it. */
  private nearestOwn(
    head: Head,
    user: string,
    from: number,
    to: number,
    end: "oldest" | "newest",
  ): number | undefined {
    const ids = this.spans.idsBetween(head, from, to, to - from + 1, "oldest");
    if (end === "newest") ids.reverse();
    for (const id of ids) {
      const position = this.log.position(id);
      if (position?.sender === user && position.kind !== "system") return position.own;
    }
    return undefined;
  }
}
