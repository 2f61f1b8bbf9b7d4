/**
 * Schemas of the HTTP API as plain JSON Schema. Checked by the compiler that the protocol uses; importing TypeBox's builders
 * as well would take 50 ms of every start.
 */
import { deviceIdPattern, limits, userIdPattern } from "@godwit/protocol";
import type { XStatic } from "typebox/schema";

/** As much of JSON Schema as the API uses. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly description?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface ObjectSchema extends JsonSchema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, JsonSchema>>;
}

/** The TypeScript type of values that fit. */
export type StaticOf<S> = S extends ObjectSchema ? XStatic<S> : Record<string, never>;

/** An object; fields that are not named as required are optional, unknown ones pass. */
export const object = <
  const P extends Readonly<Record<string, JsonSchema>>,
  const R extends readonly (keyof P & string)[],
>(
  properties: P,
  required: R,
) => ({ type: "object", required, properties }) as const;

export const listOf = <const I extends JsonSchema>(items: I) => ({ type: "array", items }) as const;
export const boolean = { type: "boolean" } as const;

export const userId = { type: "string", pattern: userIdPattern } as const;
export const deviceId = { type: "string", pattern: deviceIdPattern } as const;
/** Binds a token. */
export const tokenDevice = {
  ...deviceId,
  description: "binds the token to this device, so that it can be signed out alone",
} as const;
export const platform = {
  type: "string",
  enum: ["web", "desktop", "ios", "android", "device", "bot"],
} as const;
export const name = { type: "string", minLength: 1, maxLength: limits.titleLengthMax } as const;
/** In code units; the exact rule (code points, shortest length) is the accounts' own. */
export const password = { type: "string", minLength: 1, maxLength: 512 } as const;
export const reason = { type: "string", maxLength: limits.reasonLengthMax } as const;
export const timeMs = {
  type: "integer",
  description: "milliseconds since the Unix epoch",
} as const;
export const signedIn = object({ token: { type: "string" }, user: userId, expiresAt: timeMs }, [
  "token",
  "user",
  "expiresAt",
]);
export const inviteToken = {
  type: "string",
  minLength: 1,
  maxLength: limits.inviteTokenLengthMax,
} as const;
export const invitation = object(
  {
    conversation: { type: "string" },
    kind: { type: "string", enum: ["group", "channel"] },
    title: { type: "string" },
    memberCount: { type: "integer" },
    inviter: userId,
    inviterName: { type: "string" },
    expiresAt: timeMs,
  },
  ["conversation", "kind", "memberCount", "inviter", "expiresAt"],
);
export const ended = object(
  { ended: { type: "integer", description: "live sessions that were ended" } },
  ["ended"],
);
/** The wire error object; see `WireError`. */
export const errorReply = object(
  {
    code: { type: "integer" },
    name: { type: "string" },
    message: { type: "string" },
    retryable: boolean,
    retryAfterMs: { type: "integer", minimum: 0 },
  },
  ["code", "name", "message", "retryable"],
);
