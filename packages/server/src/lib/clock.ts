/** Time and timers as a dependency, so that a whole server can run under a seeded scheduler. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump; see `monotonic`. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations and deadlines. */
  monotonic(): number;
  /** Calls back once after `ms`. The returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** The clock of the machine. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
