import { GodwitError, login, register } from "@godwit/client";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import { unreachable } from "../system/api.ts";
import { askSecret, askText, askYes, interactive } from "../terminal/ask.ts";
import type { ChatOptions } from "./options.ts";

export interface SignedIn {
  /** Empty if only a token says who it is. */
  readonly user: string;
  /** Gets a token whenever the client wants one. */
  readonly token: string | (() => Promise<{ token: string }>);
}

/** Signs in, or registers a name that is not taken. Asks for what is missing where somebody can answer. */
export async function signIn(
  context: Context,
  url: string,
  options: ChatOptions,
): Promise<SignedIn> {
  const { t, env } = context;
  const given = options.token ?? env["GODWIT_TOKEN"];
  if (given !== undefined) return { user: options.user ?? "", token: given };
  const user =
    options.user ??
    env["GODWIT_USER"] ??
    (interactive() ? await askText(context, t("chat.ask_user")) : undefined);
  if (user === undefined || user === "")
    throw new CliError(t("chat.no_user"), t("chat.no_user.remedy"), 2);
  const known = options.password ?? env["GODWIT_PASSWORD"];
  const password =
    known ??
    (interactive() ? await askSecret(context, t("chat.ask_password", { user })) : undefined);
  if (password === undefined || password === "")
    throw new CliError(t("chat.no_password", { user }), t("chat.no_password.remedy"), 2);

  const credentials = { url, user, password };
  try {
    return { user, token: renewing(await login(credentials), credentials) };
  } catch (error) {
    if (!(error instanceof GodwitError) || error.name !== "credentials_wrong")
      throw refusal(context, url, user, error);
  }
  // A wrong password and an unknown name look alike from outside, so that nobody can find out who is registered: registering tells.
  const wanted = known !== undefined || (await askYes(context, t("chat.ask_register", { user })));
  if (!wanted)
    throw new CliError(t("chat.wrong_password", { user }), t("chat.wrong_password.remedy"));
  return enrol(context, credentials, known === undefined);
}

/** Registers the name; a password that the server does not take is asked for again, where there is someone to ask. */
async function enrol(
  context: Context,
  credentials: { url: string; user: string; password: string },
  asks: boolean,
): Promise<SignedIn> {
  const { url, user } = credentials;
  const { t } = context;
  try {
    const registered = await register(credentials);
    context.err(t("chat.registered", { user }));
    return { user, token: renewing(registered, credentials) };
  } catch (error) {
    const another = error instanceof GodwitError && error.name === "invalid_params" && asks;
    if (!another) throw refusal(context, url, user, error);
    context.err(error.message);
  }
  const password = await askSecret(context, t("chat.ask_password", { user }));
  return enrol(context, { ...credentials, password }, asks);
}

/** The first token that was got, and a new sign-in whenever it has run out. */
function renewing(
  first: { token: string; expiresAt: number },
  credentials: Parameters<typeof login>[0],
): () => Promise<{ token: string }> {
  let fresh: typeof first | undefined = first;
  return async () => {
    const answer =
      fresh !== undefined && fresh.expiresAt > Date.now() + 60_000
        ? fresh
        : await login(credentials);
    fresh = undefined;
    return answer;
  };
}

function refusal(context: Context, url: string, user: string, error: unknown): unknown {
  const { t } = context;
  if (!(error instanceof GodwitError)) return error;
  switch (error.name) {
    case "user_exists":
    case "credentials_wrong":
      return new CliError(t("chat.wrong_password", { user }), t("chat.wrong_password.remedy"));
    case "http_failed":
      return unreachable(context, url, error.message);
    case "invalid_params":
      return new CliError(error.message, t("user.invalid.remedy"));
    case "forbidden":
      return new CliError(
        t("chat.registration_closed"),
        t("chat.registration_closed.remedy", { user }),
      );
    case "account_disabled":
      return new CliError(error.message, t("chat.account_disabled.remedy"));
    default:
      return new CliError(
        error.message,
        error.retryable
          ? t("login.wait", { seconds: Math.ceil((error.retryAfterMs ?? 10_000) / 1_000) })
          : t("admin.other.remedy"),
      );
  }
}
