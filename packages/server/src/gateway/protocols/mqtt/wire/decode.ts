import { malformed, PacketError, protocolError, reasons, types } from "./codes.ts";
import type {
  Acknowledgement,
  Auth,
  ClientPacket,
  Connect,
  Disconnect,
  Publish,
  Qos,
  Subscribe,
  Subscription,
  Unsubscribe,
  Version,
  Will,
} from "./packets.ts";
import { allowed, type Properties } from "./properties.ts";
import { Reader } from "./reader.ts";

/** Topic filters in one SUBSCRIBE or UNSUBSCRIBE. */
const filtersPerPacketMax = 256;

/** The four flag bits that each type must have (section 2.1.3); PUBLISH has its own. */
const flagsOf: readonly (number | undefined)[] = [
  undefined,
  0,
  0,
  undefined,
  0,
  0,
  2,
  0,
  2,
  0,
  2,
  0,
  0,
  0,
  0,
  0,
];

/**
 * Reads one whole packet from a client: `first` is the first byte of its fixed header, `bytes[at, end)` what follows the Remaining Length. Before the CONNECT
 * `version` is undefined. @throws PacketError, and nothing else.
 */
export function decode(
  first: number,
  bytes: Buffer,
  at: number,
  end: number,
  version: Version | undefined,
): ClientPacket {
  const type = first >> 4;
  const flags = first & 15;
  if (type !== types.publish && flags !== flagsOf[type])
    throw malformed("The reserved flags of the fixed header are not as they must be.");
  const reader = new Reader(bytes, at, end);
  if (type === types.connect) {
    if (version !== undefined) throw protocolError("A second CONNECT is not allowed.");
    return connect(reader);
  }
  if (version === undefined) throw protocolError("The first packet must be CONNECT.");
  switch (type) {
    case types.publish:
      return publish(reader, flags, version);
    case types.puback:
      return acknowledgement("puback", reader, version);
    case types.pubrec:
      return acknowledgement("pubrec", reader, version);
    case types.pubrel:
      return acknowledgement("pubrel", reader, version);
    case types.pubcomp:
      return acknowledgement("pubcomp", reader, version);
    case types.subscribe:
      return subscribe(reader, version);
    case types.unsubscribe:
      return unsubscribe(reader, version);
    case types.pingreq:
      reader.done();
      return { type: "pingreq" };
    case types.disconnect:
      return disconnect(reader, version);
    case types.auth:
      return auth(reader, version);
    default:
      throw protocolError("This packet is not for a client to send.");
  }
}

const none: Properties = Object.freeze({});

/** Section 3.1; MQTT 3.1 (level 3, `MQIsdp`) is refused by its version. */
function connect(reader: Reader): Connect {
  const name = reader.text();
  if (name !== "MQTT" && name !== "MQIsdp") throw malformed("This is not MQTT.");
  const level = reader.byte();
  if ((level !== 4 && level !== 5) || name !== "MQTT")
    throw new PacketError(
      reasons.unsupportedProtocolVersion,
      "Only MQTT 3.1.1 (level 4) and 5.0 (level 5) are spoken here.",
    );
  const version: Version = level;
  const flags = reader.byte();
  if ((flags & 1) !== 0) throw malformed("The reserved flag of CONNECT is set.");
  const hasWill = (flags & 4) !== 0;
  const willQos = (flags >> 3) & 3;
  if (willQos === 3 || (!hasWill && (flags & 0x38) !== 0))
    throw malformed("The will flags contradict each other.");
  if (version === 4 && (flags & 0xc0) === 0x40)
    throw malformed("MQTT 3.1.1 allows no password without a user name.");
  const keepAliveS = reader.int16();
  const properties = version === 5 ? reader.properties(allowed.connect) : none;
  const clientId = reader.text();
  const will = hasWill
    ? readWill(reader, version, willQos as Qos, (flags & 0x20) !== 0)
    : undefined;
  const username = (flags & 0x80) === 0 ? undefined : reader.text();
  const password = (flags & 0x40) === 0 ? undefined : reader.binary().toString("utf8");
  reader.done();
  if (properties.receiveMax === 0 || properties.packetBytesMax === 0)
    throw protocolError("Receive Maximum and Maximum Packet Size must not be 0.");
  if (properties.authData !== undefined && properties.authMethod === undefined)
    throw protocolError("Authentication data needs an authentication method.");
  const clean = (flags & 2) !== 0;
  return {
    type: "connect",
    version,
    clean,
    keepAliveS,
    clientId,
    username,
    password,
    will,
    properties,
  };
}

