import type { Database } from "bun:sqlite";

/** How many visible messages a sender has in a conversation since joining, and the newest one's seq. Newer than the member's row. */
export interface OwnState {
  readonly user: string;
  own: number;
  last: number;
}

export interface TailMention {
  readonly seq: number;
  /** A user id, or `*`. */
  readonly user: string;
  readonly sender: string;
}

/** What the writer knows of a conversation: where its log ends, and what of it is not indexed yet. */
export interface Head {
  readonly id: string;
  readonly num: number;
  lastSeq: number;
  visible: number;
  /** Log ids of the newest entries, up to lastSeq without a gap: those that are not in `spans` yet. */
  readonly tailIds: number[];
  readonly tailMentions: TailMention[];
  readonly owns: Map<string, OwnState>;
  /** Forgotten by the cache: whoever still holds it must load the conversation again. */
  gone: boolean;
}

/** The first seq that is looked up in the tail and not in the index. */
export function tailFirstSeq(head: Head): number {
  return head.lastSeq - head.tailIds.length + 1;
}

interface HeadRow {
  num: number;
  last_seq: number;
  visible: number;
}

/**
 * Conversations in use. Those with unindexed entries always stay; beyond `limit` the ones longest in the cache are forgotten (they are loaded again
 * on next use).
 */
export class HeadCache {
  private readonly heads = new Map<string, Head>();
  private readonly byNum = new Map<number, Head>();
  private readonly select;
  private readonly limit: number;

  constructor(db: Database, limit: number) {
    this.limit = limit;
    this.select = db.prepare<HeadRow, [string]>(
      "SELECT num, last_seq, visible FROM conversations WHERE id = ?",
    );
  }

  /** The head of a conversation, loaded if need be; undefined if there is no such conversation. */
  find(id: string): Head | undefined {
    const known = this.heads.get(id);
    if (known !== undefined) return known;
    const row = this.select.get(id);
    return row === null ? undefined : this.put(id, row.num, row.last_seq, row.visible);
  }

  /** The head if it is in memory. */
  peek(id: string): Head | undefined {
    return this.heads.get(id);
  }

  peekNum(num: number): Head | undefined {
    return this.byNum.get(num);
  }

  put(id: string, num: number, lastSeq: number, visible: number): Head {
    const head: Head = {
      id,
      num,
      lastSeq,
      visible,
      tailIds: [],
      tailMentions: [],
      owns: new Map(),
      gone: false,
    };
    this.heads.set(id, head);
    this.byNum.set(num, head);
    return head;
  }

  forget(head: Head): void {
    head.gone = true;
    this.heads.delete(head.id);
    this.byNum.delete(head.num);
  }

  /** Forgets the oldest ones beyond the limit. Not while a transaction is under way. */
  trim(): void {
    let excess = this.heads.size - this.limit;
    if (excess <= 0) return;
    for (const head of this.heads.values()) {
      if (excess <= 0) return;
      if (head.tailIds.length > 0) continue;
      this.forget(head);
      excess -= 1;
    }
  }
}
