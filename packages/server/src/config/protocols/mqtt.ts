import { group, integer } from "../setting.ts";
import { doorEnabled, doorPort } from "./door.ts";

const hourS = 3_600;
const yearS = 366 * 24 * hourS;

export const mqttSettings = group(
  {
    enabled: doorEnabled("MQTT"),
    port: doorPort("MQTT", 1883),
    tlsPort: doorPort("MQTT over TLS", 8883),
    keepAliveSecondsMax: integer("Longest keep-alive that a client of MQTT 5.0 is granted.", {
      unit: "seconds",
      default: hourS,
      minimum: 1,
      maximum: 65_535,
    }),
    sessionExpirySecondsMax: integer(
      "How long a session is kept for a client that is away, at most.",
      {
        unit: "seconds",
        default: 30 * 24 * hourS,
        minimum: 0,
        maximum: yearS,
      },
    ),
    receiveMax: integer(
      "PUBLISH packets of one client at QoS 1 and 2 that may wait for their acknowledgement; after that it is not read.",
      { unit: "messages", default: 256, minimum: 1, maximum: 1_024 },
    ),
    subscriptionsMax: integer("Subscriptions of one session; more are refused.", {
      unit: "entries",
      default: 256,
      minimum: 1,
      maximum: 65_536,
    }),
    topicBytesMax: integer("One topic name or filter.", {
      unit: "bytes",
      default: 1_024,
      minimum: 64,
      maximum: 65_535,
    }),
    topicLevelsMax: integer("Levels of one topic name or filter.", {
      unit: "entries",
      default: 32,
      minimum: 4,
      maximum: 1_024,
    }),
    topicAliasMax: integer("Topic aliases that one client may set.", {
      unit: "entries",
      default: 64,
      minimum: 0,
      maximum: 65_535,
    }),
    retainedTopicsMax: integer(
      "Application topics of one user that retain a message; past that the one published to longest ago retains none.",
      { unit: "entries", default: 1_000, minimum: 0, maximum: 65_536 },
    ),
    retainedBytesMax: integer("Bytes of those messages; past that the same.", {
      unit: "bytes",
      default: 262_144,
      minimum: 1_024,
      maximum: 4_194_304,
    }),
  },
  { description: "MQTT 3.1.1 and 5.0. The TLS port is open if `listen.tls` is set." },
);
