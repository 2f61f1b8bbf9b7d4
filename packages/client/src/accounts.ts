import type { ErrorFrame, Result } from "@godwit/protocol";
import { clientError, GodwitError, serverError } from "./errors.ts";
import { socketUrl } from "./socket.ts";

/** Proof of who one is, for `connect`. */
export interface Login {
  readonly token: string;
  readonly user: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface Credentials {
  /** The server, as for `connect`. */
  url: string;
  user: string;
  password: string;
  /** Binds the token to this device, the one that `connect` is given; without it the token is good on any. */
  device?: string;
}

/**
 * Makes an account and signs in. @throws GodwitError `user_exists`, `invalid_params`, …
 *
 * @example
 * const { token } = await register({ url, user: "alice", password: "a long one", name: "Alice" });
 */
export function register(account: Credentials & { name?: string }): Promise<Login> {
  const { url, ...body } = account;
  return post(url, "/api/register", body);
}

/**
 * Signs in. @throws GodwitError `credentials_wrong`, `too_many_attempts`, …
 *
 * @example
 * const client = connect({ url, token: () => login({ url, user: "alice", password }) });
 */
export function login(credentials: Credentials): Promise<Login> {
  const { url, ...body } = credentials;
  return post(url, "/api/login", body);
}

/**
 * Exchanges a token that is still good for a newer one. @throws GodwitError `token_invalid`, `token_expired`, `forbidden` (not a token of this server's own), …
 *
 * @example
 * const client = connect({ url, token: async () => (kept = await renew({ url, token: kept.token })) });
 */
export function renew({ url, token }: { url: string; token: string }): Promise<Login> {
  return post(url, "/api/token", {}, { authorization: `Bearer ${token}` });
}

/** What an invite link leads to, as somebody without an account sees it. */
export type Invitation = Result<"peek_invite"> & { readonly inviterName?: string };

/**
 * What an invite link leads to, before there is an account; with one, ask `client.peekInvite`.
 * @throws GodwitError `token_invalid` if it is none or is void, `token_expired`, `conversation_dissolved`, `rate_limited`
 *
 * @example
 * const { title, memberCount } = await peekInvite({ url, token });
 */
export function peekInvite({ url, token }: { url: string; token: string }): Promise<Invitation> {
  return post(url, "/api/invite", { token });
}

async function post<T = Login>(
  url: string,
  path: string,
  body: object,
  headers?: object,
): Promise<T> {
  const target = new URL(path, socketUrl(url).replace(/^ws/, "http"));
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(target, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    answer = await response.json();
  } catch (thrown) {
    throw clientError(
      "http_failed",
      `${target.host} could not be reached: ${String(thrown)}`,
      thrown,
    );
  }
  if (response.ok) return answer as T;
  const error = answer as Partial<ErrorFrame>;
  if (typeof error.name === "string" && typeof error.code === "number")
    throw serverError(error as ErrorFrame);
  throw new GodwitError({
    name: "http_failed",
    code: 6013,
    retryable: response.status >= 500,
    message: `The server answered ${response.status}.`,
  });
}
