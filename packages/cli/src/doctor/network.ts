import { createServer } from "node:net";
import { portOwner } from "../system/port-owner.ts";
import { probeServer } from "../system/probe.ts";
import { findings, type Check } from "./check.ts";

/** Binds the address for a moment; resolves to the error code, or undefined if it is free. */
function bindError(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

export const port: Check = async (patient) => {
  const found = findings("port", patient);
  const { host, port: wanted } = patient.config.listen;
  const code = await bindError(host, wanted);
  const values = { host, port: wanted, other: wanted + 1, code: code ?? "" };
  if (code === undefined) return found.ok("doctor.port_free", values);
  if (code === "EACCES") return found.fail("doctor.port_privileged", values);
  if (code !== "EADDRINUSE") return found.fail("doctor.port_unusable", values);
  if ((await probeServer(patient.here, { anyCertificate: true })).kind === "godwit")
    return found.ok("doctor.port_godwit", values);
  const owner = portOwner(wanted);
  return owner === undefined
    ? found.fail("doctor.port_taken", values)
    : found.fail("doctor.port_taken_by", { ...values, ...owner });
};

export const running: Check = async (patient) => {
  const found = findings("server", patient);
  const { named, here } = patient;
  const url = named ?? here;
  const probe = await probeServer(url, { anyCertificate: named === undefined });
  const values = { url, detail: probe.detail };
  if (probe.kind === "nothing") return found.skip("doctor.server_none", values);
  if (probe.kind === "untrusted") return found.fail("doctor.server_untrusted", values);
  if (probe.kind === "other") return found.fail("doctor.server_other", values);
  if (!probe.ready) return found.fail("doctor.server_not_ready", values);
  const offsetMs = Math.round(probe.clockOffsetMs ?? 0);
  return Math.abs(offsetMs) > 5_000
    ? found.warn("doctor.server_clock", { ...values, offset: offsetMs })
    : found.ok("doctor.server_ready", values);
};
