/** What administrators do: accounts, tokens for them, ending sessions, new signing keys. */
import { limits } from "@godwit/protocol";
import type { Accounts } from "../../accounts/accounts.ts";
import type { AccountRow } from "../../store/port.ts";
import type { HttpBackend } from "./deps.ts";
import { refuse } from "./reply.ts";
import { guardedRoute, type Route } from "./route.ts";
import {
  boolean,
  deviceId,
  ended,
  listOf,
  name,
  object,
  password,
  reason,
  signedIn,
  timeMs,
  userId,
} from "./schema.ts";

const account = object(
  {
    user: userId,
    name,
    admin: boolean,
    disabled: boolean,
    hasPassword: {
      ...boolean,
      description: "false for users of a host application, who only come with its tokens",
    },
    createdAt: timeMs,
  },
  ["user", "admin", "disabled", "hasPassword", "createdAt"],
);

/** An account as administrators see it: without the hash. */
function accountOf({ user, name, admin, disabled, passwordHash, createdAt }: AccountRow) {
  return {
    user,
    ...(name === undefined ? {} : { name }),
    admin,
    disabled,
    hasPassword: passwordHash !== undefined,
    createdAt,
  };
}

const pageDefault = 100;
const page = object(
  {
    prefix: {
      type: "string",
      minLength: 1,
      maxLength: 64,
      description: "beginning of user id or name",
    },
    after: userId,
    limit: { type: "integer", minimum: 1, maximum: limits.memberPageMax },
  },
  [],
);
const usersPage = object(
  {
    users: listOf(account),
    partial: {
      ...boolean,
      description: "true if there are more: call again with `after` set to `next`",
    },
    next: userId,
    cut: {
      ...boolean,
      description:
        "true if so many begin with the prefix that not all were looked at: use a longer one",
    },
  },
  ["users", "partial"],
);
const lifetimeMs = {
  type: "integer",
  minimum: 1_000,
  description: "cut to the server's own lifetime of tokens",
} as const;

export function adminRoutes(accounts: Accounts, backend: HttpBackend): readonly Route[] {
  const { users } = accounts;
  const common = { audience: "admin", tag: "administration" } as const;

  async function existing(user: string): Promise<AccountRow> {
    const account = await users.get(user);
    if (account === undefined) throw refuse("user_unknown");
    return account;
  }

  return [
    guardedRoute({
      ...common,
      method: "GET",
      path: "/api/admin/users",
      summary: "List accounts by user id, page by page through `after`.",
      query: page,
      result: usersPage,
      errors: [],
      async handle({ query }) {
        const limit = query.limit ?? pageDefault;
        const { accounts: rows, cut } = await users.list(query.prefix, query.after, limit + 1);
        const shown = rows.slice(0, limit);
        const partial = rows.length > limit;
        const next = shown.at(-1)?.user;
        return {
          users: shown.map(accountOf),
          partial,
          ...(partial && next !== undefined ? { next } : {}),
          ...(cut ? { cut } : {}),
        };
      },
    }),
    guardedRoute({
      ...common,
      method: "POST",
      path: "/api/admin/users",
      summary:
        "Create an account, also while registration is closed. Without a password it can only be used with tokens.",
      body: object({ user: userId, password, name, admin: boolean }, ["user"]),
      result: account,
      status: 201,
      errors: ["user_exists", "busy"],
      async handle({ body }) {
        await users.create(body);
        return accountOf(await existing(body.user));
      },
    }),
    guardedRoute({
      ...common,
      method: "GET",
      path: "/api/admin/users/:user",
      summary: "One account.",
      result: account,
      errors: ["user_unknown"],
      handle: async ({ user }) => accountOf(await existing(user)),
    }),
    guardedRoute({
      ...common,
      method: "PATCH",
      path: "/api/admin/users/:user",
      summary:
        "Change name, password, disabled or admin. A new password, disabling and taking rights away end the account's tokens and sessions.",
      body: object({ name, password, disabled: boolean, admin: boolean }, []),
      result: account,
      errors: ["user_unknown", "busy"],
      async handle({ principal, user, body }) {
        if (user === principal.user && (body.disabled === true || body.admin === false))
          throw refuse("forbidden", "Ask another administrator: one cannot lock oneself out.");
        await users.update(user, body);
        if (body.disabled === true) await backend.endSessions(user, { close: "account_disabled" });
        else if (body.password !== undefined || body.admin === false)
          await backend.endSessions(user, { close: "signed_out" });
        if (body.name !== undefined) await backend.renamed(user, body.name);
        return accountOf(await existing(user));
      },
    }),
    guardedRoute({
      ...common,
      method: "POST",
      path: "/api/admin/users/:user/token",
      summary: "Sign a token for a user, as a back-end does for its own users and bots.",
      body: object({ device: deviceId, lifetimeMs }, []),
      result: signedIn,
      errors: ["user_unknown", "account_disabled"],
      handle: ({ user, body }) => users.issueToken(user, body),
    }),
    guardedRoute({
      ...common,
      method: "POST",
      path: "/api/admin/users/:user/kick",
      summary: "End a user's live sessions, with a reason that they see. Their tokens stay valid.",
      body: object({ device: deviceId, reason }, []),
      result: ended,
      errors: ["user_unknown"],
      async handle({ user, body }) {
        await existing(user);
        const end = { close: "kicked", device: body.device, reason: body.reason } as const;
        return { ended: await backend.endSessions(user, end) };
      },
    }),
    guardedRoute({
      ...common,
      method: "POST",
      path: "/api/admin/keys/rotate",
      summary:
        "Sign with a new key from now on. `revokeOlder` refuses every token signed before, this one too.",
      body: object({ revokeOlder: boolean }, []),
      result: object({ kid: { type: "string" } }, ["kid"]),
      errors: [],
      handle: ({ body }) => accounts.rotateKey(body.revokeOlder === true),
    }),
  ];
}
