import type { Walk } from "../load/stream-link.ts";

/** How a load speaks to a server: the hot frames are written and read by hand, the rest as plain objects. */

/** What one connection hears. Positions and counted events follow the protocol's sessions; the floor has none. */
export interface Ears {
  /** The user's number. */
  readonly number: number;
  welcome(welcome: Welcome): void;
  /** The acknowledgement of the `n`th send of this connection. */
  acknowledged(n: number, seq: number): void;
  /** The `n`th send was refused and not stored. */
  refused(n: number, name: string): void;
  /** A message event; `sender` is undefined if it is not one of this load (system messages and others' ones). */
  message(sender: number | undefined, n: number, seq: number): void;
  /** Any other frame, decoded: replies to commands, events, errors. */
  other(frame: Readonly<Record<string, unknown>>): void;
  /** Sends something back at once: acknowledgements of protocols that want one for each message. */
  answer(frame: Uint8Array): void;
}

export interface Welcome {
  readonly session: string;
  readonly position: number;
  readonly resumed: boolean;
  readonly syncRequired: boolean;
  /** How often the server wants to hear something; 0 where it does not care. */
  readonly heartbeatMs: number;
}

export interface Hello {
  readonly user: number;
  readonly token: string;
  readonly device?: string | undefined;
  readonly resume?: { readonly session: string; readonly position: number } | undefined;
}

/** Where a connection's messages go. */
export interface Route {
  readonly sender: number;
  /** The floor's receiver: a user's number or everyone. */
  readonly receiver: number;
  /** The conversation's id, for servers that have one. */
  readonly conversation: string;
}

/**
 * What carries the frames: WebSocket, which frames them by itself; a stream of bytes, in which whole frames are written and found by `walk`; or HTTP requests, in which
 * they are lines.
 */
export type Carrier =
  | {
      readonly by: "websocket";
      readonly subprotocol: string | undefined;
      /** The opcode of the frames that carry sends. */
      readonly opcode: number;
    }
  | { readonly by: "stream"; readonly walk: Walk }
  | { readonly by: "requests" };

export interface Wire {
  readonly name: string;
  readonly carrier: Carrier;
  /**
   * True if messages have no numbers that all readers see: then `seq` follows from sender and `n`, and order is checked for each sender by itself.
   */
  readonly ordersBySender?: boolean;
  /** Something that is answered with a welcome, where there are no commands to ask with. */
  probe?(hello: Hello): string | Uint8Array;
  /** Hears which conversation the load is about, before anybody connects. */
  about?(conversation: string): void;
  hello(hello: Hello): string | Uint8Array;
  /** A command of the cold kind; `id` must be at least `commandIdsFrom`. The floor has none. */
  command(type: string, id: number, params: Readonly<Record<string, unknown>>): string | Uint8Array;
  /** The acknowledgement of events up to `position`, or undefined where the protocol has none. */
  received(position: number): string | Uint8Array | undefined;
  /** Makes the writer of one connection's sends: it writes the payload of the `n`th at `out[at…]` and returns its end. */
  sender(route: Route, payloadBytes: number): (out: Buffer, at: number, n: number) => number;
  /** Reads one payload, `bytes[from, to)`, and says what it is. */
  hear(bytes: Buffer, from: number, to: number, ears: Ears): void;
}

/** Request ids below are those of sends (their `n`), ids from here on those of other commands. */
export const commandIdsFrom = 1_000_000_000;
