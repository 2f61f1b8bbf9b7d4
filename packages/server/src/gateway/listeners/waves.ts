import type { Clock } from "../../lib/clock.ts";

/** After a wave of this many connections, the garbage that their sign-ins left is collected once the wave is over. */
const waveConnections = 500;
const waveCheckMs = 2_000;

/**
 * The engine collects when its heap grows, and after a storm of connections it has no cause to: a quiet server would keep the garbage of all those
 * sign-ins, which is more than the sessions themselves.
 */
export class Waves {
  readonly #clock: Clock;
  /** Connections opened since the last collection, and since the last look. */
  #openedSinceCollection = 0;
  #openedLately = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called for each new connection. */
  opened(): void {
    this.#openedLately++;
    this.#cancel ??= this.#clock.after(waveCheckMs, () => this.#look());
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Looks again as long as connections come. */
  #look(): void {
    this.#cancel = undefined;
    this.#openedSinceCollection += this.#openedLately;
    const isOver = this.#openedLately < waveConnections / 10;
    if (this.#openedSinceCollection >= waveConnections && isOver) {
      this.#openedSinceCollection = 0;
      Bun.gc(false);
    }
    const goesOn = this.#openedLately > 0;
    this.#openedLately = 0;
    if (goesOn) this.#cancel = this.#clock.after(waveCheckMs, () => this.#look());
  }
}
