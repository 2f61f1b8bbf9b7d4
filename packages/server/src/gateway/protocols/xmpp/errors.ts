/** What refusals and ends are called in XMPP. Conditions are those of RFC 6120 sections 4.9.3 and 8.3.3; beside them stands our own name for it. */
import { closeCodes, type CloseName, type ErrorName, type WireError } from "@godwit/protocol";
import { el, serialize, type Element } from "./xml/element.ts";
import type { StreamCondition } from "./xml/fault.ts";
import { ns } from "./namespaces.ts";

export type StanzaCondition =
  | "bad-request"
  | "conflict"
  | "feature-not-implemented"
  | "forbidden"
  | "gone"
  | "internal-server-error"
  | "item-not-found"
  | "jid-malformed"
  | "not-acceptable"
  | "not-allowed"
  | "not-authorized"
  | "policy-violation"
  | "registration-required"
  | "remote-server-not-found"
  | "resource-constraint"
  | "service-unavailable"
  | "unexpected-request";

type ErrorType = "auth" | "cancel" | "modify" | "wait";

/** RFC 6120 section 8.3.3 names a type for each condition. */
const typeOf: Readonly<Record<StanzaCondition, ErrorType>> = {
  "bad-request": "modify",
  conflict: "cancel",
  "feature-not-implemented": "cancel",
  forbidden: "auth",
  gone: "cancel",
  "internal-server-error": "wait",
  "item-not-found": "cancel",
  "jid-malformed": "modify",
  "not-acceptable": "modify",
  "not-allowed": "cancel",
  "not-authorized": "auth",
  "policy-violation": "modify",
  "registration-required": "auth",
  "remote-server-not-found": "cancel",
  "resource-constraint": "wait",
  "service-unavailable": "cancel",
  "unexpected-request": "wait",
};

const conditionOf: Readonly<Record<ErrorName, StanzaCondition>> = {
  bad_request: "bad-request",
  unknown_command: "feature-not-implemented",
  invalid_params: "bad-request",
  content_too_large: "policy-violation",
  token_invalid: "not-authorized",
  token_expired: "not-authorized",
  credentials_wrong: "not-authorized",
  account_disabled: "not-authorized",
  hello_required: "not-authorized",
  forbidden: "forbidden",
  not_member: "registration-required",
  banned: "forbidden",
  muted: "forbidden",
  content_rejected: "not-acceptable",
  conversation_unknown: "item-not-found",
  user_unknown: "item-not-found",
  message_unknown: "item-not-found",
  conflict: "conflict",
  user_exists: "conflict",
  conversation_dissolved: "gone",
  group_full: "service-unavailable",
  rate_limited: "resource-constraint",
  busy: "resource-constraint",
  too_many_attempts: "resource-constraint",
  internal: "internal-server-error",
  storage_full: "resource-constraint",
  storage_unavailable: "resource-constraint",
  shutting_down: "service-unavailable",
};

/** Thrown by whatever answers a stanza: it is answered with this error. */
export class StanzaError extends Error {
  override readonly name = "StanzaError";
  readonly condition: StanzaCondition;
  readonly wire: WireError | undefined;

  constructor(condition: StanzaCondition, text: string, wire?: WireError) {
    super(text);
    this.condition = condition;
    this.wire = wire;
  }
}

/** A refusal of the core as an error of a stanza. */
export function refusedStanza(wire: WireError): StanzaError {
  return new StanzaError(conditionOf[wire.name], wire.message, wire);
}

/** The `<error/>` of a stanza. */
export function errorElement({ condition, message, wire }: StanzaError): Element {
  const waits = wire?.retryable === true;
  return el(
    "error",
    ns.client,
    { type: waits ? "wait" : typeOf[condition] },
    el(condition, ns.stanzaErrors),
    el("text", ns.stanzaErrors, {}, message),
    wire === undefined
      ? undefined
      : el(wire.name, ns.errors, {
          code: String(wire.code),
          "retry-after-ms": wire.retryAfterMs === undefined ? undefined : String(wire.retryAfterMs),
        }),
  );
}

/** The answer to a stanza that failed. RFC 6120 section 8.3.1: nobody answers an error, or an answer, with an error; then there is none. */
export function errorAnswer(
  { name, attrs: { type, id, to } }: Element,
  error: unknown,
  client: { readonly bare: string; readonly full: string },
): Element | undefined {
  if (type === "error" || (name === "iq" && type === "result")) return undefined;
  const known =
    error instanceof StanzaError
      ? error
      : new StanzaError("internal-server-error", "The server failed on this stanza.");
  const attrs = { type: "error", id, from: to ?? client.bare, to: client.full };
  return el(name, ns.client, attrs, errorElement(known));
}

const streamConditionOf: Readonly<Record<CloseName, StreamCondition>> = {
  draining: "system-shutdown",
  slow_reader: "policy-violation",
  idle: "connection-timeout",
  connect_deadline: "connection-timeout",
  overloaded: "resource-constraint",
  resumed_elsewhere: "conflict",
  internal: "internal-server-error",
  flooding: "policy-violation",
  bad_frame: "bad-format",
  frame_too_large: "policy-violation",
  token_invalid: "not-authorized",
  token_expired: "not-authorized",
  replaced: "conflict",
  kicked: "policy-violation",
  account_disabled: "not-authorized",
  signed_out: "reset",
  unsupported_version: "unsupported-version",
};

/** A `<stream:error/>` for one of our close codes; `detail` says more than the table. */
export function closeError(name: CloseName, detail?: string): string {
  const { code, message } = closeCodes[name];
  const own = el(name.replaceAll("_", "-"), ns.errors, { code: String(code) });
  return streamError(streamConditionOf[name], detail ?? message, own);
}

/** The text of a `<stream:error/>`, which stands for itself on every transport. */
export function streamError(condition: StreamCondition, text: string, own?: Element): string {
  const inside = [
    el(condition, ns.streamErrors),
    el("text", ns.streamErrors, {}, text),
    ...(own === undefined ? [] : [own]),
  ];
  const body = inside.map((each) => serialize(each, "")).join("");
  return `<stream:error xmlns:stream="${ns.streams}">${body}</stream:error>`;
}
