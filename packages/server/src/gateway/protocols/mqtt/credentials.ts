/** Who is at the other end, by user name and password of a CONNECT. */
import { userIdPattern } from "@godwit/protocol";
import { AuthError, type Accounts, type Principal } from "../../../accounts/accounts.ts";
import { mayMean } from "../../../accounts/signing-in.ts";
import { ConnectRefused } from "./refusals.ts";
import { reasons } from "./wire/codes.ts";
import type { Connect } from "./wire/packets.ts";

const userId = new RegExp(userIdPattern);

/**
 * By a token as the password, or by the password of an account. A password is free to look like a token: one that is refused as a token and does not speak of this user
 * is tried as a password, with the delays of every sign-in. What the client is told is the same then, whichever of the two it was meant as.
 */
export async function authenticate(
  accounts: Accounts,
  { username = "", password, properties }: Connect,
  device: string,
  address: string,
): Promise<Principal> {
  if (properties.authMethod !== undefined)
    throw new ConnectRefused(
      reasons.badAuthenticationMethod,
      "There is no enhanced authentication here: give user name and password or token.",
    );
  if (password === undefined)
    throw new ConnectRefused(
      reasons.badUserNameOrPassword,
      "A token or a password is needed, in the field for the password.",
    );
  const claimed = readToken(password);
  if (claimed !== undefined) {
    try {
      const principal = await accounts.authenticate(password, device);
      if (username === "" || mayMean(username, principal.user)) return principal;
      throw new ConnectRefused(reasons.badUserNameOrPassword, "The token is another user's.");
    } catch (error) {
      if (!mayBePassword(error, username, claimed)) throw error;
    }
  }
  if (!userId.test(username))
    throw new ConnectRefused(reasons.badUserNameOrPassword, "The user name is none.");
  const login = { user: username, password, address, device, platform: "device" as const };
  const signedIn = await accounts.login(login);
  return accounts.authenticate(signedIn.token, device);
}

/** A token that was this user's counts no wrong password for them: whoever comes again and again with one that was revoked would keep them from signing in. */
function mayBePassword(error: unknown, username: string, { user }: Claimed): boolean {
  return (
    error instanceof AuthError &&
    error.reason === "token_invalid" &&
    userId.test(username) &&
    !(typeof user === "string" && mayMean(username, user))
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
