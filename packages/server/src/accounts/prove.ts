import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { AccountRow, AccountStore } from "../store/port.ts";
import type { Attempts } from "./attempts.ts";
import type { Principal } from "./authenticate.ts";
import { AuthError } from "./error.ts";
import { pretendedRounds, type Rounds } from "./scram-rounds.ts";
import { pretendedScram, readScram, type ScramCredentials } from "./scram.ts";
import { accountSigningIn } from "./signing-in.ts";

/** A client that proves its password by SCRAM: first the credentials, then the outcome of comparing its proof with them, once. */
export interface Proof {
  readonly credentials: ScramCredentials;
  /** The proof was right. Errors: credentials_wrong (there is no such account), account_disabled. */
  right(): Principal;
  /** The proof was wrong. The result is what to answer with. */
  wrong(): AuthError;
}

/** Sign-ins of protocols that have their own: nothing is issued, the connection itself is the proof. Failed ones count as everywhere. */
export interface Prove {
  /** Errors: credentials_wrong, too_many_attempts, account_disabled, busy. */
  withPassword(login: {
    readonly user: string;
    readonly password: string;
    readonly address: string;
  }): Promise<Principal>;
  /** Begins an attempt by SCRAM. An attempt that is never ended counts as failed. Errors: too_many_attempts. */
  withScram(login: { readonly user: string; readonly address: string }): Promise<Proof>;
}

export interface ProveDeps {
  readonly store: AccountStore;
  readonly attempts: Attempts;
  readonly clock: Clock;
  readonly random: Random;
  readonly iterations: number;
  /** Those that credentials have or had. */
  readonly rounds: readonly Rounds[];
  /** The account whose password was right. Errors: as `withPassword`, account_disabled aside. */
  readonly checkPassword: (user: string, password: string, address: string) => Promise<AccountRow>;
}

/** Makes the salts of users that there are not; the same on every start. */
const secretSetting = "scram_secret";
const secretBytes = 32;

export function createProve(deps: ProveDeps): Prove {
  const { store, attempts, clock, random, iterations, rounds, checkPassword } = deps;
  let secret: Promise<Uint8Array> | undefined;

  const openSecret = () =>
    (secret ??= store
      .initSetting(secretSetting, Buffer.from(random.bytes(secretBytes)).toString("base64"))
      .then((text) => Buffer.from(text, "base64"))
      .catch((error: unknown) => {
        secret = undefined;
        throw error;
      }));

  async function pretended(user: string): Promise<ScramCredentials> {
    const own = await openSecret();
    return pretendedScram(user, pretendedRounds(user, rounds, own) ?? iterations, own);
  }

  /** As of when the account was read: by what was changed or revoked since, `confirm` refuses it. */
  function principal(account: AccountRow, readAtMs: number): Principal {
    if (account.disabled) throw new AuthError("account_disabled");
    return {
      user: account.user,
      admin: account.admin,
      // Not older than a revocation that came before it, even if the clock went back since.
      issuedAt: Math.max(readAtMs, account.tokensValidFrom),
      source: "own",
    };
  }

  return {
    async withPassword({ user, password, address }) {
      const readAtMs = clock.now();
      return principal(await checkPassword(user, password, address), readAtMs);
    },

    async withScram({ user, address }) {
      const readAtMs = clock.now();
      attempts.begin(user, address);
      let account: AccountRow | undefined;
      let credentials: ScramCredentials;
      try {
        account = await accountSigningIn(store, user);
        const kept = account?.scram;
        credentials = kept === undefined ? await pretended(user.toLowerCase()) : readScram(kept);
      } catch (error) {
        attempts.notTried(user, address);
        throw error;
      }
      const wrong = () => {
        attempts.failed(address);
        return new AuthError("credentials_wrong");
      };
      return {
        credentials,
        right() {
          if (account === undefined) throw wrong();
          attempts.succeeded(user, address);
          return principal(account, readAtMs);
        },
        wrong,
      };
    },
  };
}
