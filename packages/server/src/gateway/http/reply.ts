/** Errors of the HTTP API: the wire error object as JSON, its status from the table. */
import { wireError, type ErrorName, type WireError } from "@godwit/protocol";
import { AuthError } from "../../accounts/accounts.ts";
import { StoreError } from "../../store/port.ts";

/** Statuses that say more than the error's own: they have no row in the table because frames cannot fail like that. */
export type HttpOnlyStatus = 405 | 413 | 415 | 503;

/** A refusal inside a route. Rendered by `errorResponse`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly wire: WireError;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    wire: WireError,
    status?: HttpOnlyStatus,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(wire.message);
    this.wire = wire;
    this.status = status ?? statusOf(wire);
    this.headers = headers;
  }
}

/** 4012 → 401, 4290 → 429, 5001 → 500; a command that there is not is a 404 here. */
const statusOf = ({ name, code }: WireError) =>
  name === "unknown_command" ? 404 : Math.floor(code / 10);

export function success(result: unknown, status: 200 | 201 = 200): Response {
  return Response.json(result, { status, headers: { "cache-control": "no-store" } });
}

export function refuse(name: ErrorName, detail?: string, status?: HttpOnlyStatus): ApiError {
  return new ApiError(wireError(name, detail), status);
}

const storeNames = {
  full: "storage_full",
  unavailable: "storage_unavailable",
  read_only: "storage_unavailable",
  newer_schema: "storage_unavailable",
  corrupt: "storage_unavailable",
  closed: "shutting_down",
} as const;

/** The API error behind a failure; undefined if it is one that nobody foresaw. */
export function apiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof AuthError) return new ApiError(error.toWire());
  if (error instanceof StoreError) return new ApiError(wireError(storeNames[error.reason]));
  return undefined;
}

/** RFC 6750 section 3: a challenge with every 401; the error only if a token was there. */
function challenge(wire: WireError): Record<string, string> {
  if (statusOf(wire) !== 401 || wire.name === "credentials_wrong") return {};
  return { "www-authenticate": `Bearer realm="godwit", error="invalid_token"` };
}

export function errorResponse({ wire, status, headers }: ApiError): Response {
  return Response.json(wire, {
    status,
    headers: {
      "cache-control": "no-store",
      ...challenge(wire),
      ...(wire.retryAfterMs === undefined
        ? {}
        : { "retry-after": String(Math.ceil(wire.retryAfterMs / 1000)) }),
      ...headers,
    },
  });
}
