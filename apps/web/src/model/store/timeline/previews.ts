import type { ReplyPreview } from "../../types.ts";

export interface PreviewPorts {
  /** The message with this seq; undefined if it is gone. Rejects without a connection. */
  fetch(seq: number): Promise<{ readonly sender: string; readonly text: string } | undefined>;
  /** Previews came: rows that quote these are to be made anew. */
  came(seqs: ReadonlySet<number>): void;
}

const keptMax = 500;
const textLengthMax = 200;
const wantedMax = 60;

/** What quoted messages say: taken from what is there, fetched one after the other otherwise. Bounded: the oldest are forgotten first. */
export class Previews {
  readonly #ports: PreviewPorts;
  readonly #known = new Map<number, ReplyPreview>();
  readonly #wanted = new Set<number>();
  #fetching = false;

  constructor(ports: PreviewPorts) {
    this.#ports = ports;
  }

  /** The preview as far as it is known; asked for if it is not. */
  of(seq: number): ReplyPreview {
    const known = this.#known.get(seq);
    if (known) return known;
    if (this.#wanted.size < wantedMax) this.#wanted.add(seq);
    queueMicrotask(() => void this.#pump());
    return { seq };
  }

  /** Messages came that rows may quote. */
  seen(messages: readonly { seq: number; sender: string; text: string }[]): void {
    const came = new Set<number>();
    for (const { seq, sender, text } of messages) {
      if (!this.#wanted.delete(seq)) continue;
      this.#keep({ seq, sender, text: text.slice(0, textLengthMax) });
      came.add(seq);
    }
    if (came.size > 0) this.#ports.came(came);
  }

  /** There is a connection again. */
  online(): void {
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      for (const seq of this.#wanted) {
        const message = await this.#ports.fetch(seq);
        if (!this.#wanted.delete(seq)) continue;
        this.#keep(
          message
            ? { seq, sender: message.sender, text: message.text.slice(0, textLengthMax) }
            : { seq },
        );
        this.#ports.came(new Set([seq]));
      }
    } catch {
      // Asked again with the next connection; the row shows that something is quoted.
    }
    this.#fetching = false;
  }

  #keep(preview: ReplyPreview): void {
    this.#known.set(preview.seq, preview);
    if (this.#known.size <= keptMax) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
