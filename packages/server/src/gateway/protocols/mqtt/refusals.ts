import type { CloseName, ErrorName } from "@godwit/protocol";
import { reasons, type Reason } from "./wire/codes.ts";

/** A CONNECT is refused with this. */
export class ConnectRefused extends Error {
  override readonly name = "ConnectRefused";
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What a refused command is called in a PUBACK or PUBREC (MQTT 5.0 section 3.4.2.1). */
const byError: Readonly<Record<ErrorName, Reason>> = {
  bad_request: reasons.implementationSpecific,
  unknown_command: reasons.implementationSpecific,
  invalid_params: reasons.payloadFormatInvalid,
  content_too_large: reasons.implementationSpecific,
  token_invalid: reasons.notAuthorized,
  token_expired: reasons.notAuthorized,
  credentials_wrong: reasons.notAuthorized,
  account_disabled: reasons.notAuthorized,
  hello_required: reasons.notAuthorized,
  forbidden: reasons.notAuthorized,
  not_member: reasons.notAuthorized,
  banned: reasons.notAuthorized,
  muted: reasons.notAuthorized,
  content_rejected: reasons.implementationSpecific,
  conversation_unknown: reasons.topicNameInvalid,
  user_unknown: reasons.topicNameInvalid,
  message_unknown: reasons.implementationSpecific,
  conflict: reasons.implementationSpecific,
  user_exists: reasons.implementationSpecific,
  conversation_dissolved: reasons.notAuthorized,
  group_full: reasons.quotaExceeded,
  rate_limited: reasons.quotaExceeded,
  busy: reasons.quotaExceeded,
  too_many_attempts: reasons.quotaExceeded,
  internal: reasons.unspecifiedError,
  storage_full: reasons.quotaExceeded,
  storage_unavailable: reasons.unspecifiedError,
  shutting_down: reasons.unspecifiedError,
};

export function reasonOfError(error: ErrorName): Reason {
  return byError[error];
}

/** The same in a SUBACK, which has fewer reasons (MQTT 5.0 section 3.9.3). */
export function reasonOfSubscription(error: ErrorName): Reason {
  const reason = byError[error];
  return reason === reasons.topicNameInvalid || reason === reasons.payloadFormatInvalid
    ? reasons.topicFilterInvalid
    : reason;
}

/** What a refused CONNECT is told. */
export function connectReason(error: ErrorName): Reason {
  switch (error) {
    case "token_invalid":
    case "token_expired":
    case "credentials_wrong":
      return reasons.badUserNameOrPassword;
    case "account_disabled":
      return reasons.banned;
    case "too_many_attempts":
    case "rate_limited":
    case "busy":
      return reasons.serverBusy;
    case "shutting_down":
    case "storage_full":
    case "storage_unavailable":
      return reasons.serverUnavailable;
    case "invalid_params":
      return reasons.clientIdentifierNotValid;
    case "forbidden":
      return reasons.notAuthorized;
    default:
      return reasons.unspecifiedError;
  }
}

/** What a DISCONNECT says instead of a close code. */
const byClose: Readonly<Record<CloseName, Reason>> = {
  draining: reasons.serverShuttingDown,
  slow_reader: reasons.quotaExceeded,
  idle: reasons.keepAliveTimeout,
  connect_deadline: reasons.unspecifiedError,
  overloaded: reasons.serverBusy,
  resumed_elsewhere: reasons.sessionTakenOver,
  internal: reasons.unspecifiedError,
  flooding: reasons.messageRateTooHigh,
  bad_frame: reasons.malformedPacket,
  frame_too_large: reasons.packetTooLarge,
  token_invalid: reasons.notAuthorized,
  token_expired: reasons.notAuthorized,
  replaced: reasons.sessionTakenOver,
  kicked: reasons.administrativeAction,
  account_disabled: reasons.notAuthorized,
  signed_out: reasons.administrativeAction,
  unsupported_version: reasons.unsupportedProtocolVersion,
};

export function reasonOfClose(name: CloseName): Reason {
  return byClose[name];
}
