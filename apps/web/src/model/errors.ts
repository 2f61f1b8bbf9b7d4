/** An error that may cross from one tab to another, as plain data. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly retryable: boolean;
  /** How long to wait before a retry, where the server said so. */
  readonly retryAfterMs?: number | undefined;
}

/** What every action rejects with: `name` is the protocol's name of the error, or one of the SDK's own. */
export class ModelError extends Error {
  override readonly name: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor({ name, message, retryable, retryAfterMs }: PlainError, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = name;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What was thrown, as plain data. */
export function plainError(thrown: unknown): PlainError {
  if (thrown instanceof Error) {
    const { name, message } = thrown;
    return {
      name,
      message,
      retryable: "retryable" in thrown && thrown.retryable === true,
      ...("retryAfterMs" in thrown &&
        typeof thrown.retryAfterMs === "number" && { retryAfterMs: thrown.retryAfterMs }),
    };
  }
  return { name: "internal", message: String(thrown), retryable: false };
}

/** Errors of the model itself. */
export const modelErrors = {
  timeout: { name: "timeout", message: "No answer came in time.", retryable: true },
  /** As the SDK calls a server that cannot be reached. */
  notFetched: {
    name: "http_failed",
    message: "The code of the connection could not be fetched.",
    retryable: true,
  },
  connectionLost: {
    name: "connection_lost",
    message: "The tab that held the connection was closed before it answered.",
    retryable: true,
  },
  tooMany: {
    name: "too_many_waiting",
    message: "Too many requests wait for the connection.",
    retryable: true,
  },
  signedOut: { name: "signed_out", message: "Nobody is signed in.", retryable: false },
  userUnknown: { name: "user_unknown", message: "There is no such user.", retryable: false },
} as const satisfies Record<string, PlainError>;
