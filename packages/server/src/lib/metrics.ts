import { Counter, Gauge, Registry } from "prom-client";

/** A number that is read when metrics are scraped; nothing is counted here on the hot path. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  /** A counter only grows. */
  readonly type: "counter" | "gauge";
  readonly read: () => number;
}

/** Returns what renders these metrics, and those of the process, in the Prometheus text format. */
export function metricsText(metrics: readonly Metric[]): () => Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  for (const { name, help, type, read } of metrics) {
    if (type === "gauge") {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    } else {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    }
  }
  return () => registry.metrics();
}