function readWill(reader: Reader, version: Version, qos: Qos, retain: boolean): Will {
  const properties = version === 5 ? reader.properties(allowed.will) : none;
  judgeResponseTopic(properties);
  const topic = reader.text();
  // Kept as long as the session: not a view into the chunk it came in.
  const payload = Buffer.from(reader.binary());
  return { topic, payload, qos, retain, properties };
}

/** Section 3.3.2.3.5. */
function judgeResponseTopic(properties: Properties | undefined): void {
  if (properties?.responseTopic !== undefined && /[+#]/.test(properties.responseTopic))
    throw protocolError("A response topic must not have wildcards.");
}

function packetId(reader: Reader): number {
  const id = reader.int16();
  if (id === 0) throw protocolError("A packet identifier must not be 0.");
  return id;
}

/** Section 3.3. */
function publish(reader: Reader, flags: number, version: Version): Publish {
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw malformed("There is no QoS 3.");
  const dup = (flags & 8) !== 0;
  if (dup && qos === 0) throw malformed("DUP must be 0 at QoS 0.");
  const topic = reader.text();
  const id = qos === 0 ? 0 : packetId(reader);
  const properties = version === 5 ? reader.properties(allowed.publish) : undefined;
  judgeResponseTopic(properties);
  if (properties?.topicAlias === 0)
    throw new PacketError(reasons.topicAliasInvalid, "A topic alias must not be 0.");
  return {
    type: "publish",
    topic,
    qos: qos as Qos,
    dup,
    retain: (flags & 1) !== 0,
    packetId: id,
    payload: reader.payload(),
    properties,
  };
}

/** Sections 3.4 to 3.7. */
function acknowledgement(
  type: Acknowledgement["type"],
  reader: Reader,
  version: Version,
): Acknowledgement {
  const id = packetId(reader);
  let reason = 0;
  if (version === 5 && reader.left > 0) {
    reason = reader.byte();
    if (reader.left > 0) reader.properties(allowed.acknowledgement);
  }
  reader.done();
  return { type, packetId: id, reason };
}

/** Section 3.8. */
function subscribe(reader: Reader, version: Version): Subscribe {
  const id = packetId(reader);
  const properties = version === 5 ? reader.properties(allowed.subscribe) : none;
  const [subscriptionId] = properties.subscriptionIds ?? [];
  if (subscriptionId === 0) throw protocolError("A subscription identifier must not be 0.");
  const subscriptions: Subscription[] = [];
  while (reader.left > 0) {
    if (subscriptions.length >= filtersPerPacketMax) throw tooManyFilters();
    const filter = reader.text();
    const options = reader.byte();
    const qos = options & 3;
    const retainHandling = (options >> 4) & 3;
    if (qos === 3 || retainHandling === 3 || (options & (version === 5 ? 0xc0 : 0xfc)) !== 0)
      throw malformed("The options of a subscription are not valid.");
    subscriptions.push({
      filter,
      qos: qos as Qos,
      noLocal: (options & 4) !== 0,
      retainAsPublished: (options & 8) !== 0,
      retainHandling: retainHandling as 0 | 1 | 2,
    });
  }
  if (subscriptions.length === 0) throw protocolError("A SUBSCRIBE must have a topic filter.");
  return { type: "subscribe", packetId: id, subscriptions, subscriptionId };
}

/** Section 3.10. */
function unsubscribe(reader: Reader, version: Version): Unsubscribe {
  const id = packetId(reader);
  if (version === 5) reader.properties(allowed.unsubscribe);
  const filters: string[] = [];
  while (reader.left > 0) {
    if (filters.length >= filtersPerPacketMax) throw tooManyFilters();
    filters.push(reader.text());
  }
  if (filters.length === 0) throw protocolError("An UNSUBSCRIBE must have a topic filter.");
  return { type: "unsubscribe", packetId: id, filters };
}

function tooManyFilters(): PacketError {
  return new PacketError(
    reasons.quotaExceeded,
    `One packet may name ${filtersPerPacketMax} topic filters.`,
  );
}

/** Section 3.14. */
function disconnect(reader: Reader, version: Version): Disconnect {
  let reason = 0;
  let properties = none;
  if (version === 5 && reader.left > 0) {
    reason = reader.byte();
    if (reader.left > 0) properties = reader.properties(allowed.disconnect);
  }
  reader.done();
  return { type: "disconnect", reason, properties };
}

/** Section 3.15. */
function auth(reader: Reader, version: Version): Auth {
  if (version === 4) throw protocolError("MQTT 3.1.1 has no AUTH.");
  let reason = 0;
  let properties = none;
  if (reader.left > 0) {
    reason = reader.byte();
    if (reader.left > 0) properties = reader.properties(allowed.auth);
  }
  reader.done();
  return { type: "auth", reason, properties };
}
