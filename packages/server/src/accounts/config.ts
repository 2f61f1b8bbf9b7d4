/** Tokens that a host application signs for its own users. */
export interface HostTokensConfig {
  /** Shared secret for HS256, at least 32 bytes in UTF-8 (RFC 7518 section 3.2). */
  readonly secret?: string | undefined;
  /** PEM files with one public key each: RSA (RS256, PS256), EC P-256 (ES256) or Ed25519 (EdDSA). Read again when they change. */
  readonly publicKeyFiles: readonly string[];
  /** A JWKS file (RFC 7517) with public keys. Read again when it changes. */
  readonly jwksFile?: string | undefined;
  /** Required value of `iss`. */
  readonly issuer?: string | undefined;
  /** Value that `aud` must hold. */
  readonly audience?: string | undefined;
}

/** What the accounts need to know; the server's configuration holds the same shape under `accounts`. */
export interface AccountsConfig {
  /** Whether anybody may create an account. Administrators always can. */
  readonly registration: "open" | "closed";
  /** Life of the tokens that this server signs. */
  readonly tokenLifetimeMs: number;
  /** In characters (code points). */
  readonly passwordLengthMin: number;
  readonly hostTokens: HostTokensConfig;
  /** Failed sign-ins per minute for one user from one address; five times as many for one user, or for one address, over all. */
  readonly loginAttemptsPerMinuteMax: number;
  /** Rounds of PBKDF2 in the SCRAM credentials that are kept beside a password hash; 0 keeps none. */
  readonly scramIterations: number;
  /** New accounts per hour from one address. */
  readonly registrationsPerHourMax: number;
}
