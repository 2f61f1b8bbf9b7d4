/** `direct` and `group`: a constant open-loop rate, verified message by message, and the floor under the same load. */
import type { Voice } from "../console.ts";
import { figure } from "../console.ts";
import { Load } from "../load/load.ts";
import type { WindowResult } from "../load/load.ts";
import { findRate } from "../load/search.ts";
import type { Found } from "../load/search.ts";
import { Schedule } from "../load/schedule.ts";
import type { Findings } from "../load/ledger.ts";
import type { Options } from "../options.ts";
import { failuresOf, perMessageUs, rounded, serverFigures } from "../report.ts";
import type { AgainstFigures, FloorFigures, Report } from "../report.ts";
import { startFloor } from "../target/floor.ts";
import { openTarget } from "../target/godwit.ts";
import { readMemory } from "../target/procfs.ts";
import type { MemoryReading } from "../target/procfs.ts";
import { rivals, type RivalName } from "../target/rivals.ts";
import { withTarget } from "../target/target.ts";
import type { Target } from "../target/target.ts";
import { connectGroup, connectPairs } from "./topology.ts";

export type SteadyKind = "direct" | "group";

interface Measured {
  readonly window: WindowResult;
  readonly findings: Findings;
  readonly memory: MemoryReading | undefined;
  readonly found: Found | undefined;
  readonly offeredPerS: number;
  readonly connections: number;
  readonly connectsPerS: number;
}

/** Code is compiled and conversations are made before anything is measured. */
const warmUpSeconds = 2;
/** Messages of a group under way while its capacity is searched for: each is a thousand deliveries. */
const groupWidth = 8;

/** Runs the scenario against our server, then, if asked, the floor at the rate that ours was offered. */
export async function steady(kind: SteadyKind, options: Options, voice: Voice): Promise<Report> {
  const target = await openTarget(options);
  const ours = await withTarget(target, () => measure(kind, target, options, undefined, voice));
  let floor: { readonly figures: FloorFigures; readonly failures: string[] } | undefined;
  if (options.floor) {
    voice.step(`the floor at the same ${figure(ours.offeredPerS, 0)}/s`);
    floor = await measureFloor(kind, options, ours, voice);
  }
  let against: { readonly figures: AgainstFigures; readonly failures: string[] } | undefined;
  if (options.against !== undefined) {
    voice.step(`${options.against} at the same ${figure(ours.offeredPerS, 0)}/s`);
    against = await measureRival(kind, options.against, options, ours, voice);
  }
  const { window, findings, found } = ours;
  return {
    scenario: kind,
    seconds: rounded(window.seconds, 1) ?? 0,
    connections: ours.connections,
    codec: options.codec,
    protocol: options.protocol,
    payload_bytes: options.payload,
    offered_per_s: ours.offeredPerS,
    capacity_per_s: rounded(found?.capacityPerS, 0),
    acked_per_s: rounded(window.acked / window.seconds, 0),
    delivered_per_s: rounded(window.delivered / window.seconds, 0),
    ack_ms: window.ack.percentiles() ?? null,
    delivery_ms: window.delivery.percentiles() ?? null,
    server: serverFigures(window, ours.memory, null),
    generator: {
      lateness_ms: window.lateness.percentiles() ?? null,
      cpu_us_per_message: perMessageUs(window.generatorCpuNs, window.acked),
    },
    connects_per_s: rounded(ours.connectsPerS, 0),
    ...findings,
    disconnected: window.disconnected,
    durability: target.durability,
    ...(kind === "group" ? { details: { members: options.members, online: options.online } } : {}),
    ...(floor === undefined ? {} : { floor: floor.figures }),
    ...(against === undefined ? {} : { against: against.figures }),
    failures: [
      ...failuresOf(findings, window),
      ...(floor?.failures ?? []),
      ...(against?.failures ?? []),
    ],
  };
}

