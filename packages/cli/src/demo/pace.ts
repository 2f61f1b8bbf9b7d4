/** Waiting that ends when the demo does: no timer outlives it, and a test lets the same time pass faster. */
export class Pace {
  readonly #factor: number;
  readonly #waiting = new Map<ReturnType<typeof setTimeout>, () => void>();
  #stopped = false;

  /** `factor` 0.1: everything takes a tenth of its time. */
  constructor(factor = 1) {
    this.#factor = factor;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Milliseconds of the demo's own time that have passed since `performance.timeOrigin`. */
  get nowMs(): number {
    return performance.now() / this.#factor;
  }

  /** Settles after `ms`, or at the stop if that comes first: ask `stopped` afterwards. */
  pause(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(timer);
        resolve();
      }, ms * this.#factor);
      this.#waiting.set(timer, resolve);
    });
  }

  stop(): void {
    this.#stopped = true;
    for (const [timer, resolve] of this.#waiting) {
      clearTimeout(timer);
      resolve();
    }
    this.#waiting.clear();
  }
}
