/** `churn`: users who come and go without end. Memory must stay flat, and who resumes must miss nothing. */
import { directId } from "@godwit/protocol";
import type { Voice } from "../console.ts";
import { figure } from "../console.ts";
import { Client } from "../load/client.ts";
import { Load } from "../load/load.ts";
import { Schedule } from "../load/schedule.ts";
import type { Options } from "../options.ts";
import { failuresOf, rounded, serverFigures } from "../report.ts";
import type { Report } from "../report.ts";
import { openTarget } from "../target/godwit.ts";
import { readMemory } from "../target/procfs.ts";
import { withTarget } from "../target/target.ts";
import type { Target } from "../target/target.ts";
import { connectWidth } from "./topology.ts";

/** Users who sign in and out without end, beside those who are cut off and resume. */
const visitorsWidth = 16;
/** Visitors come back under so many names, so that the server meets old and new users. */
const visitorNames = 4_096;
/** Messages per second to those who are cut off and resume. */
const ratePerS = 500;
const awayMsMax = 200;
const presentMsMax = 400;
/** Growth of the server over the second half of the run that counts as flat. */
const growthShareMax = 0.1;
const growthBytesMax = 16 * 1_048_576;
/** Readings, one a second, below which nothing is said about growth. */
const readingsMin = 17;

interface Tally {
  visits: number;
  resumes: number;
  /** Resumptions that the server did not grant, although the session was away only briefly. */
  refusedResumes: number;
  readonly rssBytes: number[];
}

/** Half of `--connections` send steadily, each to one of the other half, who are cut off and resume at random; besides, visitors come and go. */
export async function churn(options: Options, voice: Voice): Promise<Report> {
  return withTarget(await openTarget(options), (target) => run(target, options, voice));
}

async function run(target: Target, options: Options, voice: Voice): Promise<Report> {
  const half = options.connections >> 1;
  const wire = target.wire({ prefix: target.prefix, payloadBytes: options.payload });
  const load = new Load(target);
  for (let i = 0; i < half * 2; i++) load.addClient(wire, i % half);
  const name = (number: number) => target.prefix + number;
  load.setWriters(
    Array.from({ length: half }, (_, i) =>
      wire.sender(
        { sender: i, receiver: i + half, conversation: directId(name(i), name(i + half)) },
        options.payload,
      ),
    ),
  );
  const connectsPerS = await load.connectAll(connectWidth);
  const tally: Tally = { visits: 0, resumes: 0, refusedResumes: 0, rssBytes: [] };
  const coming = { ends: false };
  const lengthMs = options.seconds * 1_000;
  voice.step(
    `${half} users cut off and resuming at random under ${ratePerS} messages/s, ${visitorsWidth} visitors at a time, for ${options.seconds} s`,
  );
  const movers = [
    ...load.clients.slice(half).map((client) => cutAndResume(client, target, tally, coming)),
    ...Array.from({ length: visitorsWidth }, (_, i) =>
      visit(half * 2 + i, target, options, tally, coming),
    ),
  ];
  const running = load.run({
    pace: new Schedule([{ ratePerS: options.rate ?? ratePerS, seconds: options.seconds }]),
    measureFromMs: 0,
    measureToMs: lengthMs,
    onProgress({ elapsedMs }) {
      if (target.pid !== undefined) tally.rssBytes.push(readMemory(target.pid).rssBytes);
      // Those who are away when the pace ends come back, so that the drain can end.
      if (elapsedMs >= lengthMs - 1_500) coming.ends = true;
      voice.state(
        `${figure(elapsedMs / 1000, 0)} s: ${tally.visits} visits, ${tally.resumes} resumptions, ${figure((tally.rssBytes.at(-1) ?? 0) / 1_048_576)} MB`,
      );
    },
  });
  const window = await running;
  coming.ends = true;
  await Promise.all(movers);
  voice.done();
  const findings = load.findings();
  const growth = growthOf(tally.rssBytes);
  const failures = failuresOf(findings, { disconnected: 0 });
  if (tally.refusedResumes > 0)
    failures.push(`${tally.refusedResumes} resumptions were not granted`);
  if (
    growth !== undefined &&
    growth.bytes > Math.max(growthBytesMax, growth.fromBytes * growthShareMax)
  ) {
    failures.push(`the server grew by ${figure(growth.bytes / 1_048_576)} MB`);
  }
  const report: Report = {
    scenario: "churn",
    seconds: rounded(window.seconds, 1) ?? 0,
    connections: load.clients.length,
    codec: options.codec,
    payload_bytes: options.payload,
    offered_per_s: options.rate ?? ratePerS,
    capacity_per_s: null,
    acked_per_s: rounded(window.acked / window.seconds, 0),
    delivered_per_s: rounded(window.delivered / window.seconds, 0),
    ack_ms: window.ack.percentiles() ?? null,
    delivery_ms: window.delivery.percentiles() ?? null,
    server: serverFigures(
      undefined,
      target.pid === undefined ? undefined : readMemory(target.pid),
      null,
    ),
    generator: { lateness_ms: window.lateness.percentiles() ?? null, cpu_us_per_message: null },
    connects_per_s: rounded(connectsPerS, 0),
    ...findings,
    disconnected: 0,
    durability: target.durability,
    details: {
      visits_per_s: rounded(tally.visits / window.seconds, 0),
      resumptions_per_s: rounded(tally.resumes / window.seconds, 0),
      rss_growth_bytes: growth?.bytes ?? null,
      rss_each_second_bytes: tally.rssBytes,
    },
    failures,
  };
  load.close();
  return report;
}

/** One user who loses the network again and again, and comes back to the same session. */
async function cutAndResume(
  client: Client,
  target: Target,
  tally: Tally,
  coming: { readonly ends: boolean },
): Promise<void> {
  while (!coming.ends) {
    await Bun.sleep(Math.random() * presentMsMax);
    client.link?.cut();
    await Bun.sleep(Math.random() * awayMsMax);
    const { resumed } = await client.connect(target.endpoint, target.token(client.number), {
      resume: true,
    });
    if (resumed) tally.resumes++;
    else tally.refusedResumes++;
  }
}

/** One place at which a visitor after another signs in and leaves. */
async function visit(
  first: number,
  target: Target,
  options: Options,
  tally: Tally,
  coming: { readonly ends: boolean },
): Promise<void> {
  const wire = target.wire({ prefix: target.prefix, payloadBytes: options.payload });
  const silent = { acknowledged() {}, refused() {}, message() {}, writable() {}, closed() {} };
  for (let i = 0; !coming.ends; i++) {
    const client = new Client(first + ((i * visitorsWidth) % visitorNames), wire, silent);
    await client.connect(target.endpoint, target.token(client.number));
    await client.command("bye", {});
    client.link?.close();
    tally.visits++;
  }
}

/**
 * From the mean of the readings between a third and a half of the run, when every visitor has been seen and code and caches are warm, to that of the last
 * sixth. Undefined for runs too short to say.
 */
function growthOf(
  readings: readonly number[],
): { readonly fromBytes: number; readonly bytes: number } | undefined {
  if (readings.length < readingsMin) return undefined;
  const mean = (from: number, to: number) => {
    const part = readings.slice(
      Math.floor(readings.length * from),
      Math.ceil(readings.length * to),
    );
    return part.reduce((sum, bytes) => sum + bytes, 0) / part.length;
  };
  const fromBytes = mean(1 / 3, 1 / 2);
  return { fromBytes, bytes: Math.round(mean(5 / 6, 1) - fromBytes) };
}
