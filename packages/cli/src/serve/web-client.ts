import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "@godwit/server/config";

/** Where `npm start` builds the web client; not there in an installation of the command alone. */
const built = fileURLToPath(new URL("../../../../apps/web/dist", import.meta.url));

/** The configuration with the web client of this clone, unless another folder is configured or none was built. */
export function withWebClient(config: Config, folder: string = built): Config {
  if (config.webDir !== undefined || !existsSync(join(folder, "index.html"))) return config;
  return { ...config, webDir: folder };
}
