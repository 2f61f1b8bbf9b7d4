/**
 * A pre-allocated single-producer, single-consumer ring in the manner of the LMAX Disruptor: slots are reused, the consumer takes
 * everything that is ready as one batch. Bounded in entries and in bytes; a full ring refuses (`offer` returns false), so the
 * producer decides what an overflow means.
 */
export class Ring<T> {
  readonly entriesMax: number;
  readonly bytesMax: number;
  readonly #slots: (T | undefined)[];
  readonly #sizes: Uint32Array;
  readonly #mask: number;
  #head = 0;
  #tail = 0;
  #bytes = 0;

  /** `entriesMax` is rounded up to a power of two. */
  constructor(entriesMax: number, bytesMax: number) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(2, entriesMax)));
    this.entriesMax = capacity;
    this.bytesMax = bytesMax;
    this.#slots = Array.from<T | undefined>({ length: capacity }).fill(undefined);
    this.#sizes = new Uint32Array(capacity);
    this.#mask = capacity - 1;
  }

  get length(): number {
    return this.#tail - this.#head;
  }

  /** Entries that were ever accepted. */
  get offered(): number {
    return this.#tail;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How full the fuller of the two bounds is, from 0 to 1. */
  get fill(): number {
    return Math.max(this.length / this.entriesMax, this.#bytes / this.bytesMax);
  }

  /** False if the entry does not fit; nothing has changed then. An empty ring takes any single entry. */
  offer(item: T, bytes: number): boolean {
    if (this.length === this.entriesMax) return false;
    if (this.#bytes + bytes > this.bytesMax && this.length > 0) return false;
    const slot = this.#tail++ & this.#mask;
    this.#slots[slot] = item;
    this.#sizes[slot] = bytes;
    this.#bytes += bytes;
    return true;
  }

  /** Takes up to `max` entries in order. */
  take(max: number): T[] {
    const count = Math.min(max, this.length);
    const batch: T[] = [];
    for (let index = 0; index < count; index++) {
      const slot = this.#head++ & this.#mask;
      batch.push(this.#slots[slot] as T);
      this.#slots[slot] = undefined;
      this.#bytes -= this.#sizes[slot] as number;
    }
    return batch;
  }
}
