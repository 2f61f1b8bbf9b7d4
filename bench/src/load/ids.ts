/**
 * UUIDs of version 4 as text, fast: four 32-bit words of a seeded xorshift generator (Marsaglia, 2003), not for secrets. They are as random as
 * a real client's, so that the server's index over client ids is filled in random places, as it will be in life.
 */
export class Ids {
  #x: number;
  #y = 362_436_069;
  #z = 521_288_629;
  #w = 88_675_123;

  constructor(seed: number) {
    this.#x = (seed ^ 123_456_789) | 1;
    for (let i = 0; i < 16; i++) this.#word();
  }

  next(): string {
    const a = this.#word();
    const b = this.#word();
    const c = this.#word();
    const d = this.#word();
    const version = 0x4000 | (b & 0x0fff);
    const variant = 0x8000 | (c & 0x3fff);
    return `${quads[a >>> 16]}${quads[a & 0xffff]}-${quads[b >>> 16]}-${quads[version]}-${quads[variant]}-${quads[c >>> 16]}${quads[d >>> 16]}${quads[d & 0xffff]}`;
  }

  #word(): number {
    const t = this.#x ^ (this.#x << 11);
    this.#x = this.#y;
    this.#y = this.#z;
    this.#z = this.#w;
    this.#w = this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8);
    return this.#w >>> 0;
  }
}

/** Every 16-bit number as four hexadecimal digits. */
const quads: readonly string[] = Array.from({ length: 65_536 }, (_, i) =>
  i.toString(16).padStart(4, "0"),
);
