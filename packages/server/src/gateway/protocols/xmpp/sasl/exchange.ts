import type { Accounts, Principal } from "../../../../accounts/accounts.ts";
import { AuthError } from "../../../../accounts/accounts.ts";
import type { Random } from "../../../../lib/random.ts";

/** RFC 6120 section 6.5. */
export type SaslCondition =
  | "aborted"
  | "account-disabled"
  | "credentials-expired"
  | "encryption-required"
  | "incorrect-encoding"
  | "invalid-authzid"
  | "invalid-mechanism"
  | "malformed-request"
  | "not-authorized"
  | "temporary-auth-failure";

/** Why an exchange ends without anybody being let in. */
export class SaslFailure extends Error {
  override readonly name = "SaslFailure";
  readonly condition: SaslCondition;
  /** For the failures that a guess can make; such a connection has only so many. */
  readonly counts: boolean;

  constructor(condition: SaslCondition, text: string, counts = true) {
    super(text);
    this.condition = condition;
    this.counts = counts;
  }
}

/** What the server says next, or that it is satisfied; `data` goes to the client either way. */
export type Step =
  | { readonly done: false; readonly data: Buffer }
  | { readonly done: true; readonly data: Buffer | undefined; readonly principal: Principal };

/** One sign-in under way. */
export interface Exchange {
  /** Takes what the client said. Rejects with a SaslFailure. */
  step(response: Buffer): Promise<Step>;
}

/** What mechanisms work with, and what they know of the connection. */
export interface SaslContext {
  readonly accounts: Accounts;
  readonly random: Random;
  /** The client's network address, for limits. */
  readonly address: string;
  /** Of the users' addresses, as the client named it. */
  readonly domain: string;
  /** What binds an exchange to this TLS connection (RFC 9266, `tls-exporter`); undefined where there is none. */
  readonly exporter: Uint8Array | undefined;
}

/** What the accounts refuse, in the words of SASL. What is not theirs to say is thrown on. */
export function saslFailure(error: unknown): SaslFailure {
  if (error instanceof SaslFailure) return error;
  if (!(error instanceof AuthError)) throw error;
  switch (error.reason) {
    case "account_disabled":
      return new SaslFailure("account-disabled", error.message);
    case "token_expired":
      return new SaslFailure("credentials-expired", error.message);
    case "too_many_attempts":
    case "busy":
      return new SaslFailure("temporary-auth-failure", error.message);
    default:
      return new SaslFailure("not-authorized", error.message);
  }
}
