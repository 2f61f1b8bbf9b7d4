/** What a run reports: the same fields for every scenario, null where one has no meaning. Times in the unit of the name. */
import type { Findings } from "./load/ledger.ts";
import type { Percentiles } from "./load/latency.ts";
import type { WindowResult } from "./load/load.ts";
import type { MemoryReading } from "./target/procfs.ts";

export interface ServerFigures {
  readonly cpu_us_per_message: number | null;
  readonly cpu_us_per_delivery: number | null;
  readonly rss_bytes: number | null;
  readonly bytes_per_connection: number | null;
  /** Highest resident size since its start. */
  readonly peak_bytes: number | null;
  /** CPU time per second of the measured part: 1 is one core. */
  readonly cpu_cores: number | null;
}

export interface FloorFigures {
  readonly cpu_us_per_message: number | null;
  readonly cpu_us_per_delivery: number | null;
  readonly bytes_per_connection: number | null;
  /** Ours divided by the floor's, of the figure that the scenario is about. */
  readonly ratio: number | null;
  readonly of: "cpu_us_per_message" | "cpu_us_per_delivery" | "bytes_per_connection";
  /** Messages per second that the floor was offered and acknowledged: the same load as ours. */
  readonly offered_per_s: number | null;
  readonly acked_per_s: number | null;
  readonly ack_ms: Percentiles | null;
}

/** Another server under the same load. */
export interface AgainstFigures {
  readonly name: string;
  /** CPU time of the server per message delivered. */
  readonly cpu_us_per_message: number | null;
  readonly bytes_per_connection: number | null;
  /** Ours divided by its, of the figure that the scenario is about. */
  readonly ratio: number | null;
  readonly of: "cpu_us_per_message" | "bytes_per_connection";
  readonly acked_per_s: number | null;
  readonly ack_ms: Percentiles | null;
  readonly delivery_ms: Percentiles | null;
  readonly durability: string;
}

export interface Report {
  readonly scenario: string;
  readonly seconds: number;
  readonly connections: number;
  readonly codec: string;
  readonly protocol?: string;
  readonly payload_bytes: number;
  readonly offered_per_s: number | null;
  /** As fast as it goes with one message per connection under way; only where the capacity was searched for. */
  readonly capacity_per_s: number | null;
  readonly acked_per_s: number | null;
  readonly delivered_per_s: number | null;
  readonly ack_ms: Percentiles | null;
  readonly delivery_ms: Percentiles | null;
  readonly server: ServerFigures;
  /** The load generator itself: how late it wrote messages, and its own CPU time. */
  readonly generator: {
    readonly lateness_ms: Percentiles | null;
    readonly cpu_us_per_message: number | null;
  };
  readonly connects_per_s: number | null;
  readonly sent: number;
  readonly acked: number;
  readonly delivered: number;
  readonly refused: number;
  readonly unanswered: number;
  readonly disconnected: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly durability: string;
  readonly floor?: FloorFigures;
  readonly against?: AgainstFigures;
  /** Figures of one scenario alone. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Why the run failed; empty if it passed. */
  readonly failures: readonly string[];
}

export const noFindings: Findings = {
  sent: 0,
  acked: 0,
  refused: 0,
  unanswered: 0,
  delivered: 0,
  lost: 0,
  duplicated: 0,
  reordered: 0,
};

/** A figure to so many digits after the point, null if there is none. */
export function rounded(value: number | undefined | null, digits = 2): number | null {
  if (value === undefined || value === null || !Number.isFinite(value)) return null;
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

export function perMessageUs(cpuNs: number | undefined, count: number): number | null {
  return cpuNs === undefined || count === 0 ? null : rounded(cpuNs / 1000 / count, 3);
}

export function serverFigures(
  window: WindowResult | undefined,
  memory: MemoryReading | undefined,
  bytesPerConnection: number | null,
): ServerFigures {
  return {
    cpu_us_per_message: perMessageUs(window?.serverCpuNs, window?.acked ?? 0),
    cpu_us_per_delivery: perMessageUs(window?.serverCpuNs, window?.delivered ?? 0),
    rss_bytes: memory?.rssBytes ?? null,
    bytes_per_connection: rounded(bytesPerConnection, 0),
    peak_bytes: memory?.peakBytes ?? null,
    cpu_cores:
      window?.serverCpuNs === undefined ? null : rounded(window.serverCpuNs / 1e9 / window.seconds),
  };
}

/** Why a run that ended in this state must not pass. */
export function failuresOf(
  findings: Findings,
  connections: { readonly disconnected: number; readonly disconnectReason?: string | undefined },
): string[] {
  const { lost, duplicated, reordered, unanswered } = findings;
  const failures = Object.entries({ lost, duplicated, reordered, unanswered })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
  const { disconnected, disconnectReason } = connections;
  if (disconnected > 0)
    failures.push(`${disconnected} disconnected, first ${disconnectReason ?? "without a reason"}`);
  return failures;
}
