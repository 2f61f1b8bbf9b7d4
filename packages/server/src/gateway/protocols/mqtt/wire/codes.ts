/** The numbers of MQTT: control packet types (MQTT 5.0 section 2.1.2), reason codes (2.4) and properties (2.2.2.2). */

export const types = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const;

/** MQTT 5.0 reason codes by the names of the specification. */
export const reasons = {
  success: 0x00,
  noMatchingSubscribers: 0x10,
  noSubscriptionExisted: 0x11,
  unspecifiedError: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementationSpecific: 0x83,
  unsupportedProtocolVersion: 0x84,
  clientIdentifierNotValid: 0x85,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  serverBusy: 0x89,
  banned: 0x8a,
  serverShuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  packetIdentifierInUse: 0x91,
  packetIdentifierNotFound: 0x92,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  messageRateTooHigh: 0x96,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
  payloadFormatInvalid: 0x99,
  retainNotSupported: 0x9a,
  qosNotSupported: 0x9b,
  sharedSubscriptionsNotSupported: 0x9e,
  wildcardSubscriptionsNotSupported: 0xa2,
} as const;

export type Reason = (typeof reasons)[keyof typeof reasons];

/** What a CONNACK of MQTT 3.1.1 can say (its section 3.2.2.3). */
export const returnCodes = {
  accepted: 0,
  unacceptableProtocolVersion: 1,
  identifierRejected: 2,
  serverUnavailable: 3,
  badUserNameOrPassword: 4,
  notAuthorized: 5,
} as const;

/** What an MQTT 3.1.1 client is told instead of a reason code of 5.0. */
export function returnCodeOf(reason: Reason): number {
  switch (reason) {
    case reasons.success:
      return returnCodes.accepted;
    case reasons.unsupportedProtocolVersion:
      return returnCodes.unacceptableProtocolVersion;
    case reasons.clientIdentifierNotValid:
      return returnCodes.identifierRejected;
    case reasons.badUserNameOrPassword:
    case reasons.badAuthenticationMethod:
      return returnCodes.badUserNameOrPassword;
    case reasons.notAuthorized:
    case reasons.banned:
      return returnCodes.notAuthorized;
    default:
      return returnCodes.serverUnavailable;
  }
}

/** A packet that breaks the rules: the connection ends, on MQTT 5.0 with this reason. The message says which rule. */
export class PacketError extends Error {
  override readonly name = "PacketError";
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A client may learn the same from every malformed packet: which rule of the specification it broke. */
export function malformed(message: string): PacketError {
  return new PacketError(reasons.malformedPacket, message);
}

export function protocolError(message: string): PacketError {
  return new PacketError(reasons.protocolError, message);
}