async function measure(
  kind: SteadyKind,
  target: Target,
  options: Options,
  fixedRate: number | undefined,
  voice: Voice,
): Promise<Measured> {
  const load = new Load(target);
  const connectsPerS =
    kind === "direct"
      ? await connectPairs(load, target, options)
      : await connectGroup(load, target, options, voice);
  const width = kind === "direct" ? load.clients.length : groupWidth;
  const rate = fixedRate ?? options.rate;
  const found = rate === undefined ? await findRate(load, width, voice) : undefined;
  const full = rate ?? found?.sustainedPerS ?? 1;
  const offeredPerS =
    options.half && fixedRate === undefined ? Math.max(1, Math.round(full / 2)) : full;
  voice.step(
    `${target.name}: ${figure(offeredPerS, 0)} messages/s over ${load.clients.length} connections for ${options.seconds} s`,
  );
  const window = await load.run({
    pace: new Schedule([{ ratePerS: offeredPerS, seconds: warmUpSeconds + options.seconds }]),
    measureFromMs: warmUpSeconds * 1_000,
    measureToMs: (warmUpSeconds + options.seconds) * 1_000,
    onProgress: ({ elapsedMs, ackedPerS, deliveredPerS }) =>
      voice.state(
        `${figure(elapsedMs / 1000, 0)} s: ${figure(ackedPerS, 0)}/s acknowledged, ${figure(deliveredPerS, 0)}/s delivered`,
      ),
  });
  voice.done();
  const memory = target.pid === undefined ? undefined : readMemory(target.pid);
  const findings = load.findings();
  load.close();
  return {
    window,
    findings,
    memory,
    found,
    offeredPerS,
    connections: load.clients.length,
    connectsPerS,
  };
}

async function measureRival(
  kind: SteadyKind,
  name: RivalName,
  options: Options,
  ours: Measured,
  voice: Voice,
): Promise<{ readonly figures: AgainstFigures; readonly failures: string[] }> {
  const target = await rivals[name].start(options.data);
  const theirs = await withTarget(target, () =>
    measure(kind, target, options, ours.offeredPerS, voice),
  );
  const { window, findings } = theirs;
  const { cpu_us_per_delivery: cost } = serverFigures(window, undefined, null);
  const { cpu_us_per_delivery: own } = serverFigures(ours.window, undefined, null);
  return {
    figures: {
      name,
      cpu_us_per_message: cost,
      bytes_per_connection: null,
      ratio: rounded((own ?? Number.NaN) / (cost ?? Number.NaN), 3),
      of: "cpu_us_per_message",
      acked_per_s: rounded(window.acked / window.seconds, 0),
      ack_ms: window.ack.percentiles() ?? null,
      delivery_ms: window.delivery.percentiles() ?? null,
      durability: target.durability,
    },
    failures: failuresOf(findings, window).map((failure) => `${name}: ${failure}`),
  };
}

async function measureFloor(
  kind: SteadyKind,
  options: Options,
  ours: Measured,
  voice: Voice,
): Promise<{ readonly figures: FloorFigures; readonly failures: string[] }> {
  const target = await startFloor(options.data, kind);
  const floor = await withTarget(target, () =>
    measure(kind, target, options, ours.offeredPerS, voice),
  );
  const { window, findings } = floor;
  const of = kind === "direct" ? "cpu_us_per_message" : "cpu_us_per_delivery";
  const figures = serverFigures(window, undefined, null);
  const own = serverFigures(ours.window, undefined, null);
  return {
    figures: {
      cpu_us_per_message: figures.cpu_us_per_message,
      cpu_us_per_delivery: figures.cpu_us_per_delivery,
      bytes_per_connection: null,
      ratio: rounded((own[of] ?? Number.NaN) / (figures[of] ?? Number.NaN), 3),
      of,
      offered_per_s: floor.offeredPerS,
      acked_per_s: rounded(window.acked / window.seconds, 0),
      ack_ms: window.ack.percentiles() ?? null,
    },
    failures: failuresOf(findings, window).map((failure) => `floor: ${failure}`),
  };
}
