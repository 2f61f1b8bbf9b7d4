import type { FetchMode } from "./fetch-socket.ts";
import type { HeartbeatMemory } from "./heartbeat.ts";

/** How a client reaches the server, best first; `tcp` only by a URL of its own, beside which there is nothing else. */
export type Transport = "websocket" | "tcp" | "sse" | "poll";

/** What a device has learnt about one kind of network. */
export interface NetworkMemory {
  readonly heartbeat?: HeartbeatMemory;
  /** What to begin with, because the better ones did not come through, and until when, in milliseconds since the epoch. */
  readonly transport?: { readonly mode: FetchMode; readonly until: number };
}
