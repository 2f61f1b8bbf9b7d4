import { deviceIdPattern, limits, userIdPattern } from "@godwit/protocol";
import { decodeProtectedHeader, errors, type JWTPayload } from "jose";
import { AuthError } from "./error.ts";

/** What a token says, once its signature and times are checked. Times in milliseconds since the epoch. */
export interface Claims {
  readonly user: string;
  readonly device: string | undefined;
  /** 0 if the token does not say. */
  readonly issuedAt: number;
  readonly expiresAt: number | undefined;
  /** Own tokens: signed for an administrator. */
  readonly admin: boolean;
  /** Display name, as host applications may put it in (OpenID Connect Core section 5.1). */
  readonly displayName: string | undefined;
  readonly source: "own" | "host";
}

const userId = new RegExp(userIdPattern);
const deviceId = new RegExp(deviceIdPattern);
export const isUserId = (text: string) => userId.test(text);
export const isDeviceId = (text: string) => deviceId.test(text);

export interface Header {
  readonly alg: string | undefined;
  readonly kid: string | undefined;
}

const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === "string";

/** Algorithm and key id of a compact JWS, not verified. Throws `token_invalid` if it is none. */
export function readHeader(token: string): Header {
  if (token.length > limits.tokenLengthMax) throw new AuthError("token_invalid");
  let header: Record<string, unknown>;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    throw new AuthError("token_invalid");
  }
  const { alg, kid } = header;
  if (!isOptionalText(alg) || !isOptionalText(kid)) throw new AuthError("token_invalid");
  return { alg, kid };
}

const milliseconds = (seconds: number | undefined) =>
  seconds === undefined ? undefined : Math.round(seconds * 1000);

/** Reads verified claims (RFC 7519 section 4.1). Throws `token_invalid` if they do not name a user. */
export function readClaims(payload: JWTPayload, source: Claims["source"]): Claims {
  const { sub, iat, exp, dev, adm, name } = payload as JWTPayload & Record<string, unknown>;
  if (typeof sub !== "string" || !isUserId(sub))
    throw new AuthError("token_invalid", "The token's sub is not a user id.");
  if (dev !== undefined && (typeof dev !== "string" || !isDeviceId(dev)))
    throw new AuthError("token_invalid", "The token's dev is not a device id.");
  return {
    user: sub,
    device: dev,
    issuedAt: milliseconds(iat) ?? 0,
    expiresAt: milliseconds(exp),
    admin: adm === true,
    displayName:
      typeof name === "string" && name !== "" ? name.slice(0, limits.titleLengthMax) : undefined,
    source,
  };
}

/** What a failed verification is called on the wire. Says no more than it must about why. */
export function tokenError(error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  if (error instanceof errors.JWTExpired) return new AuthError("token_expired");
  if (error instanceof errors.JWTClaimValidationFailed)
    return new AuthError("token_invalid", `The token's claim "${error.claim}" is not accepted.`);
  // Every other error of jose speaks of the token (form, algorithm, signature); TypeErrors come from keys that do not fit it.
  if (error instanceof errors.JOSEError || error instanceof TypeError)
    return new AuthError("token_invalid");
  throw error;
}
