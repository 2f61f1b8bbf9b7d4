/**
 * A split block Bloom filter, as specified for Apache Parquet (BloomFilter.md there): a key selects one block of eight 32-bit words and sets one bit
 * in each, so a look-up touches one cache line. At 12 bits per key about one absent key in 200 is taken for present; a present one never for absent.
 */
const salts = [
  0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
] as const;
const [s0, s1, s2, s3, s4, s5, s6, s7] = salts;

export class KeyFilter {
  readonly words: Uint32Array;
  private readonly blocks: number;

  /** For that many keys. */
  constructor(keys: number) {
    this.blocks = Math.ceil((keys * 12) / 256);
    this.words = new Uint32Array(this.blocks * 8);
  }

  add(high: number, low: number): void {
    const { words } = this;
    const at = Math.floor((high / 4_294_967_296) * this.blocks) * 8;
    for (let word = 0; word < 8; word += 1) {
      words[at + word] = (words[at + word] ?? 0) | (1 << (Math.imul(low, salts[word] ?? 0) >>> 27));
    }
  }

  /** False if the key was never added; true if it probably was. */
  mayHave(high: number, low: number): boolean {
    const { words } = this;
    const at = Math.floor((high / 4_294_967_296) * this.blocks) * 8;
    return (
      (((words[at] ?? 0) >>> (Math.imul(low, s0) >>> 27)) & 1) !== 0 &&
      (((words[at + 1] ?? 0) >>> (Math.imul(low, s1) >>> 27)) & 1) !== 0 &&
      (((words[at + 2] ?? 0) >>> (Math.imul(low, s2) >>> 27)) & 1) !== 0 &&
      (((words[at + 3] ?? 0) >>> (Math.imul(low, s3) >>> 27)) & 1) !== 0 &&
      (((words[at + 4] ?? 0) >>> (Math.imul(low, s4) >>> 27)) & 1) !== 0 &&
      (((words[at + 5] ?? 0) >>> (Math.imul(low, s5) >>> 27)) & 1) !== 0 &&
      (((words[at + 6] ?? 0) >>> (Math.imul(low, s6) >>> 27)) & 1) !== 0 &&
      (((words[at + 7] ?? 0) >>> (Math.imul(low, s7) >>> 27)) & 1) !== 0
    );
  }
}
