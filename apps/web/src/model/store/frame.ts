/** How a page says when it draws. */
export interface FrameClock {
  /** Calls back before the next drawing, or soon if nothing is drawn. */
  frame(callback: () => void): void;
}

const hiddenMs = 200;

/** Frames of the browser; a page that nobody looks at draws none, so a timer takes their place. */
export const pageFrames: FrameClock = {
  frame(callback) {
    if (document.visibilityState === "hidden") {
      setTimeout(callback, hiddenMs);
      return;
    }
    let done = false;
    const once = (): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      callback();
    };
    // The page may be hidden before the frame comes.
    const timer = setTimeout(once, hiddenMs);
    requestAnimationFrame(once);
  },
};

/** Past so many a batch is not held back for the next frame: a hidden page's timers can be a minute apart. */
const batchMax = 2_000;

/** Gathers what comes and hands it on once per frame, in order. */
export class FrameBatch<T> {
  readonly #clock: FrameClock;
  readonly #take: (batch: readonly T[]) => void;
  #batch: T[] = [];
  #waiting = false;

  constructor(clock: FrameClock, take: (batch: readonly T[]) => void) {
    this.#clock = clock;
    this.#take = take;
  }

  push(items: readonly T[]): void {
    this.#batch.push(...items);
    if (this.#batch.length >= batchMax) return this.flush();
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
    const batch = this.#batch;
    this.#batch = [];
    this.#take(batch);
  }
}
