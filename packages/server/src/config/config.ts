/** The configuration of a server: one typed object from defaults, a file, `GODWIT_*` variables and flags, each stronger than the one before. */
import { checkTogether, checkValue, missing } from "./check.ts";
import { ConfigError, type ConfigProblem } from "./error.ts";
import { listFields } from "./fields.ts";
import { givenSettings, type Config } from "./schema.ts";
import { environmentEntries, fileEntries, flagEntries } from "./sources.ts";

export { describeConfig, defaultConfigFile } from "./describe.ts";
export { ConfigError, type ConfigProblem } from "./error.ts";
export { doorsClosed } from "./protocols/protocols.ts";
export { reservedVariables } from "./sources.ts";
export type { Config } from "./schema.ts";

export interface ConfigSources {
  /** Path of a YAML or JSON file; relative to the working directory. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By dotted path, such as `listen.port`; texts are read as the field's type, undefined ones are passed over. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined;
}

/** Writes a value into nested objects by its dotted path. */
function place(tree: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? path;
  let node = tree;
  for (const name of names) node = (node[name] ??= {}) as Record<string, unknown>;
  node[last] = value;
}

/**
 * The complete configuration: flags over environment over file over defaults. Synchronous; reads nothing but the file.
 * Throws `ConfigError` naming every unknown key (with the nearest known one), wrong type and bound, and what to do about it.
 */
export function loadConfig(sources: ConfigSources): Config {
  const { fields, groups } = listFields();
  const reads = [
    ...(sources.file === undefined ? [] : [fileEntries(sources.file, fields, groups)]),
    environmentEntries(sources.env, fields),
    flagEntries(sources.flags ?? {}, fields),
  ];
  const problems: ConfigProblem[] = reads.flatMap((read) => read.problems);
  const set = new Map<string, unknown>();
  for (const entry of reads.flatMap((read) => read.entries)) {
    const field = fields.find(({ path }) => path === entry.path);
    if (field === undefined) continue;
    const checked = checkValue(field, entry);
    if ("value" in checked) set.set(field.path, checked.value);
    else problems.push(checked.problem);
  }

  const tree: Record<string, unknown> = {};
  for (const group of groups) if (!group.optional) place(tree, group.path, {});
  for (const field of fields) {
    const value = set.get(field.path) ?? structuredClone(field.default);
    if (value !== undefined) place(tree, field.path, value);
    else if (
      field.requiredIn !== undefined &&
      [...set.keys()].some((path) => path.startsWith(`${field.requiredIn}.`))
    )
      problems.push(missing(field));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  // Not enumerable: two configurations are equal if their values are, wherever these came from.
  Object.defineProperty(tree, givenSettings, { value: new Set(set.keys()) });
  const config = tree as unknown as Config;
  const conflicts = checkTogether(config);
  if (conflicts.length > 0) throw new ConfigError(conflicts);
  return config;
}

/** Every setting at its default. A fresh object each time, so tests may spread and change it. */
export function defaultConfig(): Config {
  return loadConfig({ env: {} });
}

/** Whether somebody set this, by its dotted path, or it has its default. A configuration that was not loaded but put together counts as set throughout. */
export function isGiven(config: Config, path: string): boolean {
  return config[givenSettings]?.has(path) ?? true;
}
