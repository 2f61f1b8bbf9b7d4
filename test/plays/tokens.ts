import { SignJWT, UnsecuredJWT, type JWTPayload } from "jose";

/** Shared with the servers of the plays, which take it for a host application's. */
export const hostSecret = "the plays' own secret, forty bytes long!";

/** Long enough for plays that put the clock forward. */
const lifetimeMs = 400 * 24 * 3_600_000;

/** A host application's token for a user. Users come into being with their first one. */
export function token(user: string, expiresInMs = lifetimeMs): Promise<string> {
  return signed(user, hostSecret, Date.now() + expiresInMs);
}

/** A token signed with any secret. */
export function signed(
  user: string,
  secret: string,
  expiresAtMs: number,
  claims: JWTPayload = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime(new Date(expiresAtMs))
    .sign(new TextEncoder().encode(secret));
}

/** A token that says of itself that it needs no signature. */
export function unsigned(user: string, expiresAtMs: number): string {
  return new UnsecuredJWT({})
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime(new Date(expiresAtMs))
    .encode();
}
