import type { Clock } from "./clock.ts";

/** Answers how many milliseconds from now to ask again, or 0 to forget the item. */
export type Due<T> = (item: T) => number;

const slotCount = 512;

/**
 * A timing wheel (Varghese and Lauck, 1987) for coarse deadlines of very many things: one timer for all, eight bytes per item. An item
 * that was touched meanwhile is not moved; when its slot comes round, `due` says how much longer it has. So there is nothing to cancel:
 * `due` answers 0 for what is over.
 */
export class Wheel<T> {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #due: Due<T>;
  readonly #slots: T[][] = Array.from({ length: slotCount }, () => []);
  #size = 0;
  /** Ticks since the wheel began to turn, by the monotonic clock. */
  #tick = 0;
  #startMs = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, tickMs: number, due: Due<T>) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#due = due;
  }

  get size(): number {
    return this.#size;
  }

  /** Asks `due(item)` after `ms`, at the next tick; deadlines past one turn of the wheel are asked once a turn. */
  add(item: T, ms: number): void {
    if (this.#size++ === 0) this.#start();
    // By the clock and not by the last tick: the timer may be late, and what is added meanwhile must still wait its whole time.
    const due = Math.ceil((this.#clock.monotonic() - this.#startMs + ms) / this.#tickMs);
    const tick = Math.min(this.#tick + slotCount - 1, Math.max(this.#tick + 1, due));
    this.#slots[tick % slotCount]?.push(item);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#size = 0;
    for (const slot of this.#slots) slot.length = 0;
  }

  #start(): void {
    this.#startMs = this.#clock.monotonic() - this.#tick * this.#tickMs;
    this.#cancel ??= this.#clock.after(this.#tickMs, () => this.#turn());
  }

  #turn(): void {
    this.#cancel = undefined;
    const target = Math.floor((this.#clock.monotonic() - this.#startMs) / this.#tickMs);
    // After a long pause of the process one whole turn has seen everything.
    if (target - this.#tick > slotCount) this.#tick = target - slotCount;
    while (this.#tick < target) {
      this.#tick++;
      const items = this.#slots[this.#tick % slotCount]?.splice(0) ?? [];
      for (const item of items) {
        const moreMs = this.#due(item);
        if (moreMs > 0) this.add(item, moreMs);
      }
      // Only now: the wheel must not seem empty, and start anew, while it turns.
      this.#size -= items.length;
    }
    if (this.#size > 0) this.#cancel ??= this.#clock.after(this.#tickMs, () => this.#turn());
  }
}
