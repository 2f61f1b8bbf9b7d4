/** Where settings come from. Each source becomes a list of entries; nothing is checked here but names. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ConfigError, type ConfigProblem } from "./error.ts";
import { variableOf, type Field, type Group } from "./fields.ts";
import { nearest } from "./nearest.ts";

/** A value that somebody set. `text` ones (environment, flags) still have to be read as the field's type. */
export interface Entry {
  readonly path: string;
  readonly value: unknown;
  readonly source: string;
  readonly text: boolean;
}

export interface Read {
  readonly entries: readonly Entry[];
  readonly problems: readonly ConfigProblem[];
}

/** Variables with the same prefix that are not settings of the server but belong to the command line and the tests. */
export const reservedVariables: readonly string[] = [
  "GODWIT_CONFIG",
  "GODWIT_LANG",
  "GODWIT_URL",
  "GODWIT_USER",
  "GODWIT_PASSWORD",
  "GODWIT_TOKEN",
];

function unknown(
  path: string,
  source: string,
  known: readonly string[],
  what: string,
): ConfigProblem {
  const near = nearest(path, known);
  return {
    path,
    source,
    problem: `there is no such ${what}${near === undefined ? "" : `; the nearest is ${near}`}`,
    remedy:
      near === undefined
        ? "remove it; `godwit config doc` lists all settings"
        : `write ${near}, or remove it`,
  };
}

function parse(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      {
        path: file,
        source: "file",
        problem: `cannot be read: ${problem}`,
        remedy: "check the path and its permissions, or leave the file out",
      },
    ]);
  }
  try {
    if (file.endsWith(".json")) return JSON.parse(text);
    // Loaded only here: most starts have no file, and a YAML parser costs start-up time.
    const yaml = createRequire(import.meta.url)("yaml") as typeof import("yaml");
    return yaml.parse(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message.split("\n")[0] : String(error);
    const format = file.endsWith(".json") ? "JSON" : "YAML";
    throw new ConfigError([
      {
        path: file,
        source: "file",
        problem: `is not valid ${format}: ${problem}`,
        remedy: "mend it; `godwit config default` prints a whole valid file",
      },
    ]);
  }
}

/** Reads a YAML or (by its name ending in .json) JSON file. Throws `ConfigError` if it cannot be read or parsed. */
export function fileEntries(
  file: string,
  fields: readonly Field[],
  groups: readonly Group[],
): Read {
  const entries: Entry[] = [];
  const problems: ConfigProblem[] = [];
  const known = [...groups.map((group) => group.path), ...fields.map((field) => field.path)];
  const walk = (node: unknown, prefix: string) => {
    // A group whose lines are all commented out is null in YAML.
    if (node === null || node === undefined) return;
    if (typeof node !== "object" || Array.isArray(node)) {
      problems.push({
        path: prefix === "" ? file : prefix,
        source: file,
        problem: `is ${JSON.stringify(node)}, but must be a group of settings`,
        remedy: "write its settings indented below it, as `godwit config default` shows",
      });
      return;
    }
    for (const [name, value] of Object.entries(node)) {
      const path = prefix === "" ? name : `${prefix}.${name}`;
      if (groups.some((group) => group.path === path)) walk(value, path);
      else if (fields.some((field) => field.path === path))
        entries.push({ path, value, source: file, text: false });
      else problems.push(unknown(path, file, known, "setting"));
    }
  };
  walk(parse(file), "");
  return { entries, problems };
}

/** Reads `GODWIT_*`; other variables are not ours. An empty variable counts as not set. */
export function environmentEntries(
  env: Readonly<Record<string, string | undefined>>,
  fields: readonly Field[],
): Read {
  const entries: Entry[] = [];
  const problems: ConfigProblem[] = [];
  const paths = new Map(fields.map((field) => [variableOf(field.path), field.path]));
  for (const [name, value] of Object.entries(env)) {
    if (
      !name.startsWith("GODWIT_") ||
      value === undefined ||
      value === "" ||
      reservedVariables.includes(name)
    )
      continue;
    const path = paths.get(name);
    if (path !== undefined) entries.push({ path, value, source: name, text: true });
    else
      problems.push(
        unknown(name, "environment", [...paths.keys(), ...reservedVariables], "variable"),
      );
  }
  return { entries, problems };
}

/** Reads flags, which are named by dotted path. */
export function flagEntries(
  flags: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
): Read {
  const entries: Entry[] = [];
  const problems: ConfigProblem[] = [];
  const known = fields.map((field) => field.path);
  for (const [path, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    if (known.includes(path))
      entries.push({ path, value, source: "flag", text: typeof value === "string" });
    else problems.push(unknown(path, "flag", known, "setting"));
  }
  return { entries, problems };
}
