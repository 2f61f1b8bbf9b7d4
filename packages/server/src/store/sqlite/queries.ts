import type { Database } from "bun:sqlite";
import type { ConversationKind } from "@godwit/protocol";
import {
  mentionsCountMax,
  type ConversationRow,
  type ConversationView,
  type MemberRow,
  type Ref,
  type StoredMessage,
  type ReceiptsPage,
} from "../port.ts";
import { tailFirstSeq, type Head, type HeadCache } from "./heads.ts";
import type { Log } from "./log.ts";
import { memberColumns, memberRow, unreadOf, type MemberRecord } from "./members.ts";
import type { Spans } from "./spans.ts";

interface ConversationRecord {
  num: number;
  id: string;
  kind: ConversationKind;
  title: string | null;
  open: number;
  muted_all: number;
  dissolved: number;
  created_at: number;
  member_count: number;
  last_seq: number;
  visible: number;
}

interface ReceiptRecord {
  user: string;
  seq: number;
  time: number;
}

/** Of a slice of member rows: how many there are, how many of them count, and the last one's user. */
interface SliceCount {
  rows: number;
  reached: number | null;
  last: string | null;
}

const conversationColumns =
  "num, id, kind, title, open, muted_all, dissolved, created_at, member_count, last_seq, visible";
/** Member rows looked at between two chances for writes to go first. */
const memberSlice = 4_000;

/** Everything that only reads messages, conversations and members. */
export class Queries {
  private readonly db: Database;
  private readonly heads: HeadCache;
  private readonly log: Log;
  private readonly spans: Spans;
  private readonly scanRows: number;
  private readonly selectConversation;
  private readonly selectMember;
  private readonly selectMembers;
  private readonly selectPeer;
  private readonly selectList;
  private readonly countMentions;

  /** `scanRows` is how many members are looked at for one answer. */
  constructor(db: Database, heads: HeadCache, log: Log, spans: Spans, scanRows: number) {
    this.db = db;
    this.heads = heads;
    this.log = log;
    this.spans = spans;
    this.scanRows = scanRows;
    this.selectConversation = db.prepare<ConversationRecord, [string]>(
      `SELECT ${conversationColumns} FROM conversations WHERE id = ?`,
    );
    this.selectMember = db.prepare<MemberRecord, [number, string]>(
      `SELECT ${memberColumns} FROM members WHERE conversation = ? AND user = ?`,
    );
    this.selectMembers = db.prepare<MemberRecord, [number, string, number]>(
      `SELECT ${memberColumns} FROM members WHERE conversation = ? AND user > ? AND role <> 'banned' ORDER BY user LIMIT ?`,
    );
    this.selectPeer = db.prepare<{ delivered: number; read: number }, [number, string]>(
      "SELECT delivered, read FROM members WHERE conversation = ? AND user <> ? LIMIT 1",
    );
    this.selectList = db.prepare<ConversationRecord, [string, string, number]>(
      `SELECT ${conversationColumns.replace(/\w+/g, "c.$&")} FROM memberships m JOIN conversations c ON c.num = m.num
       WHERE m.user = ? AND m.conversation > ? ORDER BY m.conversation LIMIT ?`,
    );
    this.countMentions = db.prepare<
      { count: number },
      [number, string, number, number, string, number]
    >(
      "SELECT count(*) AS count FROM (SELECT 1 FROM mentions WHERE conversation = ? AND user = ? AND seq > ? AND seq < ? AND sender <> ? LIMIT ?)",
    );
  }

  get(id: string): ConversationRow | undefined {
    const record = this.selectConversation.get(id);
    return record === null ? undefined : this.row(record);
  }

  member(id: string, users: readonly string[]): MemberRow[] {
    const head = this.heads.find(id);
    if (head === undefined) return [];
    return users
      .map((user) => this.selectMember.get(head.num, user))
      .filter((record) => record !== null)
      .map(memberRow);
  }

  members(id: string, after: string | undefined, limit: number): MemberRow[] {
    const head = this.heads.find(id);
    return head === undefined
      ? []
      : this.selectMembers.all(head.num, after ?? "", limit).map(memberRow);
  }

  views(user: string, ids: readonly string[]): ConversationView[] {
    const views: ConversationView[] = [];
    for (const id of ids) {
      const record = this.selectConversation.get(id);
      const member = record === null ? null : this.selectMember.get(record.num, user);
      if (record === null || member === null || member.role === "banned") continue;
      const head =
        this.heads.peek(id) ?? this.heads.put(id, record.num, record.last_seq, record.visible);
      const peer = record.kind === "direct" ? this.selectPeer.get(record.num, user) : null;
      const unread = unreadOf(head, member);
      views.push({
        conversation: this.row(record),
        member: memberRow(member),
        unread,
        mentions: this.mentions(head, member, unread),
        ...(peer === null ? {} : { peerDelivered: peer.delivered, peerRead: peer.read }),
      });
    }
    return views;
  }

