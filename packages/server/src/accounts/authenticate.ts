import type { Clock } from "../lib/clock.ts";
import type { AccountStore } from "../store/port.ts";
import { readHeader, type Claims } from "./claims.ts";
import { AuthError } from "./error.ts";
import type { HostTokens } from "./host-tokens.ts";
import { ownKidPrefix, type KeyRing } from "./keys.ts";
import { verifyOwnToken } from "./own-tokens.ts";
import type { AccountState, AccountStates } from "./state.ts";

/** Who a token speaks for. */
export interface Principal {
  readonly user: string;
  /** Only with own tokens, signed for an administrator, of an account that still is one. */
  readonly admin: boolean;
  /** The device that the token is bound to; absent if it may be used on any. */
  readonly device?: string | undefined;
  /** Milliseconds since the epoch; 0 if a host token does not say. */
  readonly issuedAt: number;
  /** Milliseconds since the epoch; absent if a host token does not expire. */
  readonly expiresAt?: number | undefined;
  readonly source: "own" | "host";
}

export interface AuthenticateDeps {
  readonly store: AccountStore;
  readonly states: AccountStates;
  readonly keys: KeyRing;
  readonly hostTokens: HostTokens;
  readonly clock: Clock;
}

/** See `Accounts.confirm`. */
export type Confirm = (principal: Principal, device: string) => Promise<void>;

export type Authenticate = (token: string, device?: string) => Promise<Principal>;

/** Refuses what was revoked. Host tokens carry whole seconds: one issued in the second of a sign-out is refused. */
function checkState(
  claims: Pick<Claims, "issuedAt">,
  state: AccountState,
  device: string | undefined,
): void {
  if (state.disabled) throw new AuthError("account_disabled");
  const validFrom = Math.max(
    state.tokensValidFrom,
    device === undefined
      ? 0
      : (state.devices.find((row) => row.device === device)?.tokensValidFrom ?? 0),
  );
  if (claims.issuedAt < validFrom)
    throw new AuthError("token_invalid", "The token was signed out.");
}

/** See `Accounts.authenticate`. */
export function createAuthenticate({
  store,
  states,
  keys,
  hostTokens,
  clock,
}: AuthenticateDeps): Authenticate {
  function verify(token: string): Promise<Claims> {
    const { kid } = readHeader(token);
    if (kid?.startsWith(ownKidPrefix) === true) return verifyOwnToken(keys, clock, token, kid);
    if (hostTokens.enabled) return hostTokens.verify(token);
    throw new AuthError("token_invalid");
  }

  /** The account of a user who comes with a host token for the first time. Another request may have been faster; either is fine. */
  async function provision({ user, displayName }: Claims): Promise<AccountState> {
    await store.create({
      user,
      ...(displayName === undefined ? {} : { name: displayName }),
      admin: false,
      disabled: false,
      tokensValidFrom: 0,
      createdAt: clock.now(),
    });
    states.invalidate(user);
    const state = await states.get(user);
    if (state === undefined)
      throw new Error(`The store does not show the account "${user}" that it just created.`);
    return state;
  }

  return async (token, device) => {
    const claims = await verify(token);
    if (device !== undefined && claims.device !== undefined && device !== claims.device)
      throw new AuthError("token_invalid", "The token belongs to another device.");
    let state = await states.get(claims.user);
    if (state === undefined) {
      if (claims.source === "own") throw new AuthError("token_invalid");
      state = await provision(claims);
    }
    checkState(claims, state, claims.device ?? device);
    return {
      user: claims.user,
      admin: claims.admin && claims.source === "own" && state.admin,
      device: claims.device,
      issuedAt: claims.issuedAt,
      expiresAt: claims.expiresAt,
      source: claims.source,
    };
  };
}

/** See `Accounts.confirm`. */
export function createConfirm(states: AccountStates): Confirm {
  return async (principal, device) => {
    const state = await states.get(principal.user);
    if (state === undefined) throw new AuthError("token_invalid");
    checkState(principal, state, device);
  };
}
