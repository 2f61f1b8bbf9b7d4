import type { Clock } from "../../packages/server/src/lib/clock.ts";

interface Timer {
  readonly dueMs: number;
  readonly fire: () => void;
}

/** The machine's clock, which a play can put forward and whose wall time it can turn anywhere. Timers fire by themselves in real time too. */
export class PlayClock implements Clock {
  #wallOffsetMs = 0;
  #monotonicOffsetMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Date.now() + this.#wallOffsetMs;
  }

  monotonic(): number {
    return performance.now() + this.#monotonicOffsetMs;
  }

  after(ms: number, callback: () => void): () => void {
    const cancel = () => {
      clearTimeout(handle);
      this.#timers.delete(timer);
    };
    const timer: Timer = {
      dueMs: this.monotonic() + ms,
      fire: () => {
        cancel();
        callback();
      },
    };
    const handle = setTimeout(timer.fire, ms);
    handle.unref();
    this.#timers.add(timer);
    return cancel;
  }

  /** Time passes: timers that are due fire, in their order. */
  pass(ms: number): void {
    this.#wallOffsetMs += ms;
    this.#monotonicOffsetMs += ms;
    const due = [...this.#timers].filter((timer) => timer.dueMs <= this.monotonic());
    for (const timer of due.sort((a, b) => a.dueMs - b.dueMs))
      if (this.#timers.has(timer)) timer.fire();
  }

  /** Somebody sets the wall clock: what is measured by it jumps, durations do not. */
  jump(ms: number): void {
    this.#wallOffsetMs += ms;
  }
}
