import { costOf } from "./bounds.ts";

/**
 * The receiving side of a channel's credit: counts what came against what was granted, and says when to grant more. Half of the window is gathered first, so that a
 * grant costs little.
 */
export class Inflow {
  readonly #windowBytes: number;
  /** What the other side may still send. */
  #leftBytes: number;
  /** What was processed and not granted again yet. */
  #processedBytes = 0;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
    this.#leftBytes = windowBytes;
  }

  /** A frame came. False if there was no credit left for it. */
  arrived(payloadBytes: number): boolean {
    if (this.#leftBytes <= 0) return false;
    this.#leftBytes -= costOf(payloadBytes);
    return true;
  }

  /** A frame was processed. Returns how many bytes to grant now, or 0. */
  processed(payloadBytes: number): number {
    this.#processedBytes += costOf(payloadBytes);
    if (this.#processedBytes * 2 < this.#windowBytes) return 0;
    const granted = this.#processedBytes;
    this.#processedBytes = 0;
    this.#leftBytes += granted;
    return granted;
  }
}
