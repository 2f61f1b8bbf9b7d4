/**
 * A token bucket: `burst` at once, `perSecond` in the long run. Holds two numbers, so every session can afford several.
 * Times are monotonic milliseconds.
 */
export class Bucket {
  #tokens: number;
  #at: number;

  constructor(burst: number, nowMs: number) {
    this.#tokens = burst;
    this.#at = nowMs;
  }

  /** Takes one token and returns 0, or returns the milliseconds until there will be one. */
  take(perSecond: number, burst: number, nowMs: number): number {
    const refilled = Math.min(burst, this.#tokens + ((nowMs - this.#at) * perSecond) / 1000);
    this.#at = nowMs;
    if (refilled >= 1) {
      this.#tokens = refilled - 1;
      return 0;
    }
    this.#tokens = refilled;
    return Math.ceil(((1 - refilled) * 1000) / perSecond);
  }
}
