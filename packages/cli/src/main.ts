/** The `godwit` command. Commands load when they are called: `godwit --help` must not pay for the server. */
import { Command, CommanderError } from "commander";
import type { ChatOptions } from "./chat/options.ts";
import { processContext, type Context } from "./context.ts";
import { CliError } from "./error.ts";
import type { AdminOptions, AddOptions, ListOptions, TokenOptions } from "./admin/options.ts";
import type { DoctorOptions } from "./doctor/doctor.ts";
import type { ServeOptions } from "./serve/flags.ts";
import { helpTitle } from "./i18n/translate.ts";
import { version } from "./version.ts";

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Builds the command tree; each action stores its exit code through `finish`. */
function build(context: Context, finish: (code: number) => void): Command {
  const { t } = context;
  /** A command in the same language and with the same manners as the others. */
  const within = (parent: Command, usage: string, description: string): Command =>
    parent
      .command(usage)
      .description(description)
      .helpOption("-h, --help", t("help.help"))
      .showHelpAfterError(t("help.after_error"));
  const program = new Command("godwit")
    .description(t("help.about"))
    .version(version, "-V, --version", t("help.version"))
    .helpOption("-h, --help", t("help.help"))
    .helpCommand(`help [${t("help.command_name")}]`, t("help.help"))
    .option("--lang <language>", t("help.lang"))
    .showHelpAfterError(t("help.after_error"))
    .enablePositionalOptions()
    .exitOverride();
  program.configureHelp({
    styleTitle: (title) => context.colors.bold(helpTitle(t, title)),
    styleCommandText: (text) => context.colors.cyan(text),
    styleOptionText: (text) => context.colors.cyan(text),
  });

  within(program, "serve", t("help.serve"))
    .option("-p, --port <port>", t("help.serve.port"))
    .option("--host <address>", t("help.serve.host"))
    .option("-d, --data <folder>", t("help.serve.data"))
    .option("-c, --config <file>", t("help.serve.config"))
    .option("-s, --set <key=value>", t("help.serve.set"), collect)
    .option("--log-level <level>", t("help.serve.log_level"))
    .action(async (options: ServeOptions) =>
      finish(await (await import("./serve/serve.ts")).serve(context, options)),
    );

  within(program, "chat", t("help.chat"))
    .option("-u, --user <name>", t("help.chat.user"))
    .option("--password <password>", t("help.chat.password"))
    .option("--token <token>", t("help.chat.token"))
    .option("-w, --with <user>", t("help.chat.with"))
    .option("-g, --group <title>", t("help.chat.group"))
    .option("--url <url>", t("help.url"))
    .option("--device <id>", t("help.chat.device"))
    .option("--plain", t("help.chat.plain"))
    .action(async (options: ChatOptions) =>
      finish(await (await import("./chat/chat.ts")).chat(context, options)),
    );

  const user = within(program, "user", t("help.user"));
  const admin = (command: Command): Command =>
    command
      .option("--url <url>", t("help.url"))
      .option("--admin <name>", t("help.admin.user"))
      .option("--token <token>", t("help.admin.token"))
      .option("-d, --data <folder>", t("help.admin.data"))
      .option("-c, --config <file>", t("help.serve.config"));
  admin(within(user, "add <user>", t("help.user.add")))
    .option("--password <password>", t("help.user.password_option"))
    .option("--name <name>", t("help.user.name"))
    .option("--administrator", t("help.user.administrator"))
    .action(async (name: string, options: AddOptions) =>
      finish(await (await import("./admin/user.ts")).addUser(context, name, options)),
    );
  admin(within(user, "list [prefix]", t("help.user.list")))
    .option("--json", t("help.json"))
    .action(async (prefix: string | undefined, options: ListOptions) =>
      finish(await (await import("./admin/user.ts")).listUsers(context, prefix, options)),
    );
  for (const [name, disabled] of [
    ["disable", true],
    ["enable", false],
  ] as const)
    admin(within(user, `${name} <user>`, t(`help.user.${name}`))).action(
      async (target: string, options: AdminOptions) =>
        finish(
          await (await import("./admin/user.ts")).setDisabled(context, target, disabled, options),
        ),
    );
  admin(within(user, "password <user>", t("help.user.password")))
    .option("--password <password>", t("help.user.password_option"))
    .action(async (name: string, options: AddOptions) =>
      finish(await (await import("./admin/user.ts")).setPassword(context, name, options)),
    );

  admin(within(program, "token <user>", t("help.token")))
    .option("--lifetime <duration>", t("help.token.lifetime"))
    .option("--device <id>", t("help.token.device"))
    .option("--json", t("help.json"))
    .action(async (name: string, options: TokenOptions) =>
      finish(await (await import("./admin/user.ts")).issueToken(context, name, options)),
    );

  const config = within(program, "config", t("help.config"));
  within(config, "check [file]", t("help.config.check"))
    .option("-s, --set <key=value>", t("help.serve.set"), collect)
    .action(async (file: string | undefined, options: { set?: string[] }) =>
      finish((await import("./config-command.ts")).configCheck(context, file, options.set ?? [])),
    );
  within(config, "default", t("help.config.default")).action(async () =>
    finish((await import("./config-command.ts")).configDefault(context)),
  );
  within(config, "doc", t("help.config.doc")).action(async () =>
    finish((await import("./config-command.ts")).configDoc(context)),
  );

  within(program, "doctor", t("help.doctor"))
    .option("-d, --data <folder>", t("help.serve.data"))
    .option("-c, --config <file>", t("help.serve.config"))
    .option("-p, --port <port>", t("help.serve.port"))
    .option("--url <url>", t("help.url"))
    .option("--json", t("help.json"))
    .action(async (options: DoctorOptions) =>
      finish(await (await import("./doctor/doctor.ts")).doctor(context, options)),
    );

  for (const name of ["bench", "drill"] as const)
    within(program, `${name} [arguments...]`, t(`help.${name}`))
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions()
      .action(async (argv: string[]) =>
        finish(await (await import("./bench-command.ts"))[name](context, argv)),
      );
  return program;
}

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
    await build(context, (finished) => (code = finished)).parseAsync(rest, { from: "user" });
    return code;
  } catch (error) {
    // Commander has already said what it found wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode;
    const { colors, t } = context;
    if (error instanceof CliError) {
      context.err(`${colors.red("✗")} ${error.message}\n  ${colors.cyan("→")} ${error.remedy}`);
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
