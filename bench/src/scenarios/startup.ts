/** `startup`: from the start of the process to a ready server, each time on an empty folder. */
import type { Voice } from "../console.ts";
import type { Options } from "../options.ts";
import { noFindings, rounded } from "../report.ts";
import type { Report } from "../report.ts";
import { DataFolder, freePort } from "../target/child.ts";
import { doorSettings, serve } from "../target/godwit.ts";
import { readMemory } from "../target/procfs.ts";

/** Starts the server `--runs` times; `details` has the times in milliseconds. */
export async function startup(options: Options, voice: Voice): Promise<Report> {
  const timesMs: number[] = [];
  let rssBytes = 0;
  let durable = true;
  for (let i = 0; i < options.runs; i++) {
    const data = new DataFolder(options.data);
    try {
      const { child, readyMs } = await serve(data.path, freePort(), {
        ...doorSettings,
        "log.level": "warn",
      });
      timesMs.push(readyMs);
      rssBytes = readMemory(child.pid).rssBytes;
      durable &&= data.durable;
      await child.stop();
      voice.state(`${i + 1} of ${options.runs}`);
    } finally {
      data.remove();
    }
  }
  voice.done();
  timesMs.sort((a, b) => a - b);
  const none = {
    cpu_us_per_message: null,
    cpu_us_per_delivery: null,
    bytes_per_connection: null,
    peak_bytes: null,
    cpu_cores: null,
  };
  return {
    scenario: "startup",
    seconds: rounded(timesMs.reduce((sum, ms) => sum + ms, 0) / 1_000, 1) ?? 0,
    connections: 0,
    codec: options.codec,
    payload_bytes: 0,
    offered_per_s: null,
    capacity_per_s: null,
    acked_per_s: null,
    delivered_per_s: null,
    ack_ms: null,
    delivery_ms: null,
    server: { ...none, rss_bytes: rssBytes },
    generator: { lateness_ms: null, cpu_us_per_message: null },
    connects_per_s: null,
    ...noFindings,
    disconnected: 0,
    durability: durable ? "fsync" : "none: the data folder is in memory",
    details: {
      runs: options.runs,
      ready_ms: {
        min: rounded(timesMs[0], 0),
        p50: rounded(timesMs[Math.floor((timesMs.length - 1) / 2)], 0),
        max: rounded(timesMs.at(-1), 0),
      },
    },
    failures: [],
  };
}
