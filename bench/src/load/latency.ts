import { build } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Latencies in an HDR histogram: 1 µs to 10 minutes at three significant digits; the maximum is kept exactly. */
export class Latency {
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
    autoResize: false,
    useWebAssembly: false,
  });
  #maxMs = 0;

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Records one latency in milliseconds. Longer ones than the histogram holds count as its longest; none is left out. */
  record(ms: number): void {
    if (ms > this.#maxMs) this.#maxMs = ms;
    this.#histogram.recordValue(Math.min(600_000_000, Math.max(1, Math.round(ms * 1000))));
  }

  /** Milliseconds with three digits after the point, or undefined if nothing was recorded. */
  percentiles(): Percentiles | undefined {
    if (this.count === 0) return undefined;
    const at = (percent: number) => this.#histogram.getValueAtPercentile(percent) / 1000;
    return { p50: at(50), p99: at(99), max: Math.round(this.#maxMs * 1000) / 1000 };
  }

  reset(): void {
    this.#histogram.reset();
    this.#maxMs = 0;
  }
}
