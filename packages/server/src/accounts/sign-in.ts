import type { Platform } from "@godwit/protocol";
import type { AccountRow, AccountStore } from "../store/port.ts";
import type { Attempts } from "./attempts.ts";
import type { Principal } from "./authenticate.ts";
import type { Devices } from "./devices.ts";
import { AuthError } from "./error.ts";
import type { Issue, SignedIn } from "./issue.ts";
import type { PasswordHasher } from "./password.ts";
import { addressKey, type Throttle } from "./throttle.ts";
import { accountSigningIn } from "./signing-in.ts";
import type { UserAdmin } from "./users.ts";

/** Where a sign-in comes from. */
export interface Origin {
  /** Network address of the caller, for limits. */
  readonly address: string;
  /** Binds the token to this device. */
  readonly device?: string | undefined;
  /** Of the device; `web` unless said. */
  readonly platform?: Platform | undefined;
}

export interface Login extends Origin {
  readonly user: string;
  readonly password: string;
}

export interface Registration extends Login {
  readonly name?: string | undefined;
}

export interface PasswordChange {
  readonly password: string;
  readonly newPassword: string;
  readonly address: string;
}

export interface SignInDeps {
  readonly store: AccountStore;
  readonly users: UserAdmin;
  readonly devices: Devices;
  readonly hasher: PasswordHasher;
  readonly issue: Issue;
  readonly limits: {
    readonly attempts: Attempts;
    readonly registrations: Throttle;
    readonly registration: "open" | "closed";
  };
}

/** Registering, signing in and changing a password: what people do for themselves, under limits. */
export function createSignIn({ store, users, devices, hasher, issue, limits }: SignInDeps) {
  const { attempts, registrations, registration } = limits;

  /** The account if the password is right. Takes as long for users that do not exist, or have no password. */
  async function checkPassword(
    user: string,
    password: string,
    address: string,
  ): Promise<AccountRow> {
    attempts.begin(user, address);
    let right: boolean;
    let account: AccountRow | undefined;
    try {
      account = await accountSigningIn(store, user);
      const hash = account?.passwordHash;
      if (hash === undefined) await hasher.pretend(password);
      right = hash !== undefined && (await hasher.verify(password, hash));
    } catch (error) {
      attempts.notTried(user, address);
      throw error;
    }
    if (account === undefined || !right) {
      attempts.failed(address);
      throw new AuthError("credentials_wrong");
    }
    attempts.succeeded(user, address);
    if (!account.disabled) await users.renew(account, password);
    return account;
  }

  async function issueFor(
    user: string,
    { device, platform = "web" }: Omit<Origin, "address">,
    checked?: AccountRow,
  ): Promise<SignedIn> {
    // The device is known from here on, so that it can be signed out before it ever connects.
    if (device !== undefined) await devices.seen(user, device, platform);
    return issue(user, { device, checked });
  }

  return {
    checkPassword,

    async register({ user, password, name, address, ...origin }: Registration): Promise<SignedIn> {
      if (registration === "closed")
        throw new AuthError(
          "forbidden",
          "This server does not let people register; ask an administrator.",
        );
      const from = addressKey(address);
      const waitMs = registrations.waitMs(from);
      if (waitMs > 0)
        throw new AuthError("rate_limited", "Too many registrations from this address.", waitMs);
      registrations.add(from);
      try {
        await users.create({ user, password, name });
      } catch (error) {
        registrations.refund(from);
        throw error;
      }
      return issueFor(user, origin);
    },

    async login({ user, password, address, ...origin }: Login): Promise<SignedIn> {
      const account = await checkPassword(user, password, address);
      if (account.disabled) throw new AuthError("account_disabled");
      return issueFor(account.user, origin, account);
    },

    async changePassword(
      principal: Principal,
      { password, newPassword, address }: PasswordChange,
    ): Promise<SignedIn> {
      await checkPassword(principal.user, password, address);
      await users.update(principal.user, { password: newPassword });
      return issue(principal.user, { device: principal.device });
    },

    async refresh(principal: Principal): Promise<SignedIn> {
      if (principal.source === "host")
        throw new AuthError(
          "forbidden",
          "The host application signed this token; ask it for a new one.",
        );
      return issue(principal.user, { device: principal.device });
    },
  };
}