  list(user: string, after: string | undefined, limit: number): ConversationRow[] {
    return this.selectList.all(user, after ?? "", limit).map((record) => this.row(record));
  }

  range(
    conversation: string,
    from: number,
    to: number,
    limit: number,
    keep: "oldest" | "newest",
  ): StoredMessage[] {
    const head = this.heads.find(conversation);
    if (head === undefined) return [];
    return this.spans
      .idsBetween(head, from, to, limit, keep)
      .map((id) => this.present(conversation, id));
  }

  pick(refs: readonly Ref[]): (StoredMessage | undefined)[] {
    return refs.map(({ conversation, seq }) => {
      const head = this.heads.find(conversation);
      const id = head === undefined ? 0 : this.spans.idOf(head, seq);
      return id === 0 ? undefined : this.present(conversation, id);
    });
  }

  /** Yields between slices, because a large group takes a while, and stops at a bound, because many may ask. */
  *receipts(
    id: string,
    seq: number,
    cursor: "delivered" | "read",
    after: string | undefined,
    limit: number,
  ): Generator<undefined, ReceiptsPage, undefined> {
    const head = this.heads.find(id);
    if (head === undefined) return { total: 0, totalPartial: false, members: [] };
    const entry = this.spans.idOf(head, seq);
    const sender = entry === 0 ? "" : (this.log.position(entry)?.sender ?? "");
    const reached = `role <> 'banned' AND ${cursor} >= ?3 AND joined_seq < ?3 AND user <> ?4`;
    const slice = `SELECT user, role, ${cursor}, ${cursor}_at, joined_seq FROM members WHERE conversation = ?1 AND user > ?2 ORDER BY user LIMIT ${memberSlice}`;
    const counts = this.db.query<SliceCount, [number, string, number, string]>(
      `SELECT count(*) AS rows, sum(${reached}) AS reached, max(user) AS last FROM (${slice})`,
    );
    const page = this.db.query<ReceiptRecord, [number, string, number, string, number]>(
      `SELECT user, ${cursor} AS seq, ${cursor}_at AS time FROM (${slice}) WHERE ${reached} ORDER BY user LIMIT ?5`,
    );
    let total = 0;
    const uncounted = yield* this.slices("", (from) => {
      const count = counts.get(head.num, from, seq, sender);
      total += count?.reached ?? 0;
      return count;
    });
    const members: ReceiptRecord[] = [];
    const next = yield* this.slices(after ?? "", (from) => {
      const count = counts.get(head.num, from, seq, sender);
      if ((count?.reached ?? 0) > 0)
        members.push(...page.all(head.num, from, seq, sender, limit - members.length));
      return members.length < limit ? count : null;
    });
    const totalPartial = uncounted !== undefined;
    return { total, totalPartial, members, ...(next === undefined ? {} : { next }) };
  }

  /** Looks at member rows slice by slice, until a slice is not whole, `look` has enough, or the bound is met: then at the user to go on after. */
  private *slices(
    after: string,
    look: (from: string) => SliceCount | null,
  ): Generator<undefined, string | undefined, undefined> {
    let from = after;
    for (let rows = 0; rows < this.scanRows; rows += memberSlice) {
      const count = look(from);
      if (count?.rows !== memberSlice || count.last === null) return undefined;
      from = count.last;
      yield;
    }
    return from;
  }

  /** The head in memory is ahead of the row. */
  private row(record: ConversationRecord): ConversationRow {
    const head = this.heads.peek(record.id);
    return {
      id: record.id,
      kind: record.kind,
      ...(record.title === null ? {} : { title: record.title }),
      open: record.open === 1,
      mutedAll: record.muted_all === 1,
      dissolved: record.dissolved === 1,
      createdAt: record.created_at,
      memberCount: record.member_count,
      lastSeq: head?.lastSeq ?? record.last_seq,
      visible: head?.visible ?? record.visible,
    };
  }

  private present(conversation: string, id: number): StoredMessage {
    const message = this.log.message(conversation, id);
    if (message === undefined)
      throw new Error(`Entry ${id} of ${conversation} is indexed but not in the log.`);
    return message;
  }

  private mentions(head: Head, member: MemberRecord, unread: number): number {
    if (unread === 0) return 0;
    let count = 0;
    const tailFirst = tailFirstSeq(head);
    for (const { seq, user, sender } of head.tailMentions) {
      if (seq > member.read && sender !== member.user && (user === "*" || user === member.user))
        count += 1;
    }
    if (member.read < tailFirst - 1) {
      for (const user of [member.user, "*"]) count += this.indexedMentions(head, member, user);
    }
    return Math.min(count, mentionsCountMax);
  }

  private indexedMentions(head: Head, member: MemberRecord, user: string): number {
    const row = this.countMentions.get(
      head.num,
      user,
      member.read,
      tailFirstSeq(head),
      member.user,
      mentionsCountMax,
    );
    return row?.count ?? 0;
  }
}
