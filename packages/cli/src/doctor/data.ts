import { existsSync } from "node:fs";
import { join } from "node:path";
import { probeServer } from "../system/probe.ts";
import { findings, type Check } from "./check.ts";

/** The database of the SQLite engine. Its presence is what tells a data folder from any other: those are left alone. */
const databaseName = "godwit.db";

/**
 * Checks integrity and schema version of the database as a start would, and writes nothing to it: an older one is brought up to date by the next start. While a
 * server runs on it that server has checked it, and its lock keeps others out.
 */
export const data: Check = async (patient) => {
  const found = findings("data", patient);
  const { dataDir: dir, store } = patient.config;
  if (store.engine === "memory") return found.skip("doctor.data_in_memory");
  if (!existsSync(join(dir, databaseName))) return found.skip("doctor.data_fresh", { dir });
  const { inspectData } = await import("@godwit/server");
  try {
    await inspectData(patient.config);
    return found.ok("doctor.data_sound");
  } catch (error) {
    if (!(error instanceof Error) || !("reason" in error)) throw error;
    const values = { dir, detail: error.message };
    if (error.reason === "newer_schema") return found.fail("doctor.data_newer", values);
    if (error.reason === "corrupt") return found.fail("doctor.data_corrupt", values);
    const served = (await probeServer(patient.here, { anyCertificate: true })).kind === "godwit";
    return error.reason === "unavailable" && served
      ? found.ok("doctor.data_in_use")
      : found.fail("doctor.data_closed", values);
  }
};
