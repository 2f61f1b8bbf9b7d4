import type { ErrorName, Platform } from "@godwit/protocol";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { AccountRow, AccountStore, DeviceRow } from "../store/port.ts";
import type { AccountsConfig } from "./config.ts";
export type { AccountsConfig, HostTokensConfig } from "./config.ts";
export { AuthError } from "./error.ts";

/** Who a token speaks for. */
export interface Principal {
  readonly user: string;
  /** Only own tokens of an account that is an administrator now. */
  readonly admin: boolean;
  /** The device that the token is bound to; absent if it may be used on any. */
  readonly device?: string | undefined;
  /** Milliseconds since the epoch; 0 if a host token does not say. */
  readonly issuedAt: number;
  /** Milliseconds since the epoch; absent if a host token does not expire. */
  readonly expiresAt?: number | undefined;
  readonly source: "own" | "host";
}

/** A token just signed. `expiresAt` in milliseconds since the epoch. */
export interface SignedIn {
  readonly token: string;
  readonly user: string;
  readonly expiresAt: number;
}

/** Everything about accounts. Failures are `AuthError` (with a name of the error table) or the store's `StoreError`. */
export interface Accounts {
  /**
   * Checks signature, times, account and revocation. `device` is the one that the client names in `hello`: a token bound to another
   * is refused, and so is one that was issued before that device was signed out.
   * Errors: token_invalid, token_expired, account_disabled.
   */
  authenticate(token: string, device?: string): Promise<Principal>;
  /** Errors: forbidden (closed), invalid_params, user_exists, rate_limited, busy. */
  register(request: Registration): Promise<SignedIn>;
  /** Errors: credentials_wrong, too_many_attempts, account_disabled, busy. */
  login(request: Login): Promise<SignedIn>;
  /** A new token for the bearer of a valid own one. Errors: forbidden (host tokens come from the host application). */
  refresh(principal: Principal): Promise<SignedIn>;
  /** Ends all other tokens of the account too. The caller ends the sessions. Errors: credentials_wrong, invalid_params, too_many_attempts, busy. */
  changePassword(principal: Principal, change: PasswordChange): Promise<SignedIn>;
  /** The first start's administrator, with its password for this once; undefined on every later start. */
  ensureAdmin(): Promise<{ readonly user: string; readonly password: string } | undefined>;
  /** Signs with a new key from now on. `revokeOlder` refuses every token signed before; else they live out their time. */
  rotateKey(revokeOlder: boolean): Promise<{ readonly kid: string }>;
  readonly users: UserAdmin;
  readonly devices: Devices;
}

export interface Registration {
  readonly user: string;
  readonly password: string;
  readonly name?: string | undefined;
  readonly device?: string | undefined;
  readonly platform?: Platform | undefined;
  /** Network address of the caller, for limits. */
  readonly address: string;
}

export interface Login {
  readonly user: string;
  readonly password: string;
  /** Binds the token to this device. */
  readonly device?: string | undefined;
  readonly platform?: Platform | undefined;
  readonly address: string;
}

export interface PasswordChange {
  readonly password: string;
  readonly newPassword: string;
  readonly address: string;
}

/** What administrators do. No limits by address, registration may be closed. */
export interface UserAdmin {
  get(user: string): Promise<AccountRow | undefined>;
  /** By user id after `after`; `prefix` of id or name without case. */
  list(prefix: string | undefined, after: string | undefined, limit: number): Promise<readonly AccountRow[]>;
  /** Without a password the account can only be used with tokens. Errors: invalid_params, user_exists, busy. */
  create(account: { readonly user: string; readonly password?: string | undefined; readonly name?: string | undefined; readonly admin?: boolean | undefined }): Promise<void>;
  /** A new password or `disabled: true` revokes the account's tokens. The caller ends its sessions. Errors: user_unknown, invalid_params, busy. */
  update(user: string, patch: UserPatch): Promise<void>;
  /** Signs a token for the user. `lifetimeMs` is cut to the configured one. Errors: user_unknown, account_disabled, invalid_params. */
  issueToken(user: string, options?: { readonly device?: string | undefined; readonly lifetimeMs?: number | undefined }): Promise<SignedIn>;
}

export interface UserPatch {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly admin?: boolean | undefined;
}

/** The registry of devices, and the ends of their tokens. The caller ends the sessions. */
export interface Devices {
  list(user: string): Promise<readonly DeviceRow[]>;
  /** Records that the device was seen now. Written at most once a minute per device unless `force` (as at a disconnect). */
  seen(user: string, device: string, platform: Platform, force?: boolean): Promise<void>;
  /** Revokes the tokens used on one device until now; false if the device is unknown. */
  signOut(user: string, device: string): Promise<boolean>;
  /** Revokes every token of the user issued until now. Errors: user_unknown. */
  signOutEverywhere(user: string): Promise<void>;
}

export interface AccountsDeps {
  readonly store: AccountStore;
  readonly config: AccountsConfig;
  readonly clock: Clock;
  readonly random: Random;
  /** Told what an operator should know, such as a key file that became unreadable. */
  readonly warn?: ((message: string) => void) | undefined;
}
