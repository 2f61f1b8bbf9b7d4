import type { Connect, Version } from "./wire/packets.ts";
import type { Properties } from "./wire/properties.ts";

/** What the client has said of itself in CONNECT. */
export interface Terms {
  readonly version: Version;
  /** QoS 1 and 2 packets that may be under way to it. */
  readonly receiveMax: number;
  /** Larger packets are not sent to it. */
  readonly packetBytesMax: number;
  readonly topicAliasMax: number;
  /** Whether reasons may be put into words for it. */
  readonly wantsReasons: boolean;
}

/** A packet that says why, or does not: if the client asked for no reasons, or the packet would be too large for it (MQTT 5.0 section 3.4.2.2.2 and its like). */
export function saying(
  { wantsReasons, packetBytesMax }: Terms,
  why: string | undefined,
  write: (said?: Properties) => Uint8Array,
): Uint8Array {
  if (!wantsReasons || why === undefined || why === "") return write();
  const packet = write({ reasonString: why });
  return packet.length <= packetBytesMax ? packet : write();
}

/** What most clients say of themselves: nothing. One object for all of them. */
const usual = {
  receiveMax: 65_535,
  packetBytesMax: Number.POSITIVE_INFINITY,
  topicAliasMax: 0,
};
const usual4: Terms = Object.freeze({ ...usual, version: 4, wantsReasons: false });
const usual5: Terms = Object.freeze({ ...usual, version: 5, wantsReasons: true });

export function termsOf({ version, properties }: Connect): Terms {
  if (version === 4) return usual4;
  const { receiveMax, packetBytesMax, topicAliasMax, requestProblemInformation } = properties;
  const said = receiveMax ?? packetBytesMax ?? topicAliasMax ?? requestProblemInformation;
  if (said === undefined) return usual5;
  return {
    version,
    receiveMax: receiveMax ?? usual.receiveMax,
    packetBytesMax: packetBytesMax ?? usual.packetBytesMax,
    topicAliasMax: topicAliasMax ?? usual.topicAliasMax,
    wantsReasons: requestProblemInformation !== 0,
  };
}
