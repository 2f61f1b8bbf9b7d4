import picocolors from "picocolors";
import { chooseLanguage, translator, type Language, type Translate } from "./i18n/translate.ts";

type Colors = ReturnType<typeof picocolors.createColors>;

/** What a command gets instead of reaching for the process. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly language: Language;
  readonly t: Translate;
  readonly colors: Colors;
  /** Writes one line to standard output. */
  out(line?: string): void;
  /** Writes one line to standard error: progress and complaints, never results. */
  err(line?: string): void;
}

/** The context of this process. `language` is what `--lang` said. */
export function processContext(language: string | undefined): Context {
  const chosen = chooseLanguage(language, process.env);
  const colors = picocolors.createColors(
    picocolors.isColorSupported && process.env["NO_COLOR"] === undefined,
  );
  return {
    env: process.env,
    language: chosen,
    t: translator(chosen),
    colors,
    out: (line = "") => void process.stdout.write(`${line}\n`),
    err: (line = "") => void process.stderr.write(`${line}\n`),
  };
}
