import { lookup } from "node:dns/promises";
import { ConfigError, type Config } from "@godwit/server/config";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import type { MessageKey } from "../i18n/en.ts";
import { portOwner } from "../system/port-owner.ts";
import { probeServer } from "../system/probe.ts";

const storeReasons = ["full", "unavailable", "read_only", "newer_schema", "corrupt"] as const;

/** Turns what stopped a server from starting into something to act on; what is not known is passed through. */
export async function explainRefusal(
  context: Context,
  error: unknown,
  config: Config | undefined,
): Promise<unknown> {
  const { t } = context;
  if (error instanceof ConfigError) return new CliError(error.message, t("refused.config.remedy"));
  if (!(error instanceof Error) || config === undefined) return error;
  const port = config.listen.port;
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  // A name without an address is reported as if the port were taken.
  if (code === "EADDRINUSE" && !(await hasAddress(config.listen.host)))
    return new CliError(t("refused.host", { host: config.listen.host }), t("refused.host.remedy"));
  if (code === "EADDRINUSE") {
    const owner = portOwner(port);
    const who = owner === undefined ? "" : t("refused.port.owner", owner);
    const scheme = config.listen.tls === undefined ? "http" : "https";
    const there = await probeServer(`${scheme}://127.0.0.1:${port}`, {
      timeoutMs: 500,
      anyCertificate: true,
    });
    const godwit = there.kind === "godwit";
    return new CliError(
      `${t(godwit ? "refused.port.godwit" : "refused.port", { port })}${who}`,
      t("refused.port.remedy", { other: port + 1 }),
    );
  }
  if (code === "EACCES" && port < 1024 && port > 0)
    return new CliError(t("refused.privileged", { port }), t("refused.privileged.remedy"));
  if (code === "EADDRNOTAVAIL")
    return new CliError(t("refused.host", { host: config.listen.host }), t("refused.host.remedy"));
  const known = storeReasons.find((name) => name === reason);
  if (known === undefined) return error;
  const key: MessageKey = `refused.store.${known}`;
  return new CliError(
    `${t(key, { dir: config.dataDir })} (${error.message})`,
    t(`${key}.remedy` as MessageKey, { dir: config.dataDir }),
  );
}

const hasAddress = (host: string) =>
  lookup(host).then(
    () => true,
    () => false,
  );
