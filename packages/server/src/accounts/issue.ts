import type { Clock } from "../lib/clock.ts";
import type { AccountRow, AccountStore } from "../store/port.ts";
import { AuthError } from "./error.ts";
import type { KeyRing } from "./keys.ts";
import { signToken } from "./own-tokens.ts";

/** A token just signed. `expiresAt` in milliseconds since the epoch. */
export interface SignedIn {
  readonly token: string;
  readonly user: string;
  readonly expiresAt: number;
}

export interface IssueDeps {
  readonly store: AccountStore;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly tokenLifetimeMs: number;
}

export interface IssueOptions {
  /** Binds the token to this device. */
  readonly device?: string | undefined;
  /** Cut to the configured lifetime. */
  readonly lifetimeMs?: number | undefined;
  /** As the account was when it was made sure who asks: what was revoked since revokes this too. */
  readonly checked?: Pick<AccountRow, "tokensValidFrom"> | undefined;
}

export type Issue = (user: string, options?: IssueOptions) => Promise<SignedIn>;

/**
 * Signs tokens for accounts as they are now. A token is never older than a revocation that came before it, even if the clock went back since.
 * Errors: user_unknown, account_disabled, credentials_wrong.
 */
export function createIssue({ store, keys, clock, tokenLifetimeMs }: IssueDeps): Issue {
  return async (user, { device, lifetimeMs = tokenLifetimeMs, checked } = {}) => {
    // Not from the cache: a password just set must be followed by a token that outlives the revocation.
    const [[account], devices] = await Promise.all([store.get([user]), store.devices(user)]);
    if (account === undefined) throw new AuthError("user_unknown");
    if (account.disabled) throw new AuthError("account_disabled");
    if (checked !== undefined && checked.tokensValidFrom !== account.tokensValidFrom)
      throw new AuthError("credentials_wrong");
    const deviceValidFrom =
      device === undefined
        ? 0
        : (devices.find((row) => row.device === device)?.tokensValidFrom ?? 0);
    const issuedAt = Math.max(clock.now(), account.tokensValidFrom, deviceValidFrom);
    const expiresAt = issuedAt + Math.min(lifetimeMs, tokenLifetimeMs);
    const token = await signToken(keys, {
      user,
      device,
      admin: account.admin,
      issuedAt,
      expiresAt,
    });
    return { token, user, expiresAt };
  };
}
