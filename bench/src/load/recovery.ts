/** When service was normal again after a burst, from the acknowledgements by intended time. */

export interface Slot {
  /** Highest acknowledgement latency among messages meant to be sent in this slot, in milliseconds. */
  worstMs: number;
  acked: number;
  refused: number;
}

export interface Recovery {
  /** Milliseconds from the end of the burst to the end of the last slot that was not normal; 0 if none was. */
  readonly recoveryMs: number;
  /** True if the observation ended before a normal slot. */
  readonly unfinished: boolean;
}

/** Answers of a run by the time for which their messages were meant, in slots of equal length. */
export class Timeline {
  readonly slotMs: number;
  readonly slots: Slot[] = [];

  constructor(slotMs: number) {
    this.slotMs = slotMs;
  }

  acked(intendedMs: number, latencyMs: number): void {
    const slot = this.#slot(intendedMs);
    slot.acked++;
    slot.worstMs = Math.max(slot.worstMs, latencyMs);
  }

  refused(intendedMs: number): void {
    this.#slot(intendedMs).refused++;
  }

  /**
   * A slot after `fromMs` is normal if nothing of it was refused, at least `ackedMin` messages were acknowledged, and none took longer than
   * `worstMsMax`.
   */
  recovery(
    fromMs: number,
    toMs: number,
    normal: { readonly ackedMin: number; readonly worstMsMax: number },
  ): Recovery {
    const first = Math.floor(fromMs / this.slotMs);
    const last = Math.floor(toMs / this.slotMs) - 1;
    let bad = first - 1;
    for (let i = first; i <= last; i++) {
      const slot = this.slots[i];
      const isNormal =
        slot !== undefined &&
        slot.refused === 0 &&
        slot.acked >= normal.ackedMin &&
        slot.worstMs <= normal.worstMsMax;
      if (!isNormal) bad = i;
    }
    return {
      recoveryMs: bad < first ? 0 : (bad + 1) * this.slotMs - fromMs,
      unfinished: bad === last,
    };
  }

  #slot(intendedMs: number): Slot {
    const index = Math.max(0, Math.floor(intendedMs / this.slotMs));
    return (this.slots[index] ??= { worstMs: 0, acked: 0, refused: 0 });
  }
}
