import { limits } from "@godwit/protocol";
import type { Clock } from "../lib/clock.ts";
import type { AccountPage, AccountRow, AccountStore } from "../store/port.ts";
import { isDeviceId, isUserId } from "./claims.ts";
import { AuthError } from "./error.ts";
import type { Issue, IssueOptions, SignedIn } from "./issue.ts";
import { checkPasswordRules, type PasswordHasher } from "./password.ts";
import type { DeriveScram } from "./scram.ts";
import type { AccountStates } from "./state.ts";
import { Turns } from "./turns.ts";

export interface NewUser {
  readonly user: string;
  /** Without one the account can only be used with tokens. */
  readonly password?: string | undefined;
  readonly name?: string | undefined;
  readonly admin?: boolean | undefined;
}

export interface UserPatch {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly admin?: boolean | undefined;
}

/** What administrators do: no limits by address, and registration may be closed. */
export interface UserAdmin {
  get(user: string): Promise<AccountRow | undefined>;
  /** By user id after `after`; `prefix` of id or name, without case. `cut`: so many begin with it that not all were looked at. */
  list(prefix: string | undefined, after: string | undefined, limit: number): Promise<AccountPage>;
  /** Errors: invalid_params, user_exists, busy. */
  create(account: NewUser): Promise<void>;
  /**
   * A new password, `disabled: true` and `admin: false` revoke the account's tokens; the caller ends its sessions.
   * Errors: user_unknown, invalid_params, busy.
   */
  update(user: string, patch: UserPatch): Promise<void>;
  /**
   * Keeps of a password that was just found right what today's sign-ins need: a hash made in today's way, and SCRAM credentials; nothing if it was changed
   * meanwhile. Errors: busy.
   */
  renew(account: AccountRow, password: string): Promise<void>;
  /** Signs a token for the user. Errors: user_unknown, account_disabled, invalid_params. */
  issueToken(user: string, options?: IssueOptions): Promise<SignedIn>;
}

export interface UsersDeps {
  readonly store: AccountStore;
  readonly states: AccountStates;
  readonly hasher: PasswordHasher;
  readonly deriveScram: DeriveScram;
  /** Whether credentials for SCRAM were made under another setting. */
  readonly scramIsOutdated: (kept: string) => boolean;
  readonly issue: Issue;
  readonly clock: Clock;
  readonly passwordLengthMin: number;
}

const tokenLifetimeMsMin = 1_000;

function checkName(name: string | undefined): void {
  if (name === undefined) return;
  if (name.length > limits.titleLengthMax || name.trim() === "")
    throw new AuthError("invalid_params", `A name has 1 to ${limits.titleLengthMax} characters.`);
}

/** Optional fields are absent in rows, not undefined. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as never;
}

export function createUsers({
  store,
  states,
  hasher,
  deriveScram,
  scramIsOutdated,
  issue,
  clock,
  passwordLengthMin,
}: UsersDeps): UserAdmin {
  const turns = new Turns();

  async function find(user: string): Promise<AccountRow> {
    const [account] = await store.get([user]);
    if (account === undefined) throw new AuthError("user_unknown");
    return account;
  }

  /** What is kept of a password; nothing of none. */
  async function verifiersOf(password: string | undefined) {
    if (password === undefined) return {};
    const passwordHash = await hasher.hash(password);
    return { passwordHash, scram: await deriveScram(password) };
  }

  return {
    async get(user) {
      return (await store.get([user]))[0];
    },

    list: (prefix, after, limit) => store.list(prefix, after, limit),

    async create({ user, password, name, admin = false }) {
      if (!isUserId(user))
        throw new AuthError(
          "invalid_params",
          "A user id has 1 to 64 letters, digits or . _ @ | = - and begins with a letter or digit.",
        );
      checkName(name);
      if (password !== undefined) checkPasswordRules(password, passwordLengthMin);
      // Asked first, because a hash is dear.
      if ((await store.get([user], "any_case")).length > 0) throw new AuthError("user_exists");
      const verifiers = await verifiersOf(password);
      const account = {
        user,
        admin,
        disabled: false,
        tokensValidFrom: 0,
        createdAt: clock.now(),
        ...present({ name, ...verifiers }),
      };
      // Alice and alice would be taken for one another.
      const created = await store.create(account, "any_case");
      if (!created) throw new AuthError("user_exists");
      states.invalidate(user);
    },

    async update(user, { name, password, disabled, admin }) {
      checkName(name);
      if (password !== undefined) checkPasswordRules(password, passwordLengthMin);
      await find(user);
      const { passwordHash, scram } = await verifiersOf(password);
      await turns.run(user, async () => {
        const account = await find(user);
        const revokes =
          passwordHash !== undefined || disabled === true || (admin === false && account.admin);
        const tokensValidFrom = revokes
          ? Math.max(account.tokensValidFrom, clock.now() + 1)
          : undefined;
        await store.update(user, {
          ...present({ name, passwordHash, disabled, admin, tokensValidFrom }),
          // A new password without credentials must not leave the old one's.
          ...(passwordHash === undefined ? {} : { scram }),
        });
        states.invalidate(user);
      });
    },

    async renew({ user, passwordHash: before, scram: kept }, password) {
      const outdated = before === undefined || hasher.isOutdated(before);
      const passwordHash = outdated ? await hasher.hash(password) : undefined;
      const scram =
        kept === undefined || scramIsOutdated(kept) ? await deriveScram(password) : kept;
      if (!outdated && scram === kept) return;
      await turns.run(user, async () => {
        if ((await find(user)).passwordHash === before)
          await store.update(user, present({ passwordHash, scram }));
      });
    },

    async issueToken(user, { device, lifetimeMs } = {}) {
      if (device !== undefined && !isDeviceId(device))
        throw new AuthError("invalid_params", "That is not a device id.");
      if (lifetimeMs !== undefined && lifetimeMs < tokenLifetimeMsMin)
        throw new AuthError("invalid_params", `A token lives at least ${tokenLifetimeMsMin} ms.`);
      return issue(user, { device, lifetimeMs });
    },
  };
}
