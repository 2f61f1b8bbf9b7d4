import {
  ConfigError,
  defaultConfig,
  defaultConfigFile,
  describeConfig,
  loadConfig,
} from "@godwit/server/config";
import type { Context } from "./context.ts";
import { parseSets } from "./serve/flags.ts";

/** `config check`: 0 and what differs from the defaults, or 1 and every problem. */
export function configCheck(
  context: Context,
  file: string | undefined,
  sets: readonly string[],
): number {
  const { t, colors } = context;
  const used = file ?? context.env["GODWIT_CONFIG"];
  try {
    const config = loadConfig({ file: used, env: context.env, flags: parseSets(context, sets) });
    context.out(
      `${colors.green("✓")} ${t("config.valid", { source: used ?? t("config.environment") })}`,
    );
    const changed = differences("", defaultConfig(), config);
    if (changed.length === 0) context.out(`  ${t("config.all_default")}`);
    for (const line of changed) context.out(`  ${line}`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    context.err(`${colors.red("✗")} ${error.message}`);
    return 1;
  }
}

export function configDefault(context: Context): number {
  context.out(defaultConfigFile().trimEnd());
  return 0;
}

export function configDoc(context: Context): number {
  context.out(describeConfig().trimEnd());
  return 0;
}

/** `path: value` of every setting that differs; secrets as `(hidden)`. */
function differences(prefix: string, before: unknown, after: unknown): string[] {
  if (after !== null && typeof after === "object" && !Array.isArray(after)) {
    const old = (before ?? {}) as Record<string, unknown>;
    return Object.entries(after).flatMap(([name, value]) =>
      differences(prefix === "" ? name : `${prefix}.${name}`, old[name], value),
    );
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [`${prefix}: ${/secret|token$/i.test(prefix) ? "(hidden)" : JSON.stringify(after)}`];
}
