import { wireError, type ErrorName, type WireError } from "@godwit/protocol";

/** A refusal by the accounts, with its name in the error table. The message may be shown to the caller. */
export class AuthError extends Error {
  override readonly name = "AuthError";
  readonly reason: ErrorName;
  /** Milliseconds to wait before a retry, where known. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: ErrorName, detail?: string, retryAfterMs?: number) {
    super(detail ?? wireError(reason).message);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }

  toWire(): WireError {
    return wireError(this.reason, this.message, this.retryAfterMs);
  }
}
