import { jwtVerify, type CryptoKey } from "jose";
import { unusable } from "../config/error.ts";
import type { Clock } from "../lib/clock.ts";
import { readClaims, readHeader, tokenError, type Claims } from "./claims.ts";
import type { HostTokensConfig } from "./config.ts";
import { AuthError } from "./error.ts";
import { readHostKeys, stampOf, type HostKey } from "./host-keys.ts";

/** The host application's clock may differ by this much. */
const clockToleranceS = 60;
/** Key files are looked at again at most this often. */
const lookAgainMs = 1_000;

export interface HostTokens {
  /** True if any key is configured. */
  readonly enabled: boolean;
  /** Throws `token_invalid` or `token_expired`. */
  verify(token: string): Promise<Claims>;
}

/** Keys that could have made this token: the algorithm is one of the key's own, and the key ids agree where both name one. */
function candidates(
  keys: readonly HostKey[],
  alg: string | undefined,
  kid: string | undefined,
): readonly HostKey[] {
  return keys.filter(
    (key) =>
      alg !== undefined &&
      key.algorithms.includes(alg) &&
      (kid === undefined || key.kid === undefined || key.kid === kid),
  );
}

/** Reads the keys of the host application; rejects with a ConfigError if a file or key cannot be used. */
export async function openHostTokens(
  config: HostTokensConfig,
  clock: Clock,
  warn: (message: string) => void,
): Promise<HostTokens> {
  // The stamp first: a change in between is then seen at the next look.
  let stamp = await stampOf(config);
  let keys = await readHostKeys(config).catch((error: unknown) => {
    throw unusable("accounts.hostTokens", error);
  });
  let lookedAtMs = clock.monotonic();
  const hasFiles = config.publicKeyFiles.length > 0 || config.jwksFile !== undefined;

  /** Reads changed files again. Broken ones leave the keys as they were, and are reported once per change. */
  async function refreshKeys(): Promise<void> {
    lookedAtMs = clock.monotonic();
    const seen = await stampOf(config);
    if (seen === stamp) return;
    stamp = seen;
    try {
      keys = await readHostKeys(config);
    } catch (error) {
      warn(
        `Keys of the host application changed but cannot be used; the earlier ones stay. ${String(error)}`,
      );
    }
  }

  /** Signature, times, issuer and audience by one key. Each key brings its algorithms, so none can be used with another's. */
  async function verifyBy(
    key: CryptoKey,
    algorithms: readonly string[],
    token: string,
  ): Promise<Claims> {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [...algorithms],
      currentDate: new Date(clock.now()),
      clockTolerance: clockToleranceS,
      requiredClaims: ["sub"],
      ...(config.issuer === undefined ? {} : { issuer: config.issuer }),
      ...(config.audience === undefined ? {} : { audience: config.audience }),
    });
    return readClaims(payload, "host");
  }

  return {
    enabled: keys.length > 0,
    async verify(token) {
      const { alg, kid } = readHeader(token);
      if (hasFiles && clock.monotonic() - lookedAtMs >= lookAgainMs) await refreshKeys();
      let failure = new AuthError("token_invalid");
      for (const { key, algorithms } of candidates(keys, alg, kid)) {
        try {
          return await verifyBy(key, algorithms, token);
        } catch (error) {
          failure = tokenError(error);
          // The signature fitted: no other key would change the answer.
          if (failure.reason === "token_expired") break;
        }
      }
      throw failure;
    },
  };
}
