import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { findings, type Check } from "./check.ts";

/** The folder itself, or the nearest one above it that exists. */
function standing(folder: string): string {
  const path = resolve(folder);
  return existsSync(path) || dirname(path) === path ? path : standing(dirname(path));
}

const mebibyte = 1_048_576;
/** Magic number of tmpfs in statfs(2). */
const tmpfs = 0x01021994;

export const space: Check = (patient) => {
  const found = findings("disk_space", patient);
  const folder = standing(patient.config.dataDir);
  const disk = statfsSync(folder);
  const values = { free: Math.round((disk.bavail * disk.bsize) / mebibyte), dir: folder };
  if (values.free < 100) return found.fail("doctor.disk_full", values);
  if (disk.files > 0 && disk.ffree < 1_000) return found.fail("doctor.disk_inodes", values);
  if (disk.type === tmpfs && patient.config.store.engine === "sqlite")
    return found.warn("doctor.disk_memory", values);
  return values.free < 1_024
    ? found.warn("doctor.disk_low", values)
    : found.ok("doctor.disk", values);
};

const writes = 24;
const pageBytes = 4_096;

/** Writes and syncs pages as the store does, in a folder of its own that is removed again. */
export const syncing: Check = (patient) => {
  const found = findings("disk_sync", patient);
  const folder = standing(patient.config.dataDir);
  let probe: string;
  try {
    probe = mkdtempSync(join(folder, ".godwit-doctor-"));
  } catch (error) {
    return found.fail("doctor.disk_unwritable", {
      dir: folder,
      error: error instanceof Error ? error.message : String(error),
    });
  }
  try {
    const file = openSync(join(probe, "probe"), "w");
    const page = Buffer.alloc(pageBytes, 1);
    const tookMs = Array.from({ length: writes }, (_, index) => {
      const began = performance.now();
      writeSync(file, page, 0, pageBytes, index * pageBytes);
      fsyncSync(file);
      return performance.now() - began;
    }).sort((a, b) => a - b);
    closeSync(file);
    const values = {
      median: (tookMs[writes / 2] ?? 0).toFixed(2),
      max: (tookMs.at(-1) ?? 0).toFixed(2),
    };
    return Number(values.median) > 20
      ? found.warn("doctor.sync_slow", values)
      : found.ok("doctor.sync", values);
  } catch (error) {
    return found.fail("doctor.disk_unwritable", {
      dir: folder,
      error: error instanceof Error ? error.message : String(error),
    });
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
};

/** Files from the future mean that the clock went back, and with it message times and token lifetimes. */
export const ages: Check = (patient) => {
  const found = findings("clock_and_data", patient);
  const folder = resolve(patient.config.dataDir);
  if (!existsSync(folder)) return found.skip("doctor.data_none", { dir: folder });
  const newest = Math.max(
    0,
    ...readdirSync(folder).map(
      (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    ),
  );
  const ahead = newest - Date.now();
  return ahead > 60_000
    ? found.fail("doctor.data_future", { minutes: Math.round(ahead / 60_000) })
    : found.ok("doctor.data_past");
};
