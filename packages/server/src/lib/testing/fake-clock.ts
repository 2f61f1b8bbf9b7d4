import type { Clock } from "../clock.ts";

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #wallMs = 1_750_000_000_000;
  #monotonicMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#wallMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { dueMs: this.#monotonicMs + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms`; each timer that falls due runs at its own time. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      const [next] = [...this.#timers]
        .filter((timer) => timer.dueMs <= endMs)
        .sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#pass(Math.max(0, next.dueMs - this.#monotonicMs));
      this.#timers.delete(next);
      next.callback();
    }
    this.#pass(endMs - this.#monotonicMs);
  }

  /** Time passes while the process does not get to run its timers: they are late. */
  stall(ms: number): void {
    this.#pass(ms);
  }

  #pass(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }
}
