/** How a page says when it draws. */
export interface FrameClock {
  /** Calls back before the next drawing, or soon if nothing is drawn. */
  frame(callback: () => void): void;
  /** Nobody looks at the page: it draws no frames, and its timers may be a minute apart. */
  hidden(): boolean;
  /** In milliseconds, from any beginning. */
  now(): number;
}

const hiddenMs = 200;

/** Frames of the browser; a page that nobody looks at draws none, so a timer takes their place. */
export const pageFrames: FrameClock = {
  frame(callback) {
    let done = false;
    const once = (): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      callback();
    };
    // The page may be hidden, or become so before the frame comes.
    const timer = setTimeout(once, hiddenMs);
    requestAnimationFrame(once);
  },
  hidden: () => document.visibilityState === "hidden",
  now: () => performance.now(),
};

/** Past so many a batch is not held back. */
const batchMax = 2_000;

/**
 * Gathers what comes and hands it on once per frame, in order. While the page is hidden a few times a second, and then by what comes itself, not by
 * timers: the badge of its title must not lag behind.
 */
export class FrameBatch<T> {
  readonly #clock: FrameClock;
  readonly #take: (batch: readonly T[]) => void;
  #batch: T[] = [];
  #waiting = false;
  #takenAt = Number.NEGATIVE_INFINITY;

  constructor(clock: FrameClock, take: (batch: readonly T[]) => void) {
    this.#clock = clock;
    this.#take = take;
  }

  push(items: readonly T[]): void {
    for (const item of items) this.#batch.push(item);
    const due = this.#clock.hidden() && this.#clock.now() - this.#takenAt >= hiddenMs;
    if (due || this.#batch.length >= batchMax) return this.flush();
    if (this.#waiting) return;
    this.#waiting = true;
    this.#clock.frame(() => {
      this.#waiting = false;
      this.flush();
    });
  }

  /** Hands on what is there now. */
  flush(): void {
    if (this.#batch.length === 0) return;
    this.#takenAt = this.#clock.now();
    const batch = this.#batch;
    this.#batch = [];
    this.#take(batch);
  }
}
