/** One thing wrong with the configuration. */
export interface ConfigProblem {
  /** Dotted path of the setting, or the name as it was written if there is no such setting. */
  readonly path: string;
  /** Where it came from: a file, an environment variable or a flag. */
  readonly source: string;
  /** What is wrong, with value and expectation. */
  readonly problem: string;
  readonly remedy: string;
}

/** The configuration is refused; nothing was started. All problems are listed, not only the first. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(
      ({ path, source, problem, remedy }) => `  ${path} (${source}): ${problem}\n    → ${remedy}`,
    );
    super(`The configuration is not valid:\n${lines.join("\n")}`);
    this.problems = problems;
  }
}

/** What a setting names (a certificate, a list of words, a key) turned out to be unusable when it was to be taken into use. */
export function unusable(path: string, error: unknown): ConfigError {
  const problem = error instanceof Error ? error.message : String(error);
  const remedy = "correct what it names, or name another";
  return new ConfigError([{ path, source: "as configured", problem, remedy }]);
}
