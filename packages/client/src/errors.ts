import type { CloseName, closeCodes, ErrorName, errors, WireError } from "@godwit/protocol";

/** What can go wrong on the client's side, beside the server's error table. Codes from 6000, so that they never meet the server's. */
const clientErrors = {
  offline: { code: 6000, retryable: true, message: "There is no connection now." },
  connection_lost: {
    code: 6001,
    retryable: true,
    message: "The connection was lost before the answer came.",
  },
  timeout: { code: 6002, retryable: true, message: "No answer came in time." },
  closed: { code: 6003, retryable: false, message: "The client was closed." },
  outbox_full: { code: 6004, retryable: true, message: "Too many messages wait to be sent." },
  outbox_expired: {
    code: 6005,
    retryable: false,
    message: "The message waited too long to be sent.",
  },
  cancelled: {
    code: 6006,
    retryable: false,
    message: "The message was withdrawn before it was sent.",
  },
  storage_failed: { code: 6007, retryable: true, message: "The client's own storage failed." },
  storage_of_other_user: {
    code: 6008,
    retryable: false,
    message: "This storage belongs to another user.",
  },
  listener_failed: {
    code: 6009,
    retryable: false,
    message: "A listener of the application threw.",
  },
  token_failed: { code: 6010, retryable: true, message: "The token function failed." },
  protocol_failed: {
    code: 6011,
    retryable: true,
    message: "The server sent what this client does not understand.",
  },
  too_many_waiting: {
    code: 6012,
    retryable: true,
    message: "Too many commands wait for the connection.",
  },
  http_failed: { code: 6013, retryable: true, message: "The server could not be reached." },
} as const;

export type ClientErrorName = keyof typeof clientErrors;

/** Every name that a `GodwitError` can have: the server's errors, its close codes, and the client's own. */
export type GodwitErrorName = ErrorName | CloseName | ClientErrorName | "closed_by_server";

/**
 * Every failure of this SDK. `retryable` means that the same call, unchanged, may succeed later.
 *
 * @example
 * try { await chat.send("hi"); }
 * catch (error) { if (error instanceof GodwitError && error.name === "not_member") … }
 */
export class GodwitError extends Error {
  override readonly name: GodwitErrorName;
  readonly code: number;
  readonly retryable: boolean;
  /** Milliseconds to wait before a retry, where the server said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    error: {
      name: GodwitErrorName;
      code: number;
      message: string;
      retryable: boolean;
      retryAfterMs?: number;
    },
    cause?: unknown,
  ) {
    super(error.message, cause === undefined ? undefined : { cause });
    this.name = error.name;
    this.code = error.code;
    this.retryable = error.retryable;
    this.retryAfterMs = error.retryAfterMs;
  }
}

/** An error of the client's own table. */
export function clientError(name: ClientErrorName, detail?: string, cause?: unknown): GodwitError {
  const { code, retryable, message } = clientErrors[name];
  return new GodwitError({ name, code, retryable, message: detail ?? message }, cause);
}

/** An error as the server sent it. */
export function serverError(error: WireError): GodwitError {
  return new GodwitError(error);
}

/** Errors of the server's table that are found out here. The whole table would be a tenth of what a page loads. */
const foundHere = { invalid_params: 4002, content_too_large: 4003 } as const satisfies {
  readonly [N in ErrorName]?: (typeof errors)[N]["code"];
};

/** What the server would answer, if it were asked. */
export function refusal(name: keyof typeof foundHere, message: string): GodwitError {
  return new GodwitError({ name, code: foundHere[name], message, retryable: false });
}

/** The stop range of the close codes. A test compares it with the table, whose words come with the close frame. */
export const stopCodes = {
  bad_frame: 4500,
  frame_too_large: 4501,
  token_invalid: 4502,
  token_expired: 4503,
  replaced: 4504,
  kicked: 4505,
  account_disabled: 4506,
  signed_out: 4507,
  unsupported_version: 4508,
} as const satisfies { readonly [N in CloseName]?: (typeof closeCodes)[N]["code"] };

/** The error for a close code of the stop range, with the server's reason. */
export function closeError(code: number, reason: string): GodwitError {
  const [name] = Object.entries(stopCodes).find(([, known]) => known === code) ?? [];
  const message = reason || `The server closed the connection with code ${code}.`;
  return new GodwitError({
    name: (name as CloseName | undefined) ?? "closed_by_server",
    code,
    message,
    retryable: false,
  });
}

/** What was thrown, as a `GodwitError`; others are wrapped under the given name. */
export function toGodwitError(thrown: unknown, name: ClientErrorName): GodwitError {
  if (thrown instanceof GodwitError) return thrown;
  return clientError(name, thrown instanceof Error ? thrown.message : String(thrown), thrown);
}
