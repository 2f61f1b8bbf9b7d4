import type { WireError } from "@godwit/protocol";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import { ApiError, callApi } from "../system/api.ts";
import { askSecret, interactive } from "../terminal/ask.ts";
import type { AccountsAdmin, Listed, SignedToken } from "./accounts.ts";
import type { AdminOptions } from "./options.ts";
import { explain } from "./refusal.ts";

/** Accounts of a running server, through its HTTP API with an administrator's token. */
export async function remoteAccounts(
  context: Context,
  url: string,
  options: AdminOptions,
): Promise<AccountsAdmin> {
  const token = await adminToken(context, url, options);
  const call = async <T>(
    method: "GET" | "POST" | "PATCH",
    path: string,
    body?: unknown,
  ): Promise<T> => {
    try {
      return await callApi<T>(context, url, method, path, {
        token,
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      throw error instanceof ApiError ? explain(context, error.wire) : error;
    }
  };
  const of = (user: string) => `/api/admin/users/${encodeURIComponent(user)}`;
  return {
    add: async (user) => void (await call("POST", "/api/admin/users", user)),
    async list(prefix, after) {
      const query = new URLSearchParams({
        limit: "200",
        ...(prefix === undefined ? {} : { prefix }),
        ...(after === undefined ? {} : { after }),
      });
      return call<{ users: Listed[]; partial: boolean; cut?: boolean }>(
        "GET",
        `/api/admin/users?${query}`,
      );
    },
    update: async (user, patch) => void (await call("PATCH", of(user), patch)),
    issueToken: (user, wanted) => call<SignedToken>("POST", `${of(user)}/token`, wanted),
    close: () => Promise.resolve(),
  };
}

/** The token given, or one for the administrator whose password is in the environment or asked for. */
async function adminToken(context: Context, url: string, options: AdminOptions): Promise<string> {
  const { t, env } = context;
  const given = options.token ?? env["GODWIT_TOKEN"];
  if (given !== undefined) return given;
  const user = options.admin ?? env["GODWIT_USER"] ?? "admin";
  const password =
    env["GODWIT_PASSWORD"] ??
    (interactive() ? await askSecret(context, t("admin.ask_password", { user, url })) : undefined);
  if (password === undefined)
    throw new CliError(t("admin.no_credentials", { url }), t("admin.no_credentials.remedy"));
  try {
    return (
      await callApi<{ token: string }>(context, url, "POST", "/api/login", {
        body: { user, password },
      })
    ).token;
  } catch (error) {
    throw error instanceof ApiError
      ? new CliError(
          t("admin.sign_in_failed", { user, detail: error.wire.message }),
          remedyFor(context, error.wire),
        )
      : error;
  }
}

function remedyFor({ t }: Context, error: WireError): string {
  if (error.name === "too_many_attempts")
    return t("login.wait", { seconds: Math.ceil((error.retryAfterMs ?? 60_000) / 1_000) });
  return t("admin.sign_in_failed.remedy");
}
