/**
 * When messages are meant to be sent. An open-loop schedule does not wait for answers: a server that stalls is charged for
 * every message that was due meanwhile, because latency counts from the intended time (no coordinated omission).
 */

export interface Phase {
  readonly ratePerS: number;
  readonly seconds: number;
}

/** Says how many messages may have been sent by now, and when each was meant to be. */
export interface Pace {
  /** Messages due after `elapsedMs`, of which `answered` have been answered. */
  due(elapsedMs: number, answered: number): number;
  /** Intended time of message `k` (from 0) in milliseconds after the start. */
  timeMs(k: number): number;
  /** Milliseconds after which no further message becomes due. */
  readonly lengthMs: number;
}

/** Evenly spaced messages at a constant rate in each phase. */
export class Schedule implements Pace {
  readonly #starts: { readonly ms: number; readonly k: number; readonly perMs: number }[] = [];
  readonly lengthMs: number;
  readonly total: number;

  constructor(phases: readonly Phase[]) {
    let ms = 0;
    let k = 0;
    for (const { ratePerS, seconds } of phases) {
      if (!(ratePerS > 0) || !(seconds > 0))
        throw new RangeError("a phase needs a positive rate and length");
      this.#starts.push({ ms, k, perMs: ratePerS / 1000 });
      ms += seconds * 1000;
      k += Math.round(ratePerS * seconds);
    }
    this.lengthMs = ms;
    this.total = k;
  }

  due(elapsedMs: number): number {
    if (elapsedMs < 0) return 0;
    if (elapsedMs >= this.lengthMs) return this.total;
    let i = this.#starts.length - 1;
    while ((this.#starts[i] as { ms: number }).ms > elapsedMs) i--;
    const start = this.#starts[i] as { ms: number; k: number; perMs: number };
    const next = this.#starts[i + 1]?.k ?? this.total;
    return Math.min(next, start.k + Math.floor((elapsedMs - start.ms) * start.perMs) + 1);
  }

  timeMs(k: number): number {
    let i = this.#starts.length - 1;
    while ((this.#starts[i] as { k: number }).k > k) i--;
    const start = this.#starts[i] as { ms: number; k: number; perMs: number };
    return start.ms + (k - start.k) / start.perMs;
  }
}

/**
 * A fixed number of messages under way: as fast as the server answers. It finds the capacity; it says nothing about latency,
 * and none is taken from it.
 */
export class Window implements Pace {
  readonly #width: number;
  readonly lengthMs: number;
  #last = 0;

  constructor(width: number, seconds: number) {
    this.#width = width;
    this.lengthMs = seconds * 1000;
  }

  due(elapsedMs: number, answered: number): number {
    if (elapsedMs < this.lengthMs) this.#last = answered + this.#width;
    return this.#last;
  }

  timeMs(): number {
    return 0;
  }
}
