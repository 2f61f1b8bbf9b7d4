import type { Database } from "bun:sqlite";
import { tailFirstSeq, type Head } from "./heads.ts";

interface SpanRow {
  first_seq: number;
  base_id: number;
  offsets: Uint8Array;
}

/** Finds log ids by conversation and seq: in the tail for the newest, in the table `spans` for the rest. */
export class Spans {
  private readonly upTo;
  private readonly between;

  constructor(db: Database) {
    const columns = "SELECT first_seq, base_id, offsets FROM spans WHERE conversation = ?";
    this.upTo = db.prepare<SpanRow, [number, number]>(
      `${columns} AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1`,
    );
    this.between = db.prepare<SpanRow, [number, number, number]>(
      `${columns} AND first_seq > ? AND first_seq <= ? ORDER BY first_seq LIMIT 64`,
    );
  }

  /** The log id of one entry, 0 if there is none. */
  idOf(head: Head, seq: number): number {
    if (seq < 1 || seq > head.lastSeq) return 0;
    const first = tailFirstSeq(head);
    if (seq >= first) return head.tailIds[seq - first] ?? 0;
    const row = this.upTo.get(head.num, seq);
    if (row === null) return 0;
    const at = (seq - row.first_seq) * 2;
    return row.base_id + (row.offsets[at] ?? 0) + (row.offsets[at + 1] ?? 0) * 256;
  }

  /** The log ids of entries from … to, ascending; at most `limit`, cut at the end that `keep` does not name. */
  idsBetween(
    head: Head,
    from: number,
    to: number,
    limit: number,
    keep: "oldest" | "newest",
  ): number[] {
    let low = Math.max(1, Math.ceil(from));
    let high = Math.min(head.lastSeq, Math.floor(to));
    if (keep === "oldest") high = Math.min(high, low + limit - 1);
    else low = Math.max(low, high - limit + 1);
    if (low > high) return [];
    const tailFirst = tailFirstSeq(head);
    const ids = low < tailFirst ? this.indexed(head, low, Math.min(high, tailFirst - 1)) : [];
    for (let seq = Math.max(low, tailFirst); seq <= high; seq += 1)
      ids.push(head.tailIds[seq - tailFirst] ?? 0);
    return ids;
  }

  private indexed(head: Head, low: number, high: number): number[] {
    const ids: number[] = [];
    let row = this.upTo.get(head.num, low);
    let rows: SpanRow[] = row === null ? [] : [row];
    let next = low;
    while (rows.length > 0) {
      for (row of rows) {
        const inRow = idsOf(row);
        for (
          let seq = Math.max(next, row.first_seq);
          seq <= high && seq - row.first_seq < inRow.length;
          seq += 1
        ) {
          ids.push(inRow[seq - row.first_seq] ?? 0);
          next = seq + 1;
        }
      }
      rows = next > high ? [] : this.between.all(head.num, rows.at(-1)?.first_seq ?? 0, high);
    }
    return ids;
  }
}

function idsOf(row: SpanRow): number[] {
  const view = new DataView(row.offsets.buffer, row.offsets.byteOffset, row.offsets.byteLength);
  const ids: number[] = [];
  for (let at = 0; at < view.byteLength; at += 2) ids.push(row.base_id + view.getUint16(at, true));
  return ids;
}
