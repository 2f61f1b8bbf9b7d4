import type { Database } from "bun:sqlite";
import { StoreError } from "../port.ts";
import { rememberMentions } from "./append.ts";
import type { HeadCache, OwnState, Head } from "./heads.ts";
import { hashKey, hashText, textWords, type KeyHash, type Salt } from "./keys.ts";
import type { Members } from "./members.ts";
import type { Tail } from "./tail.ts";

interface TailRow {
  id: number;
  conversation: string;
  num: number;
  seq: number;
  visible: number;
  own: number;
  sender: string;
  client_id: Uint8Array | string;
  kind: string;
  mentions: string | null;
}

/** Reads the rows after the watermark back into the tail, with the heads and counts that follow from them. As many rows as one run of the server left. */
export function recoverTail(
  db: Database,
  tail: Tail,
  heads: HeadCache,
  members: Members,
  salt: Salt,
): void {
  const select = db.prepare<TailRow, [number]>(
    `SELECT l.id, c.id AS conversation, c.num, l.seq, l.visible, l.own, l.sender, l.client_id, l.kind, l.mentions
     FROM log l JOIN conversations c ON c.num = l.conversation WHERE l.id >= ? ORDER BY l.id`,
  );
  const words = new Uint32Array(4);
  const key: KeyHash = { high: 0, low: 0 };
  const senders = new Map<string, KeyHash>();
  for (const row of select.iterate(tail.first)) {
    const head = heads.peek(row.conversation) ?? heads.put(row.conversation, row.num, 0, 0);
    head.lastSeq = row.seq;
    head.visible = row.visible;
    let sender = senders.get(row.sender);
    if (sender === undefined)
      senders.set(
        row.sender,
        (sender = { high: hashText(row.sender, salt.a), low: hashText(row.sender, salt.b) }),
      );
    if (typeof row.client_id === "string") textWords(row.client_id, words, 0);
    else new Uint8Array(words.buffer).set(row.client_id);
    hashKey(sender.high, sender.low, words, 0, key);
    const own = row.kind === "system" ? undefined : recoverOwn(head, row, members);
    const id = tail.restore(head, own, key.high, key.low);
    if (id !== row.id) throw new StoreError("corrupt", `The log has a gap before entry ${row.id}.`);
    if (row.mentions !== null && row.kind !== "system")
      rememberMentions(head, row.sender, JSON.parse(row.mentions) as string[]);
  }
}

/** The sender's count; none for a message of one who is no member any more, or from before the membership began anew. */
function recoverOwn(head: Head, row: TailRow, members: Members): OwnState | undefined {
  const known = head.owns.get(row.sender);
  const member = known === undefined ? members.find(head, row.sender) : undefined;
  if (known === undefined && (member === undefined || member.role === "banned")) return undefined;
  if (member !== undefined && row.seq <= member.joined_seq) return undefined;
  const own = known ?? { user: row.sender, own: 0, last: 0 };
  own.own = row.own;
  own.last = row.seq;
  head.owns.set(row.sender, own);
  return own;
}
