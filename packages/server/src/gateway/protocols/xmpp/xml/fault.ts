/** The stream errors of RFC 6120 section 4.9.3 that this server sends. Each ends its stream. */
export type StreamCondition =
  | "bad-format"
  | "bad-namespace-prefix"
  | "conflict"
  | "connection-timeout"
  | "host-unknown"
  | "improper-addressing"
  | "internal-server-error"
  | "invalid-from"
  | "invalid-namespace"
  | "invalid-xml"
  | "not-authorized"
  | "not-well-formed"
  | "policy-violation"
  | "reset"
  | "resource-constraint"
  | "restricted-xml"
  | "system-shutdown"
  | "undefined-condition"
  | "unsupported-encoding"
  | "unsupported-feature"
  | "unsupported-stanza-type"
  | "unsupported-version";

/** A fault for which the stream must end, with the condition that the client is told. */
export class StreamFault extends Error {
  override readonly name = "StreamFault";
  readonly condition: StreamCondition;

  constructor(condition: StreamCondition, detail: string) {
    super(detail);
    this.condition = condition;
  }
}
