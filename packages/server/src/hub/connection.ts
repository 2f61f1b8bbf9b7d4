import type { CloseName, ServerFrame } from "@godwit/protocol";
import type { Outgoing } from "./outgoing.ts";

/**
 * The writing side of one socket or channel, as everything above the gateway sees it. Writes of one turn of the event loop leave
 * together; what the socket does not take at once waits in a bounded buffer, and a reader too slow for it is closed with `slow_reader`.
 */
export interface Connection {
  readonly address: string;
  /** Queues a shared frame; ignored once closed. */
  write(outgoing: Outgoing): void;
  /** Queues a frame for this connection alone. */
  reply(frame: ServerFrame): void;
  /** True while the socket does not take more: a replay should wait for `drained`. */
  readonly congested: boolean;
  /** Sends what is queued, and resolves when the socket has taken it all or the connection has closed. */
  drained(): Promise<void>;
  /** Stops and restarts reading from the socket: back-pressure on the sender. Calls nest by the owner, not here. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes with the code of that name. */
  close(name: CloseName, detail?: string): void;
}
