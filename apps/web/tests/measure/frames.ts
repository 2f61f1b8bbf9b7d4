/** Counts frames and input delay inside the page while something goes on. */
import type { Page } from "playwright-core";
import { say } from "./say.ts";

export interface Smoothness {
  readonly seconds: number;
  readonly framesPerSecond: number;
  /** Frames that a display of 60 Hz would have shown and got none for, in per cent. */
  readonly droppedPercent: number;
  readonly longestFrameMs: number;
  /** Event Timing: from the key press or wheel until its handlers run. */
  readonly inputs: number;
  readonly inputDelayP50Ms: number;
  readonly inputDelayP99Ms: number;
  readonly inputDelayMaxMs: number;
  /** Tasks of the main thread over 50 ms. */
  readonly longTasks: number;
}

interface Probe {
  probe: {
    frames: number[];
    delays: number[];
    longTasks: number;
    running: boolean;
    startedMs: number;
  };
}

/** Runs `work` and tells how the page fared meanwhile. */
export async function smoothness(page: Page, work: () => Promise<void>): Promise<Smoothness> {
  await page.evaluate(startProbe);
  await work();
  const found = await page.evaluate(() => {
    const { probe } = globalThis as unknown as Probe;
    probe.running = false;
    return { ...probe, seconds: (performance.now() - probe.startedMs) / 1_000 };
  });
  const { frames, delays, seconds, longTasks } = found;
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const wanted = seconds * 60;
  return {
    seconds,
    framesPerSecond: frames.length / seconds,
    droppedPercent: Math.max(0, (1 - frames.length / wanted) * 100),
    longestFrameMs: Math.max(0, ...frames),
    inputs: delays.length,
    inputDelayP50Ms: at(0.5),
    inputDelayP99Ms: at(0.99),
    inputDelayMaxMs: sorted.at(-1) ?? 0,
    longTasks,
  };
}

/** Runs in the page. */
function startProbe(): void {
  const probe = {
    frames: [] as number[],
    delays: [] as number[],
    longTasks: 0,
    running: true,
    startedMs: performance.now(),
  };
  (globalThis as unknown as Probe).probe = probe;
  let last = performance.now();
  const frame = (now: number) => {
    if (!probe.running) return;
    probe.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  // The Event Timing API reports nothing below 16 ms; the time stamp of an event says when the browser got it.
  for (const type of ["keydown", "wheel"])
    addEventListener(
      type,
      (event) => {
        if (probe.running) probe.delays.push(performance.now() - event.timeStamp);
      },
      { capture: true, passive: true },
    );
  new PerformanceObserver((list) => {
    if (probe.running) probe.longTasks += list.getEntries().length;
  }).observe({ type: "longtask" });
}

export function tell(name: string, found: Smoothness): void {
  const one = (value: number) => value.toFixed(1);
  say(
    `${name}: ${one(found.framesPerSecond)} frames/s, ${one(found.droppedPercent)} % dropped, longest ${one(found.longestFrameMs)} ms; ` +
      `input delay p50 ${one(found.inputDelayP50Ms)} p99 ${one(found.inputDelayP99Ms)} max ${one(found.inputDelayMaxMs)} ms (${found.inputs} inputs); ` +
      `${found.longTasks} long tasks in ${one(found.seconds)} s`,
  );
}
