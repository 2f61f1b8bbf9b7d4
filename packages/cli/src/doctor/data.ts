import { findings, type Check } from "./check.ts";

/** Schema version and soundness of the database, read without changing it; a server may be running on it. */
export const data: Check = async (patient) => {
  const found = findings("data", patient);
  const dir = patient.config.dataDir;
  if (patient.config.store.engine === "memory") return found.skip("doctor.data_in_memory");
  const { inspectData } = await import("@godwit/server");
  const state = await inspectData(patient.config);
  if (!state.exists) return found.skip("doctor.data_fresh", { dir });
  const values = {
    dir,
    version: state.schemaVersion,
    supported: state.schemaSupported,
    detail: state.problems.join("; "),
  };
  if (state.problems.length > 0) return found.fail("doctor.data_corrupt", values);
  if (state.schemaVersion > state.schemaSupported) return found.fail("doctor.data_newer", values);
  return found.ok(
    state.schemaVersion < state.schemaSupported ? "doctor.data_older" : "doctor.data_sound",
    values,
  );
};
