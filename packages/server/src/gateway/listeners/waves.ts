import { edenGC } from "bun:jsc";
import type { Clock } from "../../lib/clock.ts";

/** While at least so many connections come between two looks, the garbage of that many sign-ins is collected at once. */
const collectedTogether = 128;
/** Of the time, at most one part in so many goes into that. */
const shareOfTime = 10;
/** After a wave of this many connections everything is collected once more. */
const waveConnections = 500;
const waveCheckMs = 1_000;

/** Both return when the garbage is collected. */
export interface Collector {
  readonly youngest: () => void;
  readonly everything: () => void;
}

const engine: Collector = { youngest: () => void edenGC(), everything: () => Bun.gc(false) };

/**
 * The engine collects when its heap has grown by as much as lives in it, and it gives a block of memory back only when nothing in it lives. A storm of
 * connections would leave the sessions scattered among the garbage of their sign-ins, which is more than the sessions themselves, and the memory taken for good.
 * So the youngest garbage is collected often while they come, and its room is used again; and all of it once they have come, because a quiet server has no cause to.
 */
export class Waves {
  readonly #clock: Clock;
  readonly #collector: Collector;
  /** Connections opened since the last collection of the youngest, of everything, and since the last look. */
  #openedSinceEden = 0;
  #openedSinceFull = 0;
  #openedLately = 0;
  /** The next collection of the youngest must not come earlier; monotonic milliseconds. */
  #edenFromMs = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, collector: Collector = engine) {
    this.#clock = clock;
    this.#collector = collector;
  }

  /** To be called for each new connection. */
  opened(): void {
    this.#openedLately++;
    this.#openedSinceEden++;
    // Everyday comings and goings are left to the engine, which collects beside the work.
    if (Math.min(this.#openedSinceEden, this.#openedLately) >= collectedTogether)
      this.#collectYoungest();
    this.#cancel ??= this.#clock.after(waveCheckMs, () => this.#look());
  }

  stop(): void {
    this.#cancel?.();
  }

  /** The more lives, the longer it takes, and the longer it waits until the next time. */
  #collectYoungest(): void {
    const startMs = this.#clock.monotonic();
    if (startMs < this.#edenFromMs) return;
    this.#collector.youngest();
    this.#openedSinceEden = 0;
    const endMs = this.#clock.monotonic();
    this.#edenFromMs = endMs + (endMs - startMs) * shareOfTime;
  }

  /** Looks again as long as connections come. */
  #look(): void {
    this.#cancel = undefined;
    this.#openedSinceFull += this.#openedLately;
    const isOver = this.#openedLately < waveConnections / 10;
    if (this.#openedSinceFull >= waveConnections && isOver) {
      this.#openedSinceFull = 0;
      this.#collector.everything();
    }
    const goesOn = this.#openedLately > 0;
    this.#openedLately = 0;
    if (goesOn) this.#cancel = this.#clock.after(waveCheckMs, () => this.#look());
  }
}
