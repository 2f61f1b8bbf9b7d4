/** `burst`: a sustainable rate, ten times as much for five seconds, then the sustainable rate again. */
import type { Voice } from "../console.ts";
import { figure } from "../console.ts";
import { Load } from "../load/load.ts";
import type { WindowResult } from "../load/load.ts";
import { Timeline } from "../load/recovery.ts";
import type { Recovery } from "../load/recovery.ts";
import { findRate } from "../load/search.ts";
import { Schedule } from "../load/schedule.ts";
import type { Options } from "../options.ts";
import { failuresOf, perMessageUs, rounded, serverFigures } from "../report.ts";
import type { Report } from "../report.ts";
import { openTarget } from "../target/godwit.ts";
import { readMemory } from "../target/procfs.ts";
import { withTarget } from "../target/target.ts";
import type { Target } from "../target/target.ts";
import { connectPairs } from "./topology.ts";

const beforeSeconds = 5;
const burstSeconds = 5;
const factor = 10;
/** Normal service must be back within this time after the burst. */
const recoveryMsMax = 5_000;
/** A client gives up a message that it could not even write for this long; it was never sent, so nobody accepted it. */
const patienceMs = 1_000;
/** The share of the found rate that counts as everyday load. */
const everydayShare = 0.5;
const slotMs = 250;
/**
 * Growth of the server's memory that counts as bounded: the ring's 64 MB of content, several times over for what JavaScript keeps beside it
 * and for collections that come late.
 */
const growthBytesMax = 512 * 1_048_576;

interface Refusals {
  [name: string]: number;
}

/** Runs the burst. Refused messages are part of it; what was acknowledged must arrive, and service must be normal again within 5 s. */
export async function burst(options: Options, voice: Voice): Promise<Report> {
  return withTarget(await openTarget(options), (target) => run(target, options, voice));
}

async function run(target: Target, options: Options, voice: Voice): Promise<Report> {
  const load = new Load(target);
  const connectsPerS = await connectPairs(load, target, options);
  const ratePerS =
    options.rate ??
    Math.round((await findRate(load, load.clients.length, voice)).sustainedPerS * everydayShare);
  const memoryBefore = target.pid === undefined ? undefined : readMemory(target.pid);
  const timeline = new Timeline(slotMs);
  const refusals: Refusals = {};
  const burstEndMs = (beforeSeconds + burstSeconds) * 1_000;
  const totalMs = burstEndMs + options.seconds * 1_000;
  voice.step(
    `${figure(ratePerS, 0)}/s for ${beforeSeconds} s, ${figure(ratePerS * factor, 0)}/s for ${burstSeconds} s, then ${figure(ratePerS, 0)}/s for ${options.seconds} s`,
  );
  const window = await load.run({
    pace: new Schedule([
      { ratePerS, seconds: beforeSeconds },
      { ratePerS: ratePerS * factor, seconds: burstSeconds },
      { ratePerS, seconds: options.seconds },
    ]),
    measureFromMs: 0,
    measureToMs: totalMs,
    patienceMs,
    onAck: (intendedMs, latencyMs) => timeline.acked(intendedMs, latencyMs),
    onRefusal(intendedMs, name) {
      refusals[name] = (refusals[name] ?? 0) + 1;
      timeline.refused(intendedMs);
    },
    onProgress: ({ elapsedMs, ackedPerS, deliveredPerS }) =>
      voice.state(
        `${figure(elapsedMs / 1000, 0)} s: ${figure(ackedPerS, 0)}/s acknowledged, ${figure(deliveredPerS, 0)}/s delivered`,
      ),
  });
  voice.done();
  const worstBeforeMs = Math.max(
    ...timeline.slots.slice(4, (beforeSeconds * 1_000) / slotMs).map((slot) => slot.worstMs),
  );
  const recovery = timeline.recovery(burstEndMs, totalMs, {
    ackedMin: Math.floor(((ratePerS * slotMs) / 1_000) * 0.98),
    worstMsMax: Math.max(100, worstBeforeMs * 3),
  });
  const report = reportOf(load, window, recovery, {
    target,
    options,
    ratePerS,
    refusals,
    memoryBeforeBytes: memoryBefore?.rssBytes ?? null,
    worstBeforeMs,
    connectsPerS,
  });
  load.close();
  return report;
}

interface Context {
  readonly target: Target;
  readonly options: Options;
  readonly ratePerS: number;
  readonly refusals: Refusals;
  readonly memoryBeforeBytes: number | null;
  readonly worstBeforeMs: number;
  readonly connectsPerS: number;
}

function reportOf(load: Load, window: WindowResult, recovery: Recovery, context: Context): Report {
  const { target, options, ratePerS } = context;
  const findings = load.findings();
  const failures = failuresOf(findings, window);
  if (recovery.unfinished || recovery.recoveryMs > recoveryMsMax)
    failures.push(`normal service was back only ${recovery.recoveryMs} ms after the burst`);
  const memory = target.pid === undefined ? undefined : readMemory(target.pid);
  const growthBytes =
    memory === undefined || context.memoryBeforeBytes === null
      ? 0
      : memory.peakBytes - context.memoryBeforeBytes;
  if (growthBytes > growthBytesMax)
    failures.push(`the server grew by ${figure(growthBytes / 1_048_576)} MB`);
  return {
    scenario: "burst",
    seconds: rounded(window.seconds, 1) ?? 0,
    connections: load.clients.length,
    codec: options.codec,
    payload_bytes: options.payload,
    offered_per_s: ratePerS,
    capacity_per_s: null,
    acked_per_s: rounded(window.acked / window.seconds, 0),
    delivered_per_s: rounded(window.delivered / window.seconds, 0),
    ack_ms: window.ack.percentiles() ?? null,
    delivery_ms: window.delivery.percentiles() ?? null,
    server: serverFigures(window, memory, null),
    generator: {
      lateness_ms: window.lateness.percentiles() ?? null,
      cpu_us_per_message: perMessageUs(window.generatorCpuNs, window.acked),
    },
    connects_per_s: rounded(context.connectsPerS, 0),
    ...findings,
    disconnected: window.disconnected,
    durability: target.durability,
    details: {
      burst_per_s: ratePerS * factor,
      burst_seconds: burstSeconds,
      recovery_ms: recovery.recoveryMs,
      refused_by_reason: context.refusals,
      given_up_unsent: window.abandoned,
      rss_before_burst_bytes: context.memoryBeforeBytes,
      worst_ack_before_burst_ms: rounded(context.worstBeforeMs, 1),
    },
    failures,
  };
}
