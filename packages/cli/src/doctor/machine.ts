import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import rootManifest from "../../../../package.json" with { type: "json" };
import { findings, type Check } from "./check.ts";

/** What a program prints, or undefined if it is not there or does not end in time. */
function output(program: string, ...args: string[]): Promise<string | undefined> {
  return new Promise((resolve) =>
    execFile(program, args, { timeout: 10_000 }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : undefined),
    ),
  );
}

/** A file of the kernel, or undefined where there is none. */
function kernel(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

const major = (version: string) => Number.parseInt(version.replace(/^v/, ""), 10);

export const versions: Check = async (patient) => {
  const found = findings("versions", patient);
  const [node, npm] = await Promise.all([output("node", "--version"), output("npm", "--version")]);
  const bun = process.versions["bun"] ?? "–";
  const pinned = rootManifest.dependencies.bun;
  const values = { bun, pinned, node: node ?? "–", npm: npm ?? "–" };
  if (bun !== pinned) return found.warn("doctor.bun_other", values);
  if (node !== undefined && major(node) < 20) return found.warn("doctor.node_old", values);
  if (npm !== undefined && major(npm) < 11) return found.warn("doctor.npm_old", values);
  return found.ok("doctor.versions", values);
};

/** Descriptors that a server needs beside its connections: database, logs, listeners, threads. */
const spareFiles = 256;

export const openFiles: Check = (patient) => {
  const found = findings("open_files", patient);
  // The hard limit counts: Bun raises its soft one by itself.
  const line = kernel("/proc/self/limits")
    ?.split("\n")
    .find((row) => row.startsWith("Max open files"));
  const hard = line?.split(/\s{2,}/)[2];
  if (hard === undefined) return found.skip("doctor.files_unknown");
  const room = hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard) - spareFiles;
  const wanted = patient.config.limits.connectionsMax;
  const values = { limit: hard, room: Math.max(0, room), wanted };
  if (room < 1_000) return found.fail("doctor.files_few", values);
  return room < 10_000
    ? found.warn("doctor.files_few", values)
    : found.ok(room < wanted ? "doctor.files_below_max" : "doctor.files", values);
};

export const backlog: Check = (patient) => {
  const found = findings("backlog", patient);
  const somaxconn = Number(kernel("/proc/sys/net/core/somaxconn"));
  if (Number.isNaN(somaxconn)) return found.skip("doctor.backlog_unknown");
  return somaxconn < 1_024
    ? found.warn("doctor.backlog_small", { somaxconn })
    : found.ok("doctor.backlog", { somaxconn });
};

const mebibyte = 1_048_576;

export const memory: Check = (patient) => {
  const found = findings("memory", patient);
  const cap = Number(kernel("/sys/fs/cgroup/memory.max") ?? Number.NaN);
  const total = Number.isFinite(cap) ? Math.min(cap, totalmem()) : totalmem();
  const meminfo = /MemAvailable:\s+(\d+)/.exec(kernel("/proc/meminfo") ?? "")?.[1];
  const used = Number(kernel("/sys/fs/cgroup/memory.current") ?? 0);
  const free = Math.min(
    meminfo === undefined ? freemem() : Number(meminfo) * 1_024,
    Number.isFinite(cap) ? cap - used : Number.POSITIVE_INFINITY,
  );
  const values = {
    free: Math.round(free / mebibyte),
    total: Math.round(total / mebibyte),
    ring: Math.round(patient.config.pipeline.ringBytesMax / mebibyte),
  };
  if (free < 64 * mebibyte + patient.config.pipeline.ringBytesMax)
    return found.fail("doctor.memory_low", values);
  return free < 256 * mebibyte + patient.config.pipeline.ringBytesMax
    ? found.warn("doctor.memory_low", values)
    : found.ok("doctor.memory", values);
};

/** No clock of a machine that runs this can be right before then: this program was not written. */
const earliestMs = Date.UTC(2026, 0, 1);

export const clock: Check = async (patient) => {
  const found = findings("clock", patient);
  const now = Date.now();
  const values = { now: new Date(now).toISOString() };
  if (now < earliestMs || now > earliestMs + 50 * 366 * 86_400_000)
    return found.fail("doctor.clock_wrong", values);
  // A wall clock that is being stepped runs apart from the monotonic one.
  const [wall, steady] = [Date.now(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 200));
  const driftMs = Math.abs(Date.now() - wall - (performance.now() - steady));
  return driftMs > 50
    ? found.warn("doctor.clock_jumps", { drift: Math.round(driftMs) })
    : found.ok("doctor.clock", values);
};
