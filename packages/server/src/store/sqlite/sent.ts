import type { Database } from "bun:sqlite";
import { KeyFilter } from "./filter.ts";

export const buckets = 256;
const pieceBytes = 65_536;

interface KeysRow {
  segment: number;
  keys: Uint8Array;
}

/** The index over (sender, client id) of indexed rows. Nearly all look-ups are for new keys and end at the filters, in memory. */
export class SentIndex {
  /** How many pieces the filter of a part is stored in. */
  readonly filterPieces: number;
  private readonly partRows: number;
  private readonly filters: KeyFilter[] = [];
  private readonly selectBucket;
  private readonly insertKeys;
  private readonly insertPiece;

  /** `partRows` log ids share a filter. */
  constructor(db: Database, partRows: number) {
    this.partRows = partRows;
    this.filterPieces = Math.ceil(new KeyFilter(partRows).words.byteLength / pieceBytes);
    this.selectBucket = db.prepare<KeysRow, [number, number]>(
      "SELECT segment, keys FROM sent WHERE part = ? AND bucket = ? ORDER BY segment DESC",
    );
    this.insertKeys = db.prepare(
      "INSERT OR REPLACE INTO sent (part, bucket, segment, keys) VALUES (?, ?, ?, ?)",
    );
    this.insertPiece = db.prepare(
      "INSERT OR REPLACE INTO sent_filters (part, piece, bits) VALUES (?, ?, ?)",
    );
  }

  partOf(id: number): number {
    return Math.floor(id / this.partRows);
  }

  /** The last id of the part that `id` is in. */
  partEnd(id: number): number {
    return (this.partOf(id) + 1) * this.partRows - 1;
  }

  /** Ids of indexed rows whose key has this hash, a few at the most; undefined for none. */
  candidates(high: number, low: number): number[] | undefined {
    let ids: number[] | undefined;
    for (let part = this.filters.length - 1; part >= 0; part -= 1) {
      if (this.filters[part]?.mayHave(high, low) === true) ids = this.search(part, high, low, ids);
    }
    return ids;
  }

  private search(
    part: number,
    high: number,
    low: number,
    found: number[] | undefined,
  ): number[] | undefined {
    let ids = found;
    for (const row of this.selectBucket.all(part, high >>> 24)) {
      const { highs, lows, offsets } = unpack(row.keys);
      for (let at = lows.indexOf(low); at !== -1; at = lows.indexOf(low, at + 1)) {
        if (highs[at] === high) (ids ??= []).push(row.segment + (offsets[at] ?? 0));
      }
    }
    return ids;
  }

  /** Stores the keys of one bucket of a segment: `count` of each, from index 0. */
  insert(
    segment: number,
    bucket: number,
    highs: Uint32Array,
    lows: Uint32Array,
    offsets: Uint16Array,
  ): void {
    const count = highs.length;
    const keys = new Uint8Array(count * 10);
    keys.set(new Uint8Array(highs.buffer, highs.byteOffset, count * 4), 0);
    keys.set(new Uint8Array(lows.buffer, lows.byteOffset, count * 4), count * 4);
    keys.set(new Uint8Array(offsets.buffer, offsets.byteOffset, count * 2), count * 8);
    this.insertKeys.run(this.partOf(segment), bucket, segment, keys);
  }

  /** Makes keys findable; for rows whose bucket is committed. */
  addToFilter(part: number, high: number, low: number): void {
    let filter = this.filters[part];
    if (filter === undefined) this.filters[part] = filter = new KeyFilter(this.partRows);
    filter.add(high, low);
  }

  storePiece(part: number, piece: number): void {
    const words = this.filters[part]?.words;
    if (words === undefined) return;
    const from = piece * pieceBytes;
    this.insertPiece.run(
      part,
      piece,
      new Uint8Array(words.buffer, from, Math.min(pieceBytes, words.byteLength - from)),
    );
  }

  /** Brings the filters back at start: finished parts as stored, the rest from their keys (some 20 ms for a million). */
  load(db: Database, indexedTo: number): void {
    if (indexedTo === 0) return;
    const selectPieces = db.prepare<{ piece: number; bits: Uint8Array }, [number]>(
      "SELECT piece, bits FROM sent_filters WHERE part = ? ORDER BY piece",
    );
    const selectKeys = db.prepare<KeysRow, [number, number]>(
      "SELECT segment, keys FROM sent WHERE part = ? AND segment <= ?",
    );
    for (let part = 0; part <= this.partOf(indexedTo); part += 1) {
      const filter = new KeyFilter(this.partRows);
      const pieces = selectPieces.all(part);
      if (pieces.length === this.filterPieces) {
        const bytes = new Uint8Array(filter.words.buffer);
        for (const { piece, bits } of pieces) bytes.set(bits, piece * pieceBytes);
      } else {
        for (const row of selectKeys.iterate(part, indexedTo)) {
          const { highs, lows } = unpack(row.keys);
          for (let at = 0; at < lows.length; at += 1) filter.add(highs[at] ?? 0, lows[at] ?? 0);
        }
      }
      this.filters[part] = filter;
    }
  }
}

function unpack(keys: Uint8Array): { highs: Uint32Array; lows: Uint32Array; offsets: Uint16Array } {
  const count = keys.byteLength / 10;
  // A copy, because typed arrays want an aligned start.
  const { buffer } = keys.slice();
  return {
    highs: new Uint32Array(buffer, 0, count),
    lows: new Uint32Array(buffer, count * 4, count),
    offsets: new Uint16Array(buffer, count * 8, count),
  };
}
