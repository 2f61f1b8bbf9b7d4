import type { CrashReport } from "./drill/crash.ts";
import type { MigrateReport } from "./drill/migrate.ts";
import { figure } from "./console.ts";
import type { Percentiles } from "./load/latency.ts";
import type { AgainstFigures, FloorFigures, Report } from "./report.ts";

type Beside = Omit<FloorFigures, "of"> & { readonly of: string };
type Row = readonly [label: string, ours: string, floor: string];

/** A report as a table for people. The floor's column is there only if the floor was run. */
export function table(report: Report): string {
  const { server, against } = report;
  // One other column: a run has the floor or another server beside it.
  const floor: Beside | undefined = report.floor ?? besideOf(against);
  const beside = report.floor === undefined ? (against?.name ?? "") : "floor";
  const rows: Row[] = [
    ["offered", rate(report.offered_per_s), rate(floor?.offered_per_s)],
    ["acknowledged", rate(report.acked_per_s), rate(floor?.acked_per_s)],
    ["delivered", rate(report.delivered_per_s), ""],
    ["ack p50 / p99 / max", times(report.ack_ms), times(floor?.ack_ms ?? null)],
    ["delivery p50 / p99 / max", times(report.delivery_ms), ""],
    [
      "server CPU per message",
      unit(server.cpu_us_per_message, "µs"),
      unit(floor?.cpu_us_per_message, "µs"),
    ],
    [
      "server CPU per delivery",
      unit(server.cpu_us_per_delivery, "µs"),
      unit(floor?.cpu_us_per_delivery, "µs"),
    ],
    [
      "server memory per connection",
      unit(server.bytes_per_connection, "bytes", 0),
      unit(floor?.bytes_per_connection, "bytes", 0),
    ],
    ["server memory", megabytes(server.rss_bytes), ""],
    ["server memory, highest", megabytes(server.peak_bytes), ""],
    ["server cores busy", figure(server.cpu_cores, 2), ""],
    ["capacity", rate(report.capacity_per_s), ""],
    ["connects", rate(report.connects_per_s), ""],
    [
      "generator late p99",
      report.generator.lateness_ms === null
        ? "–"
        : `${figure(report.generator.lateness_ms.p99, 2)} ms`,
      "",
    ],
  ];
  for (const [key, value] of Object.entries(report.details ?? {})) {
    rows.push([
      key.replaceAll("_", " "),
      typeof value === "string" ? value : JSON.stringify(value),
      "",
    ]);
  }
  const shown = rows.filter(
    ([, ours, other]) => !["–", ""].includes(ours) || !["–", ""].includes(other),
  );
  const width = Math.max(...shown.map(([label]) => label.length));
  const column = Math.max(8, ...shown.map(([, ours]) => ours.length));
  const head = `${report.scenario}: ${report.connections} connections, ${report.seconds} s, ${report.codec}, ${report.payload_bytes} bytes of text, durability ${report.durability}`;
  const lines = shown.map(([label, ours, other]) =>
    `  ${label.padEnd(width)}  ${ours.padStart(column)}${floor === undefined ? "" : `  ${other === "" ? "" : `${beside} ${other}`}`}`.trimEnd(),
  );
  if (floor !== undefined && floor.ratio !== null)
    lines.push(
      `  ${(beside === "floor" ? "against the floor" : `against ${beside}`).padEnd(width)}  ${`${figure(floor.ratio, 2)} ×`.padStart(column)}  (${floor.of})`,
    );
  return [head, ...lines, verdict(report)].join("\n");
}

/** Another server's figures in the floor's column. */
function besideOf(against: AgainstFigures | undefined): Beside | undefined {
  if (against === undefined) return undefined;
  return {
    offered_per_s: null,
    acked_per_s: against.acked_per_s,
    ack_ms: against.ack_ms,
    cpu_us_per_message: null,
    cpu_us_per_delivery: against.cpu_us_per_message,
    bytes_per_connection: against.bytes_per_connection,
    ratio: against.ratio,
    of: against.of,
  };
}

/** The outcome of a drill for people. */
export function drillTable(report: CrashReport | MigrateReport): string {
  const { failures } = report;
  const about = `in ${report.seconds} s, ${report.conversations} conversations, seed ${report.seed}, durability ${report.durability}`;
  const happened =
    report.drill === "crash"
      ? [
          `drill crash: ${report.kills} kills with SIGKILL ${about}`,
          `  longest restart  ${report.restart_ms_max} ms`,
        ]
      : [
          `drill migrate: ${report.cuts} connections broken ${about}`,
          `  how           ${counts(report.cuts_by_fault)}; ${report.absences} absences longer than the buffer`,
          `  came back by  ${counts(report.welcomes)}`,
          `  sessions      ${report.resumed} resumed (${report.moved} on another transport), ${report.begun} begun anew`,
        ];
  return [
    ...happened,
    `  acknowledged  ${report.acked} (${report.stored} in the logs)`,
    `  ${failures.length === 0 ? "passed" : "FAILED"}: ${report.lost} lost, ${report.duplicated} duplicated, ${report.reordered} reordered`,
    ...failures.map((failure) => `    ${failure}`),
  ].join("\n");
}

const counts = (byName: Readonly<Record<string, number>>) =>
  Object.entries(byName)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");

function verdict(report: Report): string {
  const counts = `${report.sent} sent, ${report.acked} acknowledged, ${report.refused} refused, ${report.delivered} delivered; ${report.lost} lost, ${report.duplicated} duplicated, ${report.reordered} reordered`;
  return report.failures.length === 0
    ? `  passed: ${counts}`
    : `  FAILED (${report.failures.join(", ")}): ${counts}`;
}

function rate(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${figure(value, 0)} /s`;
}

function unit(value: number | null | undefined, name: string, digits = 2): string {
  return value === null || value === undefined ? "–" : `${figure(value, digits)} ${name}`;
}

function megabytes(bytes: number | null): string {
  return bytes === null ? "–" : `${figure(bytes / 1_048_576, 1)} MB`;
}

function times(percentiles: Percentiles | null): string {
  if (percentiles === null) return "–";
  const { p50, p99, max } = percentiles;
  return `${figure(p50, 2)} / ${figure(p99, 2)} / ${figure(max, 2)} ms`;
}
