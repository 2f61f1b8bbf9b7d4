import type { MessageRef } from "../port.ts";

const sizeInitial = 4;

/**
 * References at consecutive positions: added at the end, freed at the start. A circular buffer in two arrays, so that an entry costs a pointer and a number.
 * It grows by doubling and never shrinks; rings are short-lived and bounded by their owner.
 */
export class RefRing {
  #conversations: (string | undefined)[] = [];
  #seqs: number[] = [];
  #start = 0;
  #end = 0;

  /** One past the newest position. */
  get end(): number {
    return this.#end;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  push(ref: MessageRef): void {
    if (this.length === this.#conversations.length) this.#grow();
    const slot = this.#end & (this.#conversations.length - 1);
    this.#conversations[slot] = ref.conversation;
    this.#seqs[slot] = ref.seq;
    this.#end += 1;
  }

  /** The references from `position` to the end; `position` must not be freed yet. */
  read(position: number): MessageRef[] {
    const refs: MessageRef[] = [];
    for (let at = position; at < this.#end; at += 1) {
      const slot = at & (this.#conversations.length - 1);
      refs.push({
        conversation: this.#conversations[slot] as string,
        seq: this.#seqs[slot] as number,
      });
    }
    return refs;
  }

  /** Frees everything before `position` and says how many that were. */
  freeBefore(position: number): number {
    const until = Math.min(position, this.#end);
    const freed = Math.max(0, until - this.#start);
    for (; this.#start < until; this.#start += 1) {
      this.#conversations[this.#start & (this.#conversations.length - 1)] = undefined;
    }
    return freed;
  }

  #grow(): void {
    const refs = this.read(this.#start);
    const size = Math.max(sizeInitial, this.#conversations.length * 2);
    this.#conversations = Array.from<string | undefined>({ length: size }).fill(undefined);
    this.#seqs = Array.from<number>({ length: size }).fill(0);
    refs.forEach((ref, index) => {
      const slot = (this.#start + index) & (size - 1);
      this.#conversations[slot] = ref.conversation;
      this.#seqs[slot] = ref.seq;
    });
  }
}
