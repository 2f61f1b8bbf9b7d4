/** Accounts, tokens and devices, composed over the account store. The entry point of this folder. */
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { AccountStore } from "../store/port.ts";
import { createAttempts } from "./attempts.ts";
import { createAuthenticate, createConfirm, type Principal } from "./authenticate.ts";
import type { AccountsConfig } from "./config.ts";
import { createDevices, type Devices } from "./devices.ts";
import { ensureFirstAdmin } from "./first-admin.ts";
import { openHostTokens } from "./host-tokens.ts";
import { createInvites, type Invites } from "./invites.ts";
import { createIssue, type SignedIn } from "./issue.ts";
import { openKeyRing } from "./keys.ts";
import { createPasswordHasher, type PasswordHasher } from "./password.ts";
import { createProve, type Prove } from "./prove.ts";
import { openScramRounds } from "./scram-rounds.ts";
import { createScram, readScram } from "./scram.ts";
import { createSignIn, type Login, type PasswordChange, type Registration } from "./sign-in.ts";
import { AccountStates } from "./state.ts";
import { Throttle } from "./throttle.ts";
import { createUsers, type UserAdmin } from "./users.ts";

export type { Principal } from "./authenticate.ts";
export type { AccountsConfig } from "./config.ts";
export type { Devices } from "./devices.ts";
export { AuthError } from "./error.ts";
export type { Invites } from "./invites.ts";
export type { SignedIn } from "./issue.ts";
export type { Proof, Prove } from "./prove.ts";
export type { ScramHash } from "./scram.ts";
export type { Login, PasswordChange, Registration } from "./sign-in.ts";

/** Everything about accounts. Failures are `AuthError` (with a name of the error table) or the store's `StoreError`. */
export interface Accounts {
  /**
   * Checks signature, times, account and revocation. `device` is the one that the client names in `hello`: a token bound to another
   * is refused, and so is one that was issued before that device was signed out.
   * Errors: token_invalid, token_expired, account_disabled.
   */
  authenticate(token: string, device?: string): Promise<Principal>;
  /**
   * Checks once more what may have changed since the principal came about. To be called when its session can be found: whoever revokes something later ends
   * that. Errors: token_invalid, account_disabled.
   */
  confirm(principal: Principal, device: string): Promise<void>;
  /** Errors: forbidden (closed), invalid_params, user_exists, rate_limited, busy. */
  register(request: Registration): Promise<SignedIn>;
  /** Errors: credentials_wrong, too_many_attempts, account_disabled, invalid_params, busy. */
  login(request: Login): Promise<SignedIn>;
  /** A new token for the bearer of a valid own one. Errors: forbidden (host tokens come from the host application). */
  refresh(principal: Principal): Promise<SignedIn>;
  /**
   * Ends all other tokens of the account too; the caller ends the sessions.
   * Errors: credentials_wrong, invalid_params, too_many_attempts, busy.
   */
  changePassword(principal: Principal, change: PasswordChange): Promise<SignedIn>;
  /** The first start's administrator, with its password for this once; undefined on every later start. */
  ensureAdmin(): Promise<{ readonly user: string; readonly password: string } | undefined>;
  /** Signs with a new key from now on. `revokeOlder` refuses every token signed before; else they live out their time. */
  rotateKey(revokeOlder: boolean): Promise<{ readonly kid: string }>;
  /** For protocols that have sign-ins of their own. */
  readonly prove: Prove;
  readonly users: UserAdmin;
  readonly devices: Devices;
  readonly invites: Invites;
}

export interface AccountsDeps {
  readonly store: AccountStore;
  readonly config: AccountsConfig;
  readonly clock: Clock;
  readonly random: Random;
  /** Told what an operator should know, such as a key file that became unreadable. */
  readonly warn?: ((message: string) => void) | undefined;
  /** For tests; argon2id with a queue of its own unless given. */
  readonly hasher?: PasswordHasher | undefined;
}

const hourMs = 3_600_000;

/**
 * Reads the signing keys (the first start makes one) and the host application's keys. Rejects with a plain message if one cannot be used,
 * or with the store's error.
 */
export async function createAccounts(deps: AccountsDeps): Promise<Accounts> {
  const {
    store,
    config,
    clock,
    random,
    warn = () => undefined,
    hasher = createPasswordHasher(),
  } = deps;
  const { tokenLifetimeMs, passwordLengthMin } = config;
  const [keys, hostTokens, scramRounds] = await Promise.all([
    openKeyRing({ store, clock, random, tokenLifetimeMs }),
    openHostTokens(config.hostTokens, clock, warn),
    openScramRounds(store, config.scramIterations, warn),
  ]);
  const states = new AccountStates(store, clock);
  const issue = createIssue({ store, keys, clock, tokenLifetimeMs });
  const deriveScram = createScram(random, config.scramIterations);
  const users = createUsers({
    store,
    states,
    hasher,
    deriveScram,
    // Where none are kept any more, those that there are stay.
    scramIsOutdated: (kept) =>
      config.scramIterations > 0 && readScram(kept).iterations !== config.scramIterations,
    issue,
    clock,
    passwordLengthMin,
  });
  const devices = createDevices({ store, states, clock });
  const limits = {
    attempts: createAttempts(clock, config.loginAttemptsPerMinuteMax),
    registrations: new Throttle(clock, config.registrationsPerHourMax, hourMs),
    registration: config.registration,
  };
  const { checkPassword, ...signIn } = createSignIn({
    store,
    users,
    devices,
    hasher,
    issue,
    limits,
  });
  return {
    authenticate: createAuthenticate({ store, states, keys, hostTokens, clock }),
    confirm: createConfirm(states),
    ...signIn,
    prove: createProve({
      store,
      attempts: limits.attempts,
      clock,
      random,
      iterations: config.scramIterations,
      rounds: scramRounds,
      checkPassword,
    }),
    ensureAdmin: () => ensureFirstAdmin(store, users, random),
    rotateKey: async (revokeOlder) => ({ kid: (await keys.rotate(revokeOlder)).kid }),
    users,
    devices,
    invites: createInvites({ keys, states, clock }),
  };
}
