import type { Ids } from "../load/ids.ts";
import { jsonWire } from "./json.ts";
import type { Cast } from "./native.ts";
import type { Wire } from "./wire.ts";

const lineFeed = 0x0a;

/** The JSON codec by long-poll: frames are lines. */
export function pollWire(cast: Cast, ids: Ids): Wire {
  const json = jsonWire(cast, ids);
  return {
    ...json,
    name: "poll",
    carrier: { by: "requests" },
    sender(route, payloadBytes) {
      const write = json.sender(route, payloadBytes);
      return (out, at, n) => {
        const end = write(out, at, n);
        out[end] = lineFeed;
        return end + 1;
      };
    },
  };
}
