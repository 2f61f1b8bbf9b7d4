import type { CloseName } from "@godwit/protocol";

/** An open door: what the server knows of a listener of any transport, which is how to watch it and how to shut it. */
export interface Listener {
  /** Of the protocol behind it, for log and metrics: `web`, `tcp`, `mqtt`, `xmpp`. */
  readonly name: string;
  readonly port: number;
  readonly connections: number;
  /** Takes no new connections from now on. */
  drain(): void;
  /** Closes every connection, each with what the close code means in its protocol. */
  closeAll(name: CloseName): void;
  /** Stops listening and cuts what is left. */
  stop(): Promise<void>;
}
