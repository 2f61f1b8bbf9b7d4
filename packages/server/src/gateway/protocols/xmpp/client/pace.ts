/** Stanzas that may wait for an acknowledgement before what was missed goes on, and how many of them may be left then. */
export const paceMax = 256;
const paceLow = 128;
/** A client that is waited for and acknowledges nothing for so long is not there in earnest. */
const stalledMsMax = 120_000;

/** Waits for a client that is behind with its acknowledgements. Exists only meanwhile. */
export class Pace {
  #waiting: (() => void)[] = [];
  #progressMs: number;

  constructor(nowMs: number) {
    this.#progressMs = nowMs;
  }

  /** Resolves when it goes on, or there is nobody any more. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** So many stanzas wait now. True if it goes on: then this is done with. */
  acknowledged(waiting: number, nowMs: number): boolean {
    this.#progressMs = nowMs;
    if (waiting > paceLow) return false;
    this.release();
    return true;
  }

  /** The socket has not taken everything yet: the client is slow, and not gone. */
  taking(nowMs: number): void {
    this.#progressMs = nowMs;
  }

  release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  stalled(nowMs: number): boolean {
    return nowMs - this.#progressMs > stalledMsMax;
  }
}
