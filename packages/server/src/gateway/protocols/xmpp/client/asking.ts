/** Shortest time between two questions for an acknowledgement, unless so many stanzas wait for one. */
const askMs = 1_000;
const askAtOnce = 64;

/** When a client is asked what it has: not again and again, since one question is for everything that went before. */
export class Asking {
  #outstanding = false;
  #atMs = Number.NEGATIVE_INFINITY;
  #later = false;
  #soon = false;

  /** When it was asked what is not answered yet; undefined if everything is. */
  get outstandingMs(): number | undefined {
    return this.#outstanding ? this.#atMs : undefined;
  }

  /** In how many milliseconds to ask, while so many stanzas wait; undefined if it is seen to. */
  nextMs(nowMs: number, waiting: number): number | undefined {
    if (this.#outstanding || this.#later) return undefined;
    const leftMs = this.#atMs + askMs - nowMs;
    this.#later = leftMs > 0 && waiting < askAtOnce;
    return this.#later ? leftMs : 0;
  }

  /** There is something that is not pressing, and should not be held for ever. True if the question is to be seen to now. */
  putOff(): boolean {
    if (this.#outstanding || this.#later || this.#soon) return false;
    this.#soon = true;
    return true;
  }

  /** The time of a question that was put off. */
  due(): void {
    this.#later = false;
    this.#soon = false;
  }

  asked(nowMs: number): void {
    this.#outstanding = true;
    this.#atMs = nowMs;
  }

  /** There is an answer, or nobody any more to give one. */
  answered(): void {
    this.#outstanding = false;
  }
}
