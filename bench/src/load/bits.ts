/** A set of small non-negative integers that grows by itself: one bit each. */
export class BitSet {
  #words = new Uint32Array(8);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(value: number): boolean {
    const word = this.#words[value >>> 5];
    return word !== undefined && (word & (1 << (value & 31))) !== 0;
  }

  /** Adds the value; false if it was there. */
  add(value: number): boolean {
    const index = value >>> 5;
    if (index >= this.#words.length) this.#grow(index);
    const word = this.#words[index] as number;
    const bit = 1 << (value & 31);
    if ((word & bit) !== 0) return false;
    this.#words[index] = word | bit;
    this.#size++;
    return true;
  }

  /** How many values of this set are not in the other one. */
  countMissingIn(other: BitSet): number {
    let missing = 0;
    for (let i = 0; i < this.#words.length; i++) {
      missing += popcount((this.#words[i] as number) & ~(other.#words[i] ?? 0));
    }
    return missing;
  }

  /** The least and the greatest value, or undefined if the set is empty. */
  range(): { readonly first: number; readonly last: number } | undefined {
    if (this.#size === 0) return undefined;
    let low = 0;
    while (this.#words[low] === 0) low++;
    let high = this.#words.length - 1;
    while (this.#words[high] === 0) high--;
    const lowWord = this.#words[low] as number;
    const highWord = this.#words[high] as number;
    return {
      first: low * 32 + (31 - Math.clz32(lowWord & -lowWord)),
      last: high * 32 + (31 - Math.clz32(highWord)),
    };
  }

  #grow(index: number): void {
    const words = new Uint32Array(Math.max(index + 1, this.#words.length * 2));
    words.set(this.#words);
    this.#words = words;
  }
}

/** Number of bits set in 32, by the parallel sums of Hacker's Delight, section 5-1. */
function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x5555_5555);
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
