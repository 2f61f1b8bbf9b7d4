/** The `godwit` command. */
import { CommanderError } from "commander";
import { processContext } from "./context.ts";
import { CliError } from "./error.ts";
import { commandTree } from "./program.ts";

/** `--lang` counts wherever it stands, before or after the command; it must be known before any text is. */
function takeLanguage(argv: readonly string[]): { language: string | undefined; rest: string[] } {
  const at = argv.findIndex((argument) => argument === "--lang" || argument.startsWith("--lang="));
  if (at < 0) return { language: undefined, rest: [...argv] };
  const [, joined] = argv[at]?.split("=") ?? [];
  const rest = argv.filter(
    (_, index) => index !== at && (joined !== undefined || index !== at + 1),
  );
  return { language: joined ?? argv[at + 1], rest };
}

/** Runs one command line and resolves to its exit code. Failures are told on standard error with what to do next. */
export async function main(argv: readonly string[]): Promise<number> {
  const { language, rest } = takeLanguage(argv);
  const context = processContext(language);
  let code = 0;
  try {
    if (language !== undefined && !/^(en|zh)/i.test(language))
      throw new CliError(
        context.t("lang.unknown", { language }),
        context.t("lang.unknown.remedy"),
        2,
      );
    await commandTree(context, (finished) => (code = finished)).parseAsync(rest, { from: "user" });
    return code;
  } catch (error) {
    // Commander has already said what it found wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode;
    const { colors, t } = context;
    if (error instanceof CliError) {
      // A server's own words may be in it.
      const { manyLines } = await import("./terminal/text.ts");
      context.err(`${colors.red("✗")} ${manyLines(error.message).join("\n")}`);
      context.err(`  ${colors.cyan("→")} ${error.remedy}`);
      return error.exitCode;
    }
    context.err(
      `${colors.red("✗")} ${t("error.unexpected")}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    context.err(`  ${colors.cyan("→")} ${t("error.unexpected.remedy")}`);
    return 70;
  }
}

if (import.meta.main) {
  const code = await main(process.argv.slice(2));
  // What still holds the process open now (a socket, a timer) must not keep the user waiting; what was written to a pipe must still arrive.
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) => new Promise((resolve) => stream.write("", resolve)),
    ),
  );
  process.exit(code);
}
