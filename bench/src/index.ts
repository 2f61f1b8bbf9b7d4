/** The load generator and the drills, as the command line calls them. */
import { CannotRun } from "./cannot-run.ts";
import type { Voice } from "./console.ts";
import { consoleVoice } from "./console.ts";
import { crash } from "./drill/crash.ts";
import { migrate } from "./drill/migrate.ts";
import { drills, parseOptions, scenarios, usage, UsageError } from "./options.ts";
import type { Options } from "./options.ts";
import type { Report } from "./report.ts";
import { burst } from "./scenarios/burst.ts";
import { churn } from "./scenarios/churn.ts";
import { idle } from "./scenarios/idle.ts";
import { startup } from "./scenarios/startup.ts";
import { steady } from "./scenarios/steady.ts";
import { drillTable, table } from "./table.ts";

const runs: Readonly<Record<string, (options: Options, voice: Voice) => Promise<Report>>> = {
  direct: (options, voice) => steady("direct", options, voice),
  group: (options, voice) => steady("group", options, voice),
  idle,
  churn,
  burst,
  startup,
};

/** `godwit bench …`: resolves to the exit code, 0 only if nothing was lost, duplicated or reordered. */
export async function benchCommand(argv: string[]): Promise<number> {
  return run(argv, scenarios, async (name, options) => {
    const report = await (runs[name] as (options: Options, voice: Voice) => Promise<Report>)(
      options,
      consoleVoice(),
    );
    console.log(options.json ? JSON.stringify(report) : table(report));
    return report.failures.length === 0 ? 0 : 1;
  });
}

/** `godwit drill …`: resolves to the exit code, 0 only if the server kept what it had acknowledged. */
export async function drillCommand(argv: string[]): Promise<number> {
  return run(argv, drills, async (name, options) => {
    const report = await (name === "crash" ? crash : migrate)(options, consoleVoice());
    console.log(options.json ? JSON.stringify(report) : drillTable(report));
    return report.failures.length === 0 ? 0 : 1;
  });
}

async function run(
  argv: string[],
  names: readonly string[],
  work: (name: string, options: Options) => Promise<number>,
): Promise<number> {
  // An interrupted run must not leave its server behind: what was started ends with this process, if it exits in order.
  const onSignal = () => process.exit(130);
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const { name, help, options } = parseOptions(argv, names);
    if (help) {
      console.log(usage);
      return 0;
    }
    return await work(name, options);
  } catch (error) {
    if (error instanceof CannotRun) {
      console.error(error.message);
      return 2;
    }
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}
