import type { Clock } from "../clock.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #nowMs = 1_000_000;
  #order = 0;
  readonly #timers = new Set<Timer>();
  /** A dead clock starts no timers: its client has crashed. */
  dead = false;

  now = (): number => this.#nowMs;
  monotonic = (): number => this.#nowMs;

  after = (ms: number, callback: () => void): (() => void) => {
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, callback };
    if (!this.dead) this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets everything run that waits for no timer. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves on by `ms`, running what falls due in its order. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.settle();
    for (;;) {
      const [next] = [...this.#timers]
        .filter((timer) => timer.atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      if (!next) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      await this.settle();
    }
    this.#nowMs = endMs;
  }

  /** The client that lives by this clock has crashed. */
  kill(): void {
    this.dead = true;
    this.#timers.clear();
  }
}
