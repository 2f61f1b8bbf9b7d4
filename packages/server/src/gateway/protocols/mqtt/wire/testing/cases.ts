/** The wire table: packets that a client may send, and ones that break a rule, as hex. Corpus of the fuzz test too. */
import type { Reason } from "../codes.ts";
import { reasons } from "../codes.ts";
import type { ClientPacket, Version } from "../packets.ts";

interface Good {
  readonly name: string;
  /** Of the connection; undefined before the CONNECT. */
  readonly version: Version | undefined;
  readonly hex: string;
  readonly packet: Partial<ClientPacket>;
}

interface Bad {
  readonly name: string;
  readonly version: Version | undefined;
  readonly hex: string;
  readonly reason: Reason;
}

const mqtt4 = "00044d51545404";
const mqtt5 = "00044d51545405";

export const good: readonly Good[] = [
  {
    name: "CONNECT 3.1.1, clean, nothing else",
    version: undefined,
    hex: `100d${mqtt4}02003c000161`,
    packet: { type: "connect", version: 4, clean: true, keepAliveS: 60, clientId: "a" },
  },
  {
    name: "CONNECT 5.0 with user name, password and will",
    version: undefined,
    hex: `1020${mqtt5}ee000000000161051800000005000174000178000175000170`,
    packet: { type: "connect", version: 5, clean: true, username: "u", password: "p" },
  },
  {
    name: "CONNECT 5.0 with properties",
    version: undefined,
    hex: `101d${mqtt5}02000a0f110000003c21000a270000ffff1901000161`,
    packet: {
      type: "connect",
      properties: {
        sessionExpiryS: 60,
        receiveMax: 10,
        packetBytesMax: 65_535,
        requestResponseInformation: 1,
      },
    },
  },
  {
    name: "PUBLISH at QoS 0",
    version: 4,
    hex: "30050001746869",
    packet: { type: "publish", topic: "t", qos: 0, packetId: 0, retain: false },
  },
  {
    name: "PUBLISH at QoS 1 again, retained",
    version: 4,
    hex: "3b0700017400076869",
    packet: { type: "publish", topic: "t", qos: 1, dup: true, retain: true, packetId: 7 },
  },
  {
    name: "PUBLISH 5.0 by alias, with user properties in order",
    version: 5,
    hex: "341a0000000914230002260001610001622600016100016303000078",
    packet: {
      type: "publish",
      topic: "",
      qos: 2,
      packetId: 9,
      properties: {
        topicAlias: 2,
        user: [
          ["a", "b"],
          ["a", "c"],
        ],
        contentType: "",
      },
    },
  },
  {
    name: "PUBACK",
    version: 4,
    hex: "40020007",
    packet: { type: "puback", packetId: 7, reason: 0 },
  },
  {
    name: "PUBREC 5.0 with a reason and properties",
    version: 5,
    hex: "5008000787041f000178",
    packet: { type: "pubrec", packetId: 7, reason: 0x87 },
  },
  { name: "PUBREL", version: 5, hex: "62020007", packet: { type: "pubrel", packetId: 7 } },
  { name: "PUBCOMP", version: 4, hex: "70020007", packet: { type: "pubcomp", packetId: 7 } },
  {
    name: "SUBSCRIBE 5.0 with options and an identifier",
    version: 5,
    hex: "820a0001030b80010001612e",
    packet: { type: "subscribe" },
  },
  {
    name: "SUBSCRIBE to two filters",
    version: 4,
    hex: "820b00010001610100022f2302",
    packet: {
      type: "subscribe",
      packetId: 1,
      subscriptions: [
        { filter: "a", qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
        { filter: "/#", qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 },
      ],
    },
  },
  {
    name: "UNSUBSCRIBE",
    version: 4,
    hex: "a2050001000161",
    packet: { type: "unsubscribe", packetId: 1, filters: ["a"] },
  },
  { name: "PINGREQ", version: 4, hex: "c000", packet: { type: "pingreq" } },
  { name: "DISCONNECT", version: 4, hex: "e000", packet: { type: "disconnect", reason: 0 } },
  {
    name: "DISCONNECT 5.0 with will and expiry",
    version: 5,
    hex: "e00704051100000001",
    packet: { type: "disconnect", reason: 4, properties: { sessionExpiryS: 1 } },
  },
];

const { malformedPacket, protocolError, unsupportedProtocolVersion, topicAliasInvalid } = reasons;

export const bad: readonly Bad[] = [
  {
    name: "another protocol",
    version: undefined,
    hex: "100d00044d51545504020000000161",
    reason: malformedPacket,
  },
  {
    name: "MQTT 3.1",
    version: undefined,
    hex: "100f00064d514973647003020000000161",
    reason: unsupportedProtocolVersion,
  },
  {
    name: "MQTT 6",
    version: undefined,
    hex: "100d00044d51545406020000000161",
    reason: unsupportedProtocolVersion,
  },
  {
    name: "the reserved flag of CONNECT",
    version: undefined,
    hex: `100d${mqtt4}030000000161`,
    reason: malformedPacket,
  },
  {
    name: "will QoS 3",
    version: undefined,
    hex: `100d${mqtt4}1e0000000161`,
    reason: malformedPacket,
  },
  {
    name: "will retain without a will",
    version: undefined,
    hex: `100d${mqtt4}220000000161`,
    reason: malformedPacket,
  },
  {
    name: "a password without a user name in 3.1.1",
    version: undefined,
    hex: `1010${mqtt4}420000000161000170`,
    reason: malformedPacket,
  },
  {
    name: "a CONNECT that ends too early",
    version: undefined,
    hex: `100c${mqtt4}0200000002`,
    reason: malformedPacket,
  },
  {
    name: "a CONNECT with something behind it",
    version: undefined,
    hex: `100e${mqtt4}02000000016100`,
    reason: malformedPacket,
  },
  {
    name: "a receive maximum of 0",
    version: undefined,
    hex: `1011${mqtt5}02000003210000000161`,
    reason: protocolError,
  },
  {
    name: "a property twice",
    version: undefined,
    hex: `1014${mqtt5}02000006210001210001000161`,
    reason: protocolError,
  },
  {
    name: "a property of another packet",
    version: undefined,
    hex: `1011${mqtt5}02000003230001000161`,
    reason: protocolError,
  },
  {
    name: "a property that is none",
    version: undefined,
    hex: `1010${mqtt5}020000027f01000161`,
    reason: malformedPacket,
  },
  {
    name: "properties longer than the packet",
    version: undefined,
    hex: `100e${mqtt5}020000ff7f000161`,
    reason: malformedPacket,
  },
  {
    name: "a flag that is 2",
    version: undefined,
    hex: `1010${mqtt5}020000021902000161`,
    reason: protocolError,
  },
  {
    name: "authentication data without a method",
    version: undefined,
    hex: `1012${mqtt5}0200000416000178000161`,
    reason: protocolError,
  },
  {
    name: "a PUBLISH before the CONNECT",
    version: undefined,
    hex: "30050001746869",
    reason: protocolError,
  },
  { name: "a second CONNECT", version: 4, hex: `100d${mqtt4}020000000161`, reason: protocolError },
  { name: "QoS 3", version: 4, hex: "3606000174000768", reason: malformedPacket },
  { name: "DUP at QoS 0", version: 4, hex: "38050001746869", reason: malformedPacket },
  { name: "the packet identifier 0", version: 4, hex: "3206000174000068", reason: protocolError },
  { name: "a topic that is not UTF-8", version: 4, hex: "30040002c328", reason: malformedPacket },
  {
    name: "a topic with a surrogate in UTF-8",
    version: 4,
    hex: "30050003eda080",
    reason: malformedPacket,
  },
  {
    name: "a topic with a null character",
    version: 4,
    hex: "30050003610062",
    reason: malformedPacket,
  },
  {
    name: "a topic longer than the packet",
    version: 4,
    hex: "3003ffff61",
    reason: malformedPacket,
  },
  {
    name: "the topic alias 0",
    version: 5,
    hex: "300700017403230000",
    reason: topicAliasInvalid,
  },
  {
    name: "a subscription identifier in a PUBLISH",
    version: 5,
    hex: "3006000174020b01",
    reason: protocolError,
  },
  {
    name: "a response topic with a wildcard",
    version: 5,
    hex: "30080001740408000123",
    reason: protocolError,
  },
  {
    name: "a SUBSCRIBE without flags",
    version: 4,
    hex: "8006000100016100",
    reason: malformedPacket,
  },
  { name: "a SUBSCRIBE to nothing", version: 4, hex: "82020001", reason: protocolError },
  { name: "a subscription at QoS 3", version: 4, hex: "8206000100016103", reason: malformedPacket },
  { name: "options of 5.0 in 3.1.1", version: 4, hex: "8206000100016104", reason: malformedPacket },
  { name: "retain handling 3", version: 5, hex: "820700010000016130", reason: malformedPacket },
  {
    name: "the subscription identifier 0",
    version: 5,
    hex: "82090001020b0000016100",
    reason: protocolError,
  },
  { name: "an UNSUBSCRIBE from nothing", version: 4, hex: "a2020001", reason: protocolError },
  { name: "a PUBREL without flags", version: 4, hex: "60020007", reason: malformedPacket },
  { name: "a PINGREQ with a body", version: 4, hex: "c00100", reason: malformedPacket },
  { name: "a packet of the server", version: 4, hex: "d000", reason: protocolError },
  { name: "the type 0", version: 4, hex: "0000", reason: malformedPacket },
  { name: "AUTH in 3.1.1", version: 4, hex: "f000", reason: protocolError },
  {
    name: "a varint that is longer than needed",
    version: 5,
    hex: "300600017480006869",
    reason: malformedPacket,
  },
];
