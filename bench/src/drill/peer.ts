import type { ConnectOptions } from "@godwit/client";
import type { DrillRecord, Seen } from "./record.ts";

/** Somebody who takes part in a drill: sends, survives the server's death, and tells the record what it saw. */
export interface Peer {
  readonly user: string;
  /** Messages that wait for their acknowledgement. */
  readonly pending: number;
  /** Begins, and stays connected until `stop`. Resolves at the first welcome. */
  start(): Promise<void>;
  /** Says something; does nothing while too much waits for its acknowledgement. */
  send(conversation: string): void;
  /** The whole log of a conversation as the server has it, from seq 1; waits for the connection to be there. */
  log(conversation: string): Promise<Seen[]>;
  stop(): Promise<void>;
}

export interface PeerOptions {
  /** How the SDK connects, if not by WebSocket to the port. */
  readonly way?: Partial<ConnectOptions> | undefined;
  readonly user: string;
  readonly token: string;
  readonly port: number;
  readonly codec: "json" | "binary";
  readonly record: DrillRecord;
  /** Reports what must not happen. */
  readonly fail: (what: string) => void;
}

/** More than that does not wait: while the server is away, nobody writes on. */
export const pendingMax = 64;
