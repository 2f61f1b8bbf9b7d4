import { ConfigError, loadConfig } from "@godwit/server/config";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import type { Check, Finding, Patient } from "./check.ts";
import { ages, space, syncing } from "./disk.ts";
import { backlog, clock, memory, openFiles, versions } from "./machine.ts";
import { port, running } from "./network.ts";
import type { DoctorOptions } from "./options.ts";
import { data } from "./data.ts";

const checks: readonly Check[] = [
  versions,
  openFiles,
  backlog,
  memory,
  clock,
  space,
  syncing,
  ages,
  data,
  port,
  running,
];

/** Looks at everything a server needs here. Resolves to 1 if anything fails, else 0; warnings do not count. */
export async function doctor(context: Context, options: DoctorOptions): Promise<number> {
  const patient = admit(context, options);
  const found: Finding[] = [];
  // One after the other: the disk check must not be slowed by the others.
  for (const check of checks) {
    const finding = await examine(check, patient);
    found.push(finding);
    if (options.json !== true) show(context, finding);
  }
  const count = (status: Finding["status"]) =>
    found.filter((finding) => finding.status === status).length;
  const [failed, warned] = [count("fail"), count("warn")];
  if (options.json === true)
    context.out(JSON.stringify({ ok: failed === 0, failed, warned, findings: found }, null, 2));
  else
    context.out(
      `\n${context.t(failed > 0 ? "doctor.sick" : warned > 0 ? "doctor.fair" : "doctor.healthy", { failed, warned })}`,
    );
  return failed > 0 ? 1 : 0;
}

function admit(context: Context, options: DoctorOptions): Patient {
  try {
    const flags = { dataDir: options.data, "listen.port": options.port };
    const config = loadConfig({
      file: options.config ?? context.env["GODWIT_CONFIG"],
      env: context.env,
      flags,
    });
    const scheme = config.listen.tls === undefined ? "http" : "https";
    const host =
      config.listen.host === "0.0.0.0" || config.listen.host === "::"
        ? "127.0.0.1"
        : config.listen.host;
    const bracketed = host.includes(":") ? `[${host}]` : host;
    return {
      t: context.t,
      config,
      here: `${scheme}://${bracketed}:${config.listen.port}`,
      named: options.url ?? context.env["GODWIT_URL"],
    };
  } catch (error) {
    throw error instanceof ConfigError
      ? new CliError(error.message, context.t("refused.config.remedy"))
      : error;
  }
}

/** A check that breaks is itself a finding: the others still run. */
async function examine(check: Check, patient: Patient): Promise<Finding> {
  try {
    return await check(patient);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const { t } = patient;
    return {
      check: check.name,
      status: "fail",
      text: t("doctor.broken", { check: check.name, detail }),
      remedy: t("doctor.broken.remedy"),
    };
  }
}

function show({ colors, out }: Context, finding: Finding): void {
  const mark = {
    ok: colors.green("✓"),
    warn: colors.yellow("!"),
    fail: colors.red("✗"),
    skip: colors.dim("–"),
  }[finding.status];
  out(`${mark} ${finding.status === "skip" ? colors.dim(finding.text) : finding.text}`);
  if (finding.remedy !== undefined) out(`  ${colors.cyan("→")} ${finding.remedy}`);
}
