/** Secrets that stand where a password does, and may be tokens: for protocols that have one place for both. */
import { AuthError, type Principal } from "../../accounts/accounts.ts";
import { mayMean } from "../../accounts/signing-in.ts";

/** A secret, and whose it is said to be: undefined if nobody is named, so that only a token says who it is. */
export interface Shown {
  readonly user: string | undefined;
  readonly secret: string;
}

/** What a secret is tried as. Each rejects with an AuthError if it is none of that kind. */
export interface Trials {
  readonly asToken: (token: string) => Promise<Principal>;
  readonly asPassword: (user: string, password: string) => Promise<Principal>;
}

/**
 * Who is there by a secret. A password is free to look like a token: one that is refused as a token and does not speak of this user is tried as a password, with the
 * delays of every sign-in, and counts once. What the client is told is the same then, whichever of the two it was meant as.
 */
export async function whoeverHas(
  { user, secret }: Shown,
  { asToken, asPassword }: Trials,
): Promise<Principal> {
  const claimed = readToken(secret);
  if (claimed !== undefined) {
    try {
      const principal = await asToken(secret);
      if (user === undefined || mayMean(user, principal.user)) return principal;
      throw new AuthError("credentials_wrong", "The token is another user's.");
    } catch (error) {
      if (!mayBePassword(error, user, claimed)) throw error;
    }
  }
  if (user === undefined)
    throw new AuthError("credentials_wrong", "A password needs a user name beside it.");
  return asPassword(user, secret);
}

/** A token that was this user's counts no wrong password for them: whoever comes again and again with one that was revoked would keep them from signing in. */
function mayBePassword(error: unknown, user: string | undefined, claimed: Claimed): boolean {
  return (
    error instanceof AuthError &&
    error.reason === "token_invalid" &&
    user !== undefined &&
    !(typeof claimed.user === "string" && mayMean(user, claimed.user))
  );
}

/** What a token says of itself; nothing of it is verified. */
interface Claimed {
  readonly user: unknown;
}

/** Reads a compact JWS (RFC 7515 section 7.1) with claims (RFC 7519); undefined if it is none. */
function readToken(text: string): Claimed | undefined {
  const parts = text.split(".", 4);
  const [head = "", claims = "", signature = ""] = parts;
  if (parts.length !== 3 || signature === "") return undefined;
  if (typeof readObject(head)?.["alg"] !== "string") return undefined;
  const read = readObject(claims);
  return read && { user: read["sub"] };
}

function readObject(base64url: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
