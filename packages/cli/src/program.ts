/** The tree of commands. Commands load when they are called: `godwit --help` must not pay for the server. */
import { Command } from "commander";
import type { AdminOptions, AddOptions, ListOptions, TokenOptions } from "./admin/options.ts";
import type { ChatOptions } from "./chat/options.ts";
import type { Context } from "./context.ts";
import type { DoctorOptions } from "./doctor/options.ts";
import { helpTitle } from "./i18n/translate.ts";
import type { ServeOptions } from "./serve/flags.ts";
import { width } from "./terminal/text.ts";
import { version } from "./version.ts";

/** Takes the exit code of the command that ran. */
type Finish = (code: number) => void;
type Add = (program: Command, context: Context, finish: Finish) => void;

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Builds the tree; the action that runs gives its exit code to `finish`. */
export function commandTree(context: Context, finish: Finish): Command {
  const { t } = context;
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
    // Chinese characters take two columns.
    displayWidth: width,
    styleTitle: (title) => context.colors.bold(helpTitle(t, title)),
    styleCommandText: (text) => context.colors.cyan(text),
    styleOptionText: (text) => context.colors.cyan(text),
  });
  for (const add of [addServe, addChat, addUser, addToken, addConfig, addTools])
    add(program, context, finish);
  return program;
}

/** A command in the same language and with the same manners as the others. */
function within(parent: Command, { t }: Context, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .helpOption("-h, --help", t("help.help"))
    .showHelpAfterError(t("help.after_error"));
}

/** The options by which accounts are reached. */
function administered(command: Command, { t }: Context): Command {
  return command
    .option("--url <url>", t("help.url"))
    .option("--admin <name>", t("help.admin.user"))
    .option("--token <token>", t("help.admin.token"))
    .option("-d, --data <folder>", t("help.admin.data"))
    .option("-c, --config <file>", t("help.serve.config"));
}

const addServe: Add = (program, context, finish) => {
  const { t } = context;
  within(program, context, "serve", t("help.serve"))
    .option("-p, --port <port>", t("help.serve.port"))
    .option("--host <address>", t("help.serve.host"))
    .option("-d, --data <folder>", t("help.serve.data"))
    .option("-c, --config <file>", t("help.serve.config"))
    .option("-s, --set <key=value>", t("help.serve.set"), collect)
    .option("--log-level <level>", t("help.serve.log_level"))
    .option("--demo [seed]", t("help.serve.demo"))
    .action(async (options: ServeOptions) =>
      finish(await (await import("./serve/serve.ts")).serve(context, options)),
    );
};

const addChat: Add = (program, context, finish) => {
  const { t } = context;
  within(program, context, "chat", t("help.chat"))
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
};

const addUser: Add = (program, context, finish) => {
  const { t } = context;
  const user = within(program, context, "user", t("help.user"));
  administered(within(user, context, "add <user>", t("help.user.add")), context)
    .option("--password <password>", t("help.user.password_option"))
    .option("--name <name>", t("help.user.name"))
    .option("--administrator", t("help.user.administrator"))
    .action(async (name: string, options: AddOptions) =>
      finish(await (await import("./admin/user.ts")).addUser(context, name, options)),
    );
  administered(within(user, context, "list [prefix]", t("help.user.list")), context)
    .option("--json", t("help.json"))
    .action(async (prefix: string | undefined, options: ListOptions) =>
      finish(await (await import("./admin/user.ts")).listUsers(context, prefix, options)),
    );
  for (const [name, disabled] of [
    ["disable", true],
    ["enable", false],
  ] as const)
    administered(within(user, context, `${name} <user>`, t(`help.user.${name}`)), context).action(
      async (target: string, options: AdminOptions) =>
        finish(
          await (await import("./admin/user.ts")).setDisabled(context, target, disabled, options),
        ),
    );
  administered(within(user, context, "password <user>", t("help.user.password")), context)
    .option("--password <password>", t("help.user.password_option"))
    .action(async (name: string, options: AddOptions) =>
      finish(await (await import("./admin/user.ts")).setPassword(context, name, options)),
    );
};

const addToken: Add = (program, context, finish) => {
  const { t } = context;
  administered(within(program, context, "token <user>", t("help.token")), context)
    .option("--lifetime <duration>", t("help.token.lifetime"))
    .option("--device <id>", t("help.token.device"))
    .option("--json", t("help.json"))
    .action(async (name: string, options: TokenOptions) =>
      finish(await (await import("./admin/user.ts")).issueToken(context, name, options)),
    );
};

const addConfig: Add = (program, context, finish) => {
  const { t } = context;
  const config = within(program, context, "config", t("help.config"));
  within(config, context, "check [file]", t("help.config.check"))
    .option("-s, --set <key=value>", t("help.serve.set"), collect)
    .action(async (file: string | undefined, options: { set?: string[] }) =>
      finish((await import("./config-command.ts")).configCheck(context, file, options.set ?? [])),
    );
  within(config, context, "default", t("help.config.default")).action(async () =>
    finish((await import("./config-command.ts")).configDefault(context)),
  );
  within(config, context, "doc", t("help.config.doc")).action(async () =>
    finish((await import("./config-command.ts")).configDoc(context)),
  );
};

const addTools: Add = (program, context, finish) => {
  const { t } = context;
  within(program, context, "doctor", t("help.doctor"))
    .option("-d, --data <folder>", t("help.serve.data"))
    .option("-c, --config <file>", t("help.serve.config"))
    .option("-p, --port <port>", t("help.serve.port"))
    .option("--url <url>", t("help.url"))
    .option("--json", t("help.json"))
    .action(async (options: DoctorOptions) =>
      finish(await (await import("./doctor/doctor.ts")).doctor(context, options)),
    );

  for (const name of ["bench", "drill"] as const)
    within(program, context, `${name} [arguments...]`, t(`help.${name}`))
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions()
      .action(async (argv: string[]) =>
        finish(await (await import("./bench-command.ts"))[name](context, argv)),
      );
};
