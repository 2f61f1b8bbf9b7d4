/** What people do for themselves: see what invites them, register, sign in, change the password, get a newer token, sign out. */
import type { Result } from "@godwit/protocol";
import type { Accounts } from "../../accounts/accounts.ts";
import type { HttpBackend } from "./deps.ts";
import { ApiError, refuse } from "./reply.ts";
import { guardedRoute, openRoute, type Route } from "./route.ts";
import {
  boolean,
  deviceId,
  ended,
  invitation,
  inviteToken,
  name,
  object,
  password,
  platform,
  signedIn,
  tokenDevice,
  userId,
} from "./schema.ts";

export function accountRoutes(accounts: Accounts, backend: HttpBackend): readonly Route[] {
  return [
    openRoute({
      method: "POST",
      path: "/api/register",
      tag: "accounts",
      summary: "Create an account and sign in.",
      body: object({ user: userId, password, name, device: tokenDevice, platform }, [
        "user",
        "password",
      ]),
      result: signedIn,
      status: 201,
      errors: ["user_exists", "forbidden", "busy"],
      handle: ({ body, address }) => accounts.register({ ...body, address }),
    }),
    openRoute({
      method: "POST",
      path: "/api/login",
      tag: "accounts",
      summary: "Sign in with user and password.",
      body: object({ user: userId, password, device: tokenDevice, platform }, ["user", "password"]),
      result: signedIn,
      errors: ["credentials_wrong", "account_disabled", "too_many_attempts", "busy"],
      handle: ({ body, address }) => accounts.login({ ...body, address }),
    }),
    openRoute({
      method: "POST",
      path: "/api/invite",
      tag: "accounts",
      summary: "What an invite link leads to, for whoever holds it and has no account yet.",
      body: object({ token: inviteToken }, ["token"]),
      result: invitation,
      errors: ["token_invalid", "token_expired", "conversation_dissolved", "conversation_unknown"],
      async handle({ body }) {
        const executed = await backend.visit("peek_invite", body);
        if (!executed.ok) throw new ApiError(executed.error);
        const preview = executed.result as Result<"peek_invite">;
        const inviter = await accounts.users.get(preview.inviter);
        return inviter?.name === undefined ? preview : { ...preview, inviterName: inviter.name };
      },
    }),
    guardedRoute({
      method: "POST",
      path: "/api/password",
      audience: "user",
      tag: "accounts",
      summary: "Change the password. All other tokens and all sessions of the account end.",
      body: object({ password, newPassword: password }, ["password", "newPassword"]),
      result: signedIn,
      errors: ["credentials_wrong", "too_many_attempts", "busy"],
      async handle({ principal, body, address }) {
        const signedIn = await accounts.changePassword(principal, { ...body, address });
        await backend.endSessions(principal.user, {
          close: "signed_out",
          reason: "The password was changed.",
        });
        return signedIn;
      },
    }),
    guardedRoute({
      method: "POST",
      path: "/api/token",
      audience: "user",
      tag: "accounts",
      summary: "Exchange a valid token of this server for a newer one.",
      result: signedIn,
      errors: ["forbidden"],
      handle: ({ principal }) => accounts.refresh(principal),
    }),
    guardedRoute({
      method: "POST",
      path: "/api/sign-out",
      audience: "user",
      tag: "accounts",
      summary:
        "End the tokens and sessions of one device (unless named, the token's own) or of all.",
      body: object({ device: deviceId, everywhere: boolean }, []),
      result: ended,
      errors: [],
      async handle({ principal, body }) {
        if (body.everywhere === true) {
          await accounts.devices.signOutEverywhere(principal.user);
          return { ended: await backend.endSessions(principal.user, { close: "signed_out" }) };
        }
        const device = body.device ?? principal.device;
        if (device === undefined)
          throw refuse(
            "invalid_params",
            "This token is not bound to a device: name a device, or say everywhere.",
          );
        if (!(await accounts.devices.signOut(principal.user, device)))
          throw refuse("invalid_params", "This account has no such device.");
        return {
          ended: await backend.endSessions(principal.user, { close: "signed_out", device }),
        };
      },
    }),
  ];
}
