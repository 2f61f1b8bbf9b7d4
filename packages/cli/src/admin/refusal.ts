import type { WireError } from "@godwit/protocol";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";

/** A refusal by the accounts with what an administrator can do about it. */
export function explain({ t }: Context, error: Pick<WireError, "name" | "message">): CliError {
  switch (error.name) {
    case "user_exists":
      return new CliError(t("user.exists"), t("user.exists.remedy"));
    case "user_unknown":
      return new CliError(t("user.unknown"), t("user.unknown.remedy"));
    case "forbidden":
    case "token_invalid":
    case "token_expired":
      return new CliError(error.message, t("admin.forbidden.remedy"));
    case "invalid_params":
      return new CliError(error.message, t("user.invalid.remedy"));
    default:
      return new CliError(error.message, t("admin.other.remedy"));
  }
}
