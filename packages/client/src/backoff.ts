/**
 * Exponential back-off with full jitter: a uniform draw between 0 and a ceiling that doubles up to `maxMs`.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #fraction: () => number;
  #attempts = 0;

  constructor(minMs: number, maxMs: number, fraction: () => number) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#fraction = fraction;
  }

  /** Milliseconds to wait before the next attempt; at least `floorMs`, which a server may have asked for. */
  next(floorMs = 0): number {
    // The exponent is capped so that the product stays finite however long the outage is.
    const ceiling = Math.min(this.#maxMs, this.#minMs * 2 ** Math.min(this.#attempts++, 30));
    return floorMs + Math.floor(this.#fraction() * ceiling);
  }

  reset(): void {
    this.#attempts = 0;
  }
}
