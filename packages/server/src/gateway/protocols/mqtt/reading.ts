import type { CloseName } from "@godwit/protocol";
import type { Reason } from "./wire/codes.ts";
import type { ClientPacket, Version } from "./wire/packets.ts";

/** The reading side of a connection, as whoever is connected sees it. */
export interface Reading {
  /** Nothing more is read. */
  readonly over: boolean;
  /** Reads nothing more until the work is done. Its failure ends the connection. */
  hold(work: Promise<void>): void;
  /** Stops and restarts reading from the socket; as often as was stopped must be restarted. */
  pause(): void;
  resume(): void;
  /** Answers the CONNECT with a refusal, and ends the connection. */
  refuse(version: Version, reason: Reason, why: string): void;
  /** Sends what is queued, then closes. */
  stop(): void;
  /** Whoever has connected gets the packets from now on. */
  enter(sink: PacketSink): void;
}

/** Where packets go once a client is connected. */
export interface PacketSink {
  /** @throws PacketError if the packet is not allowed now. */
  receive(packet: ClientPacket): void;
  fail(reason: Reason, why: string): void;
  close(name: CloseName): void;
  /** The socket is gone. */
  gone(): void;
}
