import { flag, group, integer } from "../setting.ts";

export const pollSettings = group(
  {
    enabled: flag("Whether clients may connect by HTTP long-poll and server-sent events.", true),
    waitMs: integer(
      "Longest wait of a poll, and longest silence of a stream of events; below what proxies on the way allow.",
      { unit: "milliseconds", default: 25_000, minimum: 100, maximum: 55_000 },
    ),
    queueEntriesMax: integer(
      "Frames kept for one connection until they are fetched; a slower reader is closed with 4001.",
      { unit: "entries", default: 4_096, minimum: 64, maximum: 1_048_576 },
    ),
  },
  {
    description:
      "The native protocol by HTTP long-poll and server-sent events, at `/api/stream` of the web's port.",
  },
);
