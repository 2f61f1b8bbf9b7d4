import type { Database, SQLQueryBindings } from "bun:sqlite";
import type { ContentKind } from "@godwit/protocol";
import type { StoredMessage } from "../port.ts";
import { formatUuid } from "./keys.ts";

/** A row of the log, in the order of `readColumns`. */
type LogValues = [
  id: number,
  conversation: number,
  seq: number,
  sender: string,
  device: string,
  clientId: Uint8Array | string,
  clientSeq: number,
  time: number,
  kind: ContentKind,
  content: string,
  important: number,
  mentions: string | null,
  replyTo: number | null,
  expiresAt: number | null,
];

const readColumns =
  "id, conversation, seq, sender, device, client_id, client_seq, time, kind, content, important, mentions, reply_to, expires_at";
const plainColumns =
  "id, conversation, seq, visible, own, sender, device, client_id, client_seq, time, kind, content";
const plainWidth = 12;
/** Content is bound as bytes of UTF-8, which saves making a string of it. */
const plainRow = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT))";
const rowsPerStatement = 16;

/** What every row has, in the order of `plainColumns`. */
type PlainRow = readonly [
  id: number,
  conversation: number,
  seq: number,
  visible: number,
  own: number,
  sender: string,
  device: string,
  clientId: Uint8Array | string,
  clientSeq: number,
  time: number,
  kind: string,
  content: Uint8Array,
];

/** What few rows have. */
export interface RareColumns {
  important: boolean;
  mentions: readonly string[] | undefined;
  replyTo: number | undefined;
  expiresAt: number | undefined;
  sentDigest: string | undefined;
}

/** Who wrote an entry, and the counts up to it. */
export interface Position {
  readonly visible: number;
  readonly own: number;
  readonly sender: string;
  readonly kind: string;
}

/**
 * The log table. Plain rows are gathered and written sixteen to a statement; whoever reads must `flush` first.
 */
export class Log {
  private readonly many;
  private readonly single;
  private readonly full;
  private readonly select;
  private readonly selectPosition;
  private readonly selectDigest;
  private readonly waiting: SQLQueryBindings[] = [];

  constructor(db: Database) {
    const insert = `INSERT INTO log (${plainColumns}) VALUES `;
    this.many = db.prepare(insert + Array(rowsPerStatement).fill(plainRow).join(", "));
    this.single = db.prepare(insert + plainRow);
    this.full = db.prepare(
      `INSERT INTO log (${plainColumns}, important, mentions, reply_to, expires_at, sent_digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?, ?, ?, ?, ?)`,
    );
    this.select = db.prepare<LogValues, [number]>(`SELECT ${readColumns} FROM log WHERE id = ?`);
    this.selectPosition = db.prepare<Position, [number]>(
      "SELECT visible, own, sender, kind FROM log WHERE id = ?",
    );
    this.selectDigest = db.prepare<{ sent_digest: string | null }, [number]>(
      "SELECT sent_digest FROM log WHERE id = ?",
    );
  }

  /** Adds a row; with columns that few rows have, it is written at once. */
  add(row: PlainRow, rare: RareColumns | undefined): void {
    if (rare === undefined) {
      this.waiting.push(...row);
      if (this.waiting.length === plainWidth * rowsPerStatement) {
        this.many.run(...this.waiting);
        this.waiting.length = 0;
      }
      return;
    }
    this.flush();
    const mentions = rare.mentions === undefined ? null : JSON.stringify(rare.mentions);
    this.full.run(
      ...row,
      rare.important ? 1 : 0,
      mentions,
      rare.replyTo ?? null,
      rare.expiresAt ?? null,
      rare.sentDigest ?? null,
    );
  }

  /** Writes the rows that wait. */
  flush(): void {
    if (this.waiting.length === 0) return;
    for (let at = 0; at < this.waiting.length; at += plainWidth)
      this.single.run(...this.waiting.slice(at, at + plainWidth));
    this.waiting.length = 0;
  }

  /** Drops the rows that wait, because their transaction is rolled back. */
  discard(): void {
    this.waiting.length = 0;
  }

  /** The message at a log id, without the name of its conversation, and that one's number. */
  stored(
    id: number,
  ): { conversation: number; message: Omit<StoredMessage, "conversation"> } | undefined {
    const row = this.select.values(id)[0] as LogValues | undefined;
    if (row === undefined) return undefined;
    const [
      ,
      conversation,
      seq,
      sender,
      device,
      clientId,
      clientSeq,
      time,
      kind,
      content,
      important,
      mentions,
      replyTo,
      expiresAt,
    ] = row;
    const message = {
      sender,
      device,
      clientId: typeof clientId === "string" ? clientId : formatUuid(clientId),
      clientSeq,
      time,
      kind,
      content,
      priority: important === 1 ? ("important" as const) : ("normal" as const),
      ...(mentions === null ? {} : { mentions: JSON.parse(mentions) as string[] }),
      ...(replyTo === null ? {} : { replyTo }),
      ...(expiresAt === null ? {} : { expiresAt }),
      seq,
      id,
    };
    return { conversation, message };
  }

  /** The message at a log id, which is known to be in this conversation. */
  message(conversation: string, id: number): StoredMessage | undefined {
    const row = this.stored(id);
    return row === undefined ? undefined : { conversation, ...row.message };
  }

  /** The digest of what was sent, if something else was stored. */
  sentDigest(id: number): string | undefined {
    return this.selectDigest.get(id)?.sent_digest ?? undefined;
  }

  /** Who wrote an entry, and the counts up to it. */
  position(id: number): Position | undefined {
    return this.selectPosition.get(id) ?? undefined;
  }
}
