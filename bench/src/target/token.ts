import { createHmac } from "node:crypto";

const header = base64url('{"alg":"HS256","typ":"JWT"}');

/** A host application's token (RFC 7519, HS256) for a user, valid for a day. The server makes the account at first sight. */
export function hostToken(secret: string, user: string): string {
  const nowS = Math.floor(Date.now() / 1000);
  const body = `${header}.${base64url(JSON.stringify({ sub: user, iat: nowS, exp: nowS + 86_400 }))}`;
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
