import { choice, group, integer } from "../setting.ts";
import { doorEnabled, doorPort } from "./door.ts";

const mebibyte = 1_048_576;

export const tcpSettings = group(
  {
    enabled: doorEnabled("binary TCP"),
    port: doorPort("binary TCP", 8481),
    channelsMax: integer(
      "Sessions that may share one connection; more are refused as overloaded.",
      {
        unit: "channels",
        default: 1_024,
        minimum: 1,
        maximum: 1_000_000,
      },
    ),
    windowBytesMax: integer(
      "What a client may send on one channel ahead of its being processed; a frame more at most.",
      { unit: "bytes", default: 262_144, minimum: 65_536, maximum: 16 * mebibyte },
    ),
    pendingBytesMax: integer(
      "Unsent bytes of all channels of one connection; past that the channel with the most is closed with 4001.",
      { unit: "bytes", default: 16 * mebibyte, minimum: mebibyte, maximum: 1_073_741_824 },
    ),
    compression: choice(
      "Whether frames are compressed for clients that ask for it.",
      ["asked", "never"],
      "asked",
    ),
  },
  {
    description:
      "Binary TCP: many sessions on one connection. TLS 1.3 on the same port with the files of `listen.tls`.",
  },
);
