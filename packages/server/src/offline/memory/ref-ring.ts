import type { MessageRef } from "../port.ts";

/**
 * References at consecutive positions: added at the end, freed at the start. Two plain arrays, so that an entry costs a pointer and a number; freed places are
 * given back when they are the larger half.
 */
export class RefRing {
  readonly #conversations: string[] = [];
  readonly #seqs: number[] = [];
  /** Position of index 0. */
  #base = 0;
  /** Oldest position that is not freed. */
  #start = 0;

  /** One past the newest position. */
  get end(): number {
    return this.#base + this.#seqs.length;
  }

  push(ref: MessageRef): void {
    // Ids arrive as a new string with each message; of equal ones in a row the first is enough.
    const last = this.#conversations.at(-1);
    this.#conversations.push(last === ref.conversation ? last : ref.conversation);
    this.#seqs.push(ref.seq);
  }

  /** Appends the references from `position` to the end to `refs`; `position` must not be freed yet. */
  read(position: number, refs: MessageRef[]): void {
    for (let index = position - this.#base; index < this.#seqs.length; index += 1) {
      refs.push({
        conversation: this.#conversations[index] as string,
        seq: this.#seqs[index] as number,
      });
    }
  }

  /** Frees everything before `position` and says how many that were. */
  freeBefore(position: number): number {
    const freed = position - this.#start;
    this.#start = position;
    const dead = this.#start - this.#base;
    if (dead * 2 > this.#seqs.length) {
      this.#conversations.splice(0, dead);
      this.#seqs.splice(0, dead);
      this.#base = this.#start;
    }
    return freed;
  }
}
