/** What administrators do: accounts, tokens for them, ending sessions, new signing keys. */
import { limits } from "@godwit/protocol";
import { Type } from "typebox";
import type { Accounts } from "../../accounts/accounts.ts";
import type { AccountRow } from "../../store/port.ts";
import { DeviceId, Name, Password, SignedIn, TimeMs, UserId } from "./account-routes.ts";
import type { HttpBackend } from "./deps.ts";
import { refuse } from "./reply.ts";
import { guardedRoute, type GuardedCall, type Route } from "./route.ts";

const Account = Type.Object({
  user: UserId,
  name: Type.Optional(Name),
  admin: Type.Boolean(),
  disabled: Type.Boolean(),
  /** False for users of a host application, who only come with its tokens. */
  hasPassword: Type.Boolean(),
  createdAt: TimeMs,
});

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
const Reason = Type.String({ maxLength: limits.reasonLengthMax });

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
      query: Type.Object({
        prefix: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 64,
            description: "Beginning of user id or name.",
          }),
        ),
        after: Type.Optional(UserId),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.memberPageMax })),
      }),
      result: Type.Object({
        users: Type.Array(Account),
        partial: Type.Boolean({
          description: "True if there are more: call again with `after` set to `next`.",
        }),
        next: Type.Optional(UserId),
      }),
      errors: [],
      async handle({ query }) {
        const limit = query.limit ?? pageDefault;
        const rows = await users.list(query.prefix, query.after, limit + 1);
        const shown = rows.slice(0, limit);
        const partial = rows.length > limit;
        const next = shown.at(-1)?.user;
        return {
          users: shown.map(accountOf),
          partial,
          ...(partial && next !== undefined ? { next } : {}),
        };
      },
    }),
    guardedRoute({
      ...common,
      method: "POST",
      path: "/api/admin/users",
      summary:
        "Create an account, also while registration is closed. Without a password it can only be used with tokens.",
      body: Type.Object({
        user: UserId,
        password: Type.Optional(Password),
        name: Type.Optional(Name),
        admin: Type.Optional(Type.Boolean()),
      }),
      result: Account,
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
      result: Account,
      errors: ["user_unknown"],
      handle: async ({ user }) => accountOf(await existing(user)),
    }),
    guardedRoute({
      ...common,
      method: "PATCH",
      path: "/api/admin/users/:user",
      summary:
        "Change name, password, disabled or admin. A new password, disabling and taking rights away end the account's tokens and sessions.",
      body: Type.Object({
        name: Type.Optional(Name),
        password: Type.Optional(Password),
        disabled: Type.Optional(Type.Boolean()),
        admin: Type.Optional(Type.Boolean()),
      }),
      result: Account,
      errors: ["user_unknown", "busy"],
      async handle({ principal, user, body }) {
        if (user === principal.user && (body.disabled === true || body.admin === false))
          throw refuse("forbidden", "Ask another administrator: one cannot lock oneself out.");
        await users.update(user, body);
        if (body.disabled === true) await backend.endSessions(user, { close: "account_disabled" });
        else if (body.password !== undefined || body.admin === false)
          await backend.endSessions(user, { close: "signed_out" });
        return accountOf(await existing(user));
      },
    }),
    guardedRoute({
      ...common,
      method: "POST",
      path: "/api/admin/users/:user/token",
      summary: "Sign a token for a user, as a back-end does for its own users and bots.",
      body: Type.Object({
        device: Type.Optional(DeviceId),
        lifetimeMs: Type.Optional(
          Type.Integer({
            minimum: 1_000,
            description: "Cut to the server's own lifetime of tokens.",
          }),
        ),
      }),
      result: SignedIn,
      errors: ["user_unknown", "account_disabled"],
      handle: ({ user, body }) => users.issueToken(user, body),
    }),
    guardedRoute({
      ...common,
      method: "POST",
      path: "/api/admin/users/:user/kick",
      summary: "End a user's live sessions, with a reason that they see. Their tokens stay valid.",
      body: Type.Object({ device: Type.Optional(DeviceId), reason: Type.Optional(Reason) }),
      result: Type.Object({ ended: Type.Integer() }),
      errors: ["user_unknown"],
      async handle({ user, body }: GuardedCall<{ device?: string; reason?: string }>) {
        await existing(user);
        return { ended: await backend.endSessions(user, { close: "kicked", ...body }) };
      },
    }),
    guardedRoute({
      ...common,
      method: "POST",
      path: "/api/admin/keys/rotate",
      summary:
        "Sign with a new key from now on. `revokeOlder` refuses every token signed before, this one too.",
      body: Type.Object({ revokeOlder: Type.Optional(Type.Boolean()) }),
      result: Type.Object({ kid: Type.String() }),
      errors: [],
      handle: ({ body }) => accounts.rotateKey(body.revokeOlder === true),
    }),
  ];
}
