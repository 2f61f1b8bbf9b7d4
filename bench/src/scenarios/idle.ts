/** `idle`: what a session that says nothing costs in memory, everything included. */
import { CannotRun } from "../cannot-run.ts";
import type { Voice } from "../console.ts";
import { figure } from "../console.ts";
import { requireDescriptors } from "../load/descriptors.ts";
import { Load } from "../load/load.ts";
import type { Options } from "../options.ts";
import { noFindings, rounded } from "../report.ts";
import type { Report } from "../report.ts";
import { startFloor } from "../target/floor.ts";
import { openTarget } from "../target/godwit.ts";
import { protocols, type Spoken } from "../target/protocols.ts";
import { CpuMeter, readMemory } from "../target/procfs.ts";
import type { MemoryReading } from "../target/procfs.ts";
import { rivals } from "../target/rivals.ts";
import { withTarget } from "../target/target.ts";
import type { Target } from "../target/target.ts";
import { connectWidth } from "./topology.ts";

interface Measured {
  readonly before: MemoryReading;
  readonly after: MemoryReading;
  readonly bytesPerConnection: number;
  readonly connectsPerS: number;
  /** CPU of the server for each of them, sign-in and garbage collection included. */
  readonly connectCpuUs: number;
  readonly cpuCores: number;
  /** Sessions that did not answer at the end. */
  readonly silent: number;
  readonly disconnected: number;
}

/** Connections that come and go before the first reading, so that code and caches are there already. */
const warmConnections = 200;
const settleMs = 3_000;

/** Holds idle sessions and measures the server's memory before and with them; with the floor, bare sockets likewise. */
export async function idle(options: Options, voice: Voice): Promise<Report> {
  const { sockets = 1 }: Spoken = protocols[options.protocol];
  requireDescriptors(options.connections, sockets);
  const target = await openTarget(options);
  const ours = await withTarget(target, () => measure(target, options, voice));
  let floor: Measured | undefined;
  if (options.floor) {
    voice.step("the floor: as many bare sockets");
    const bare = await startFloor(options.data, "idle");
    floor = await withTarget(bare, () => measure(bare, options, voice));
  }
  let rival: Measured | undefined;
  let durability = "";
  if (options.against !== undefined) {
    voice.step(`${options.against}: as many sessions`);
    const other = await rivals[options.against].start(options.data);
    durability = other.durability;
    rival = await withTarget(other, () => measure(other, options, voice));
  }
  const failures = [
    ...troubles(ours, ""),
    ...(rival === undefined ? [] : troubles(rival, `${options.against}: `)),
    ...(floor === undefined ? [] : troubles(floor, "floor: ")),
  ];
  return {
    scenario: "idle",
    seconds: options.seconds,
    connections: options.connections,
    codec: options.codec,
    protocol: options.protocol,
    payload_bytes: 0,
    offered_per_s: null,
    capacity_per_s: null,
    acked_per_s: null,
    delivered_per_s: null,
    ack_ms: null,
    delivery_ms: null,
    server: {
      cpu_us_per_message: null,
      cpu_us_per_delivery: null,
      rss_bytes: ours.after.rssBytes,
      bytes_per_connection: rounded(ours.bytesPerConnection, 0),
      peak_bytes: ours.after.peakBytes,
      cpu_cores: rounded(ours.cpuCores, 4),
    },
    generator: { lateness_ms: null, cpu_us_per_message: null },
    connects_per_s: rounded(ours.connectsPerS, 0),
    ...noFindings,
    lost: ours.silent,
    disconnected: ours.disconnected,
    durability: target.durability,
    details: {
      rss_before_bytes: ours.before.rssBytes,
      connect_cpu_us: rounded(ours.connectCpuUs, 0),
      pss_bytes_per_connection: Math.round(
        (ours.after.pssBytes - ours.before.pssBytes) / options.connections,
      ),
    },
    ...(floor === undefined
      ? {}
      : {
          floor: {
            cpu_us_per_message: null,
            cpu_us_per_delivery: null,
            bytes_per_connection: rounded(floor.bytesPerConnection, 0),
            ratio: rounded(ours.bytesPerConnection / floor.bytesPerConnection, 3),
            of: "bytes_per_connection",
            offered_per_s: null,
            acked_per_s: null,
            ack_ms: null,
          } as const,
        }),
    ...(rival === undefined || options.against === undefined
      ? {}
      : {
          against: {
            name: options.against,
            cpu_us_per_message: null,
            bytes_per_connection: rounded(rival.bytesPerConnection, 0),
            ratio: rounded(ours.bytesPerConnection / rival.bytesPerConnection, 3),
            of: "bytes_per_connection",
            acked_per_s: null,
            ack_ms: null,
            delivery_ms: null,
            durability,
          } as const,
        }),
    failures,
  };
}

function troubles(measured: Measured, prefix: string): string[] {
  const found: string[] = [];
  if (measured.silent > 0)
    found.push(`${prefix}${measured.silent} sessions did not answer at the end`);
  if (measured.disconnected > 0) found.push(`${prefix}${measured.disconnected} disconnected`);
  return found;
}

async function measure(target: Target, options: Options, voice: Voice): Promise<Measured> {
  const { pid } = target;
  if (pid === undefined)
    throw new CannotRun(
      "idle measures the server's memory: with --url, name its process with --pid",
    );
  const wire = target.wire({ prefix: target.prefix, payloadBytes: 1 });
  const warm = new Load(target);
  for (let i = 0; i < warmConnections; i++) warm.addClient(wire, 0);
  await warm.connectAll(connectWidth);
  warm.close();
  await Bun.sleep(settleMs);
  const before = readMemory(pid);

  const load = new Load(target);
  for (let i = 0; i < options.connections; i++) load.addClient(wire, 0);
  voice.step(`${target.name}: connecting ${options.connections} sessions`);
  const cpu = new CpuMeter(pid);
  const cpuUnconnectedNs = cpu.readNs();
  const connectsPerS = await load.connectAll(connectWidth);
  const cpuBeforeNs = cpu.readNs();
  await hold(load, options.seconds, voice);
  const cpuCores = (cpu.readNs() - cpuBeforeNs) / 1e9 / options.seconds;
  const after = readMemory(pid);
  const silent = await load.countSilent();
  const { disconnected } = load;
  load.close();
  voice.done();
  return {
    before,
    after,
    bytesPerConnection: (after.rssBytes - before.rssBytes) / options.connections,
    connectsPerS,
    connectCpuUs: (cpuBeforeNs - cpuUnconnectedNs) / 1e3 / options.connections,
    cpuCores,
    silent,
    disconnected,
  };
}

/** Lets time pass, with the heartbeats that the server asks for, evenly spread. */
async function hold(load: Load, seconds: number, voice: Voice): Promise<void> {
  const { clients } = load;
  const heartbeatMs = clients[0]?.heartbeatMs ?? 0;
  const startMs = performance.now();
  let beaten = 0;
  for (let elapsedMs = 0; elapsedMs < seconds * 1_000; elapsedMs = performance.now() - startMs) {
    // The first heartbeat is due one interval after the hello; a little earlier keeps the last of the round in time.
    const due =
      heartbeatMs === 0 ? 0 : Math.floor((elapsedMs / (heartbeatMs * 0.9)) * clients.length);
    for (; beaten < due; beaten++) clients[beaten % clients.length]?.beat();
    voice.state(`${figure(elapsedMs / 1_000, 0)} s of ${seconds} s`);
    await Bun.sleep(50);
  }
}
