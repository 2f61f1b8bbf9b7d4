import { jwtVerify, SignJWT } from "jose";
import type { Clock } from "../lib/clock.ts";
import { readClaims, tokenError, type Claims } from "./claims.ts";
import { ownAlgorithm, type KeyRing } from "./keys.ts";

/** Nodes of one cluster may differ by this much. */
const clockToleranceS = 5;
const ownType = "JWT";

export interface NewToken {
  readonly user: string;
  readonly device: string | undefined;
  readonly admin: boolean;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/**
 * Signs a token: `sub`, `dev`, `adm`, `iat`, `exp`. Times carry milliseconds as fractions (NumericDate of RFC 7519 allows it), so that a token
 * issued in the second of a sign-out falls on the right side of it.
 */
export function signToken(keys: KeyRing, token: NewToken): Promise<string> {
  const { kid, privateKey } = keys.newest();
  const claims = {
    ...(token.device === undefined ? {} : { dev: token.device }),
    ...(token.admin ? { adm: true } : {}),
    iat: token.issuedAt / 1000,
    exp: token.expiresAt / 1000,
  };
  return new SignJWT(claims)
    .setSubject(token.user)
    .setProtectedHeader({ alg: ownAlgorithm, kid, typ: ownType })
    .sign(privateKey);
}

/** Throws `token_invalid` or `token_expired`. */
export async function verifyOwnToken(
  keys: KeyRing,
  clock: Clock,
  token: string,
  kid: string,
): Promise<Claims> {
  const key = await keys.verifier(kid);
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ownAlgorithm],
      // The same keys sign invite links, which are of another type.
      typ: ownType,
      currentDate: new Date(clock.now()),
      clockTolerance: clockToleranceS,
      requiredClaims: ["sub", "iat", "exp"],
    });
    return readClaims(payload, "own");
  } catch (error) {
    throw tokenError(error);
  }
}
