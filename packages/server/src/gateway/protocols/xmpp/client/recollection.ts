/** What a client calls messages by, and we by their place: ids that went by lately. */
import type { Carried } from "./outbox.ts";

/** A message of the client's own that somebody's receipt may name. */
export interface Own extends Carried {
  readonly id: string;
  /** XEP-0184: it wants to hear that it was received. */
  readonly receipt: boolean;
  /** XEP-0333: it wants to hear that it was read. */
  readonly marker: boolean;
}

/** Messages that a client was shown and may name in a receipt; older ones are looked for in the history. */
const shownMax = 64;
/** Own messages without their receipts; the oldest go without. */
const ownMax = 256;

export class Recollection {
  readonly #shown = new Map<string, Carried>();
  #own: Own[] = [];

  shown(id: string, message: Carried): void {
    this.#shown.delete(id);
    this.#shown.set(id, message);
    if (this.#shown.size <= shownMax) return;
    for (const oldest of this.#shown.keys()) {
      this.#shown.delete(oldest);
      return;
    }
  }

  find(conversation: string, id: string): number | undefined {
    const found = this.#shown.get(id);
    return found?.conversation === conversation ? found.seq : undefined;
  }

  sent(own: Own): void {
    this.#own.push(own);
    if (this.#own.length > ownMax) this.#own.shift();
  }

  /** The cursors of the other side: own messages that it has received just now, and the newest that it has read. */
  moved(
    conversation: string,
    { delivered, read }: { readonly delivered: number; readonly read: number },
  ): { readonly received: readonly Own[]; readonly read: Own | undefined } {
    const received: Own[] = [];
    let newest: Own | undefined;
    this.#own = this.#own.flatMap((own) => {
      if (own.conversation !== conversation || own.seq > delivered) return [own];
      if (own.receipt) received.push(own);
      if (own.seq > read) return own.marker ? [{ ...own, receipt: false }] : [];
      if (own.marker && own.seq > (newest?.seq ?? 0)) newest = own;
      return [];
    });
    return { received, read: newest };
  }
}
