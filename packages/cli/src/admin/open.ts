import { existsSync } from "node:fs";
import { ConfigError, loadConfig } from "@godwit/server/config";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import { explainRefusal } from "../serve/refusal.ts";
import { httpUrl } from "../system/api.ts";
import { probeServer } from "../system/probe.ts";
import type { AccountsAdmin } from "./accounts.ts";
import { localAccounts } from "./local.ts";
import type { AdminOptions } from "./options.ts";
import { remoteAccounts } from "./remote.ts";

/** Its certificate is hardly for `127.0.0.1`. What is asked of it then is not sent without a check of the certificate. */
const localServer = (url: string) => probeServer(url, { timeoutMs: 1_000, anyCertificate: true });

/**
 * The accounts of the server that was named, else of the one that runs here, else those in the data folder. Without `create` a folder that
 * is not there is refused: it is more likely a wrong name than a wish for a new one.
 */
export async function openAccounts(
  context: Context,
  options: AdminOptions,
  create: boolean,
): Promise<AccountsAdmin> {
  const { env } = context;
  const named = options.url ?? env["GODWIT_URL"];
  if (named !== undefined) return remoteAccounts(context, httpUrl(context, named), options);
  const config = (() => {
    try {
      return loadConfig({
        file: options.config ?? env["GODWIT_CONFIG"],
        env,
        flags: { dataDir: options.data },
      });
    } catch (error) {
      throw error instanceof ConfigError
        ? new CliError(error.message, context.t("refused.config.remedy"))
        : error;
    }
  })();
  const here = `${config.listen.tls === undefined ? "http" : "https"}://127.0.0.1:${config.listen.port}`;
  // A folder that was named is meant, even if a server runs here on another one.
  if (options.data === undefined && (await localServer(here)).kind === "godwit")
    return remoteAccounts(context, here, options);
  if (!create && !existsSync(config.dataDir))
    throw new CliError(
      context.t("admin.no_data", { dir: config.dataDir, url: here }),
      context.t("admin.no_data.remedy"),
    );
  try {
    return await localAccounts(context, config);
  } catch (error) {
    throw await explainRefusal(context, error, config);
  }
}
