/** Properties of MQTT 5.0 (section 2.2.2.2): which there are, of what type, and in which packets. */

/** Properties of one packet. A user property may come any number of times, in an order that is kept; of the others only the subscription identifier may repeat. */
export interface Properties {
  payloadFormat?: number;
  messageExpiryS?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array;
  subscriptionIds?: number[];
  sessionExpiryS?: number;
  assignedClientId?: string;
  serverKeepAliveS?: number;
  authMethod?: string;
  authData?: Uint8Array;
  requestProblemInformation?: number;
  willDelayS?: number;
  requestResponseInformation?: number;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  receiveMax?: number;
  topicAliasMax?: number;
  topicAlias?: number;
  maximumQos?: number;
  retainAvailable?: number;
  user?: (readonly [name: string, value: string])[];
  packetBytesMax?: number;
  wildcardAvailable?: number;
  subscriptionIdAvailable?: number;
  sharedAvailable?: number;
}

export type PropertyName = keyof Properties;
type Kind = "flag" | "int16" | "int32" | "varint" | "text" | "binary" | "pair";

export interface Property {
  readonly id: number;
  readonly name: PropertyName;
  readonly kind: Kind;
}

export const properties: readonly Property[] = [
  { id: 0x01, name: "payloadFormat", kind: "flag" },
  { id: 0x02, name: "messageExpiryS", kind: "int32" },
  { id: 0x03, name: "contentType", kind: "text" },
  { id: 0x08, name: "responseTopic", kind: "text" },
  { id: 0x09, name: "correlationData", kind: "binary" },
  { id: 0x0b, name: "subscriptionIds", kind: "varint" },
  { id: 0x11, name: "sessionExpiryS", kind: "int32" },
  { id: 0x12, name: "assignedClientId", kind: "text" },
  { id: 0x13, name: "serverKeepAliveS", kind: "int16" },
  { id: 0x15, name: "authMethod", kind: "text" },
  { id: 0x16, name: "authData", kind: "binary" },
  { id: 0x17, name: "requestProblemInformation", kind: "flag" },
  { id: 0x18, name: "willDelayS", kind: "int32" },
  { id: 0x19, name: "requestResponseInformation", kind: "flag" },
  { id: 0x1a, name: "responseInformation", kind: "text" },
  { id: 0x1c, name: "serverReference", kind: "text" },
  { id: 0x1f, name: "reasonString", kind: "text" },
  { id: 0x21, name: "receiveMax", kind: "int16" },
  { id: 0x22, name: "topicAliasMax", kind: "int16" },
  { id: 0x23, name: "topicAlias", kind: "int16" },
  { id: 0x24, name: "maximumQos", kind: "flag" },
  { id: 0x25, name: "retainAvailable", kind: "flag" },
  { id: 0x26, name: "user", kind: "pair" },
  { id: 0x27, name: "packetBytesMax", kind: "int32" },
  { id: 0x28, name: "wildcardAvailable", kind: "flag" },
  { id: 0x29, name: "subscriptionIdAvailable", kind: "flag" },
  { id: 0x2a, name: "sharedAvailable", kind: "flag" },
];

export const propertyById: readonly (Property | undefined)[] = Array.from(
  { length: 0x2b },
  (_, id) => properties.find((property) => property.id === id),
);

/** Which properties a client may put into which packet; another is a protocol error. */
export const allowed = {
  connect: new Set<PropertyName>([
    "sessionExpiryS",
    "receiveMax",
    "packetBytesMax",
    "topicAliasMax",
    "requestResponseInformation",
    "requestProblemInformation",
    "user",
    "authMethod",
    "authData",
  ]),
  will: new Set<PropertyName>([
    "willDelayS",
    "payloadFormat",
    "messageExpiryS",
    "contentType",
    "responseTopic",
    "correlationData",
    "user",
  ]),
  publish: new Set<PropertyName>([
    "payloadFormat",
    "messageExpiryS",
    "topicAlias",
    "responseTopic",
    "correlationData",
    "user",
    "contentType",
  ]),
  acknowledgement: new Set<PropertyName>(["reasonString", "user"]),
  subscribe: new Set<PropertyName>(["subscriptionIds", "user"]),
  unsubscribe: new Set<PropertyName>(["user"]),
  disconnect: new Set<PropertyName>(["sessionExpiryS", "reasonString", "user"]),
  auth: new Set<PropertyName>(["authMethod", "authData", "reasonString", "user"]),
} as const;

/** User properties of one packet; more are a protocol error of a client that has lost count. */
export const userPropertiesMax = 64;
