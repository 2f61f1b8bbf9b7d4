/** `godwit user …` and `godwit token`. */
import { randomInt } from "node:crypto";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import { askSecret, interactive } from "../terminal/ask.ts";
import { oneLine, pad, width } from "../terminal/text.ts";
import type { AccountsAdmin, Listed } from "./accounts.ts";
import { openAccounts } from "./open.ts";
import type { AddOptions, AdminOptions, ListOptions, TokenOptions } from "./options.ts";

export async function addUser(
  context: Context,
  user: string,
  options: AddOptions,
): Promise<number> {
  return within(
    context,
    options,
    async (accounts) => {
      const { password, made } = await choosePassword(context, user, options);
      await accounts.add({ user, password, name: options.name, admin: options.administrator });
      context.out(`${context.colors.green("✓")} ${context.t("user.added", { user })}`);
      if (made) context.out(`  ${context.t("user.password_made", { password })}`);
    },
    true,
  );
}

export async function setPassword(
  context: Context,
  user: string,
  options: AddOptions,
): Promise<number> {
  return within(context, options, async (accounts) => {
    const { password, made } = await choosePassword(context, user, options);
    await accounts.update(user, { password });
    context.out(`${context.colors.green("✓")} ${context.t("user.password_set", { user })}`);
    if (made) context.out(`  ${context.t("user.password_made", { password })}`);
  });
}

export async function setDisabled(
  context: Context,
  user: string,
  disabled: boolean,
  options: AdminOptions,
): Promise<number> {
  return within(context, options, async (accounts) => {
    await accounts.update(user, { disabled });
    context.out(
      `${context.colors.green("✓")} ${context.t(disabled ? "user.disabled" : "user.enabled", { user })}`,
    );
  });
}

export async function listUsers(
  context: Context,
  prefix: string | undefined,
  options: ListOptions,
): Promise<number> {
  return within(context, options, async (accounts) => {
    let after: string | undefined;
    let count = 0;
    let cut = false;
    // Page by page, so that a million accounts are printed in bounded memory.
    for (let partial = true; partial;) {
      const page = await accounts.list(prefix, after);
      for (const user of page.users)
        context.out(options.json === true ? JSON.stringify(user) : row(context, user));
      count += page.users.length;
      cut ||= page.cut === true;
      after = page.users.at(-1)?.user;
      partial = page.partial && after !== undefined;
    }
    if (options.json !== true) context.out(context.colors.dim(context.t("user.count", { count })));
    if (cut) context.err(context.colors.yellow(context.t("user.cut")));
  });
}

export async function issueToken(
  context: Context,
  user: string,
  options: TokenOptions,
): Promise<number> {
  const lifetimeMs =
    options.lifetime === undefined ? undefined : durationMs(context, options.lifetime);
  return within(context, options, async (accounts) => {
    const signed = await accounts.issueToken(user, { lifetimeMs, device: options.device });
    context.out(options.json === true ? JSON.stringify(signed) : signed.token);
    // The token alone goes to standard output, so that it can be used in a script.
    if (options.json !== true)
      context.err(
        context.colors.dim(
          context.t("token.expires", { user, time: new Date(signed.expiresAt).toISOString() }),
        ),
      );
  });
}

async function within(
  context: Context,
  options: AdminOptions,
  work: (accounts: AccountsAdmin) => Promise<void>,
  create = false,
): Promise<number> {
  const accounts = await openAccounts(context, options, create);
  try {
    await work(accounts);
    return 0;
  } finally {
    await accounts.close();
  }
}

/** The password given or typed; an empty answer, or nobody to ask, makes one. */
async function choosePassword(
  context: Context,
  user: string,
  options: AddOptions,
): Promise<{ password: string; made: boolean }> {
  if (options.password !== undefined) return { password: options.password, made: false };
  const typed = interactive()
    ? await askSecret(context, context.t("user.ask_password", { user }))
    : "";
  return typed === "" ? { password: makePassword(), made: true } : { password: typed, made: false };
}

/** Letters and digits that are not mistaken for one another; 16 of them are 80 bits. */
const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

function makePassword(): string {
  const group = () =>
    Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join("");
  return [group(), group(), group(), group()].join("-");
}

function row({ t, colors }: Context, user: Listed): string {
  const marks = [
    user.admin ? colors.yellow(t("user.is_admin")) : "",
    user.disabled ? colors.red(t("user.is_disabled")) : "",
  ].filter((mark) => mark !== "");
  const name = oneLine(user.name ?? "");
  const columns = [
    pad(user.user, 24),
    pad(name, Math.max(20, width(name))),
    new Date(user.createdAt).toISOString().slice(0, 10),
    ...marks,
  ];
  return columns.join("  ").trimEnd();
}

const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90s`, `30m`, `12h` or `7d` in milliseconds. */
export function durationMs({ t }: Context, text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount === undefined || Number(amount) === 0)
    throw new CliError(t("duration.malformed", { value: text }), t("duration.malformed.remedy"), 2);
  return Number(amount) * (unitsMs[unit ?? ""] ?? 0);
}
