import type { Context } from "../context.ts";
import { CliError } from "../error.ts";

export interface ServeOptions {
  readonly port?: string;
  readonly host?: string;
  readonly data?: string;
  readonly config?: string;
  readonly logLevel?: string;
  readonly set?: readonly string[];
  /** With a number: chance is repeatable. */
  readonly demo?: true | string;
}

const demoDataDir = "./data/demo";

/** `["listen.port=1"]` as `{"listen.port": "1"}`; the value may contain `=`. */
export function parseSets(context: Context, sets: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    sets.map((set) => {
      const split = set.indexOf("=");
      if (split < 1)
        throw new CliError(
          context.t("set.malformed", { value: set }),
          context.t("set.malformed.remedy"),
          2,
        );
      return [set.slice(0, split), set.slice(split + 1)];
    }),
  );
}

/** The options of `serve` as settings; the short forms win over `--set`. */
export function serveFlags(
  context: Context,
  options: ServeOptions,
): Record<string, string | undefined> {
  const short = {
    "listen.port": options.port,
    "listen.host": options.host,
    // A demo's conversations do not get among real ones unless somebody says so.
    dataDir: options.data ?? (options.demo === undefined ? undefined : demoDataDir),
    "log.level": options.logLevel,
  };
  return {
    ...parseSets(context, options.set ?? []),
    ...Object.fromEntries(Object.entries(short).filter(([, value]) => value !== undefined)),
  };
}
