/** Finding out how much a server can take, before it is measured at a rate that it can. */
import type { Voice } from "../console.ts";
import { figure } from "../console.ts";
import type { Load } from "./load.ts";
import { Schedule, Window } from "./schedule.ts";

export interface Found {
  /** With a fixed number of messages under way: as fast as the server answers. */
  readonly capacityPerS: number;
  /** The highest rate tried at which open-loop load was carried without a growing backlog. */
  readonly sustainedPerS: number;
}

const probeSeconds = 3;
const triesMax = 6;
const step = 0.88;
/** A rate is sustained if nearly all of it is acknowledged in the window, and the backlog stays below this. */
const ackedShareMin = 0.985;
const ackP99MsMax = 250;

/** Probes the capacity with `width` messages under way, then steps down from it until an open-loop rate is sustained. */
export async function findRate(load: Load, width: number, voice: Voice): Promise<Found> {
  voice.step(`finding the capacity with ${width} messages under way`);
  const probe = await load.run({
    pace: new Window(width, probeSeconds),
    measureFromMs: 1_000,
    measureToMs: probeSeconds * 1_000,
  });
  const capacityPerS = probe.acked / probe.seconds;
  if (capacityPerS < 1)
    throw new Error("the server acknowledged nothing while its capacity was measured");
  let ratePerS = capacityPerS * 0.95;
  for (let i = 0; i < triesMax; i++) {
    const offered = Math.max(1, Math.round(ratePerS));
    const trial = await load.run({
      pace: new Schedule([{ ratePerS: offered, seconds: probeSeconds }]),
      measureFromMs: 1_000,
      measureToMs: probeSeconds * 1_000,
    });
    const ackedPerS = trial.acked / trial.seconds;
    const p99 = trial.ack.percentiles()?.p99 ?? Number.POSITIVE_INFINITY;
    const sustained = ackedPerS >= offered * ackedShareMin && p99 <= ackP99MsMax;
    voice.step(
      `${figure(offered, 0)}/s offered: ${figure(ackedPerS, 0)}/s acknowledged, p99 ${figure(p99)} ms${sustained ? ", sustained" : ""}`,
    );
    if (sustained) return { capacityPerS, sustainedPerS: offered };
    ratePerS *= step;
  }
  return { capacityPerS, sustainedPerS: Math.max(1, Math.round(ratePerS)) };
}
