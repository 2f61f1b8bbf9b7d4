import type { RetainedLimits } from "./namespaces.ts";
import type { TopicLimits } from "./topics.ts";

/** The settings of MQTT; docs/configuration.md says what each means. */
export interface MqttConfig extends TopicLimits, RetainedLimits {
  readonly packetBytesMax: number;
  readonly keepAliveSecondsMax: number;
  readonly sessionExpirySecondsMax: number;
  readonly subscriptionsMax: number;
  readonly receiveMax: number;
  readonly topicAliasMax: number;
}
