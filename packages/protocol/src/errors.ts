/**
 * The one error table. `retryable` means: the same command, unchanged, may succeed later; the server stored nothing.
 * Codes group by hundreds like HTTP statuses, so that gateways of other protocols can map a whole group at once.
 */
export const errors = {
  bad_request: {
    code: 4000,
    retryable: false,
    message: "The frame is not a command of this protocol.",
  },
  unknown_command: { code: 4001, retryable: false, message: "There is no such command." },
  invalid_params: {
    code: 4002,
    retryable: false,
    message: "A field is missing, unknown in form or out of its bounds.",
  },
  content_too_large: {
    code: 4003,
    retryable: false,
    message: "The content exceeds the size limit.",
  },
  token_invalid: {
    code: 4010,
    retryable: false,
    message: "The token is not one that this server accepts.",
  },
  token_expired: { code: 4011, retryable: false, message: "The token has expired; get a new one." },
  credentials_wrong: { code: 4012, retryable: false, message: "User name or password is wrong." },
  account_disabled: { code: 4013, retryable: false, message: "This account is disabled." },
  hello_required: { code: 4014, retryable: false, message: "The first command must be hello." },
  forbidden: { code: 4030, retryable: false, message: "Your role does not allow this." },
  not_member: {
    code: 4031,
    retryable: false,
    message: "You are not a member of this conversation.",
  },
  banned: { code: 4032, retryable: false, message: "You are banned from this conversation." },
  muted: { code: 4033, retryable: true, message: "You are muted in this conversation for now." },
  content_rejected: {
    code: 4034,
    retryable: false,
    message: "The content was rejected by moderation.",
  },
  conversation_unknown: { code: 4040, retryable: false, message: "There is no such conversation." },
  user_unknown: { code: 4041, retryable: false, message: "There is no such user." },
  message_unknown: { code: 4042, retryable: false, message: "There is no such message." },
  conflict: {
    code: 4090,
    retryable: false,
    message: "This client id was used with another payload or sequence number.",
  },
  user_exists: { code: 4091, retryable: false, message: "This user name is taken." },
  conversation_dissolved: {
    code: 4092,
    retryable: false,
    message: "This conversation was dissolved.",
  },
  group_full: { code: 4093, retryable: false, message: "The group has reached its member limit." },
  rate_limited: { code: 4290, retryable: true, message: "Too many commands; slow down." },
  busy: { code: 4291, retryable: true, message: "The server is busy; retry after the given time." },
  too_many_attempts: {
    code: 4292,
    retryable: true,
    message: "Too many failed sign-ins; wait before the next.",
  },
  internal: { code: 5000, retryable: true, message: "The server failed on this command." },
  storage_full: {
    code: 5001,
    retryable: true,
    message: "The server's disk is full; reading goes on.",
  },
  storage_unavailable: {
    code: 5002,
    retryable: true,
    message: "The server's storage does not answer.",
  },
  shutting_down: { code: 5003, retryable: true, message: "This node is shutting down; reconnect." },
} as const;

export type ErrorName = keyof typeof errors;

/** An error as it travels: a reply of type `error`. */
export interface WireError {
  readonly code: number;
  readonly name: ErrorName;
  readonly message: string;
  readonly retryable: boolean;
  /** Milliseconds to wait before a retry, where the server knows. */
  readonly retryAfterMs?: number;
}

/** Builds the wire form of an error; `detail` replaces the table's message with a more exact one. */
export function wireError(name: ErrorName, detail?: string, retryAfterMs?: number): WireError {
  const entry = errors[name];
  return {
    code: entry.code,
    name,
    message: detail ?? entry.message,
    retryable: entry.retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
