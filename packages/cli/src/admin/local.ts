import type { Config } from "@godwit/server/config";
import type { Context } from "../context.ts";
import type { AccountsAdmin } from "./accounts.ts";
import { explain } from "./refusal.ts";

/** Accounts asked for in one page. */
const pageUsers = 200;

/** Accounts in the data folder itself, for when no server runs on it: the store's lock refuses two at once. */
export async function localAccounts(context: Context, config: Config): Promise<AccountsAdmin> {
  const { openAccounts } = await import("@godwit/server");
  const { accounts, close } = await openAccounts(config);
  /** Refusals of the accounts carry the wire error's name as their reason. */
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (
        error instanceof Error &&
        error.name === "AuthError" &&
        "toWire" in error &&
        typeof error.toWire === "function"
      )
        throw explain(
          context,
          (error as Error & { toWire(): Parameters<typeof explain>[1] }).toWire(),
        );
      throw error;
    }
  };
  const { users } = accounts;
  return {
    add: (user) => told(users.create(user)),
    async list(prefix, after) {
      const { accounts: page, cut } = await told(users.list(prefix, after, pageUsers));
      return { users: page, partial: page.length === pageUsers, cut };
    },
    update: (user, patch) => told(users.update(user, patch)),
    issueToken: (user, options) => told(users.issueToken(user, options)),
    close,
  };
}
