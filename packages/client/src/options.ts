import type { Codec, Platform, Status } from "@godwit/protocol";
import type { Clock, Random } from "./clock.ts";
import type { Transport } from "./transport.ts";
import type { SocketConstructor } from "./socket.ts";
import type { ClientStorage } from "./storage.ts";

/** A token, or the answer of `login` that holds one. */
export type TokenAnswer = string | { readonly token: string };

/** What `connect` needs. Only `url` and `token` are required. */
export interface ConnectOptions {
  /** `ws://host:8480/ws`; `http://host:8480` means the same. On Node and Bun also `tcp://host:8481` and `tls://host:8481`. */
  url: string;
  /**
   * A token, or a function that gets one. The function is called for every connection, when the token is about to expire, and once more when the
   * server refuses one; it may be asynchronous.
   */
  token: string | (() => TokenAnswer | Promise<TokenAnswer>);
  /** A stable name of this installation. By default one is made up and kept in the storage. */
  device?: string;
  /** By default `web` in a browser, else `desktop`. */
  platform?: Platform;
  /** The application's name and version, for the server's logs. At most 64 characters. */
  client?: string;
  /** Keeps the outbox and the cursors. By default in memory, so that a restarted application begins anew. */
  storage?: ClientStorage;
  /** How frames are written. By default JSON; `@godwit/client/binary` has the other one. */
  codec?: Codec;
  /** `auto` (default) tells the server by itself that a message was processed; with `manual` the application calls `chat.delivered`. */
  receipts?: "auto" | "manual";
  /** The user's status at the start. By default `online`. */
  status?: Status;
  /** Newest messages to begin with in a conversation that this device has never seen; 0 to 50, by default 20. */
  syncMessages?: number;
  /** Messages that may wait to be sent; more are refused with `outbox_full`. By default 1,000. */
  outboxMax?: number;
  /**
   * Messages of one conversation that may wait for their acknowledgement together. By default 1, so that a refused message (`busy`) is never overtaken.
   * More is faster on long lines; the order then holds unless the server refuses one.
   */
  sendsPerConversation?: number;
  /** How long a command may take, the wait for a connection included. By default 10,000. */
  requestTimeoutMs?: number;
  /** Bounds of the back-off between connections. By default 500 and 30,000. */
  backoffMinMs?: number;
  backoffMaxMs?: number;
  /**
   * Ways to the server that may be taken. By default all: `websocket`, and where that does not come through, server-sent events (`sse`), and where those are
   * held up, long-polling (`poll`).
   */
  transports?: readonly Exclude<Transport, "tcp">[];
  /** Bounds of the heartbeat that is learnt for each kind of network. By default 5,000, and what the server allows. */
  heartbeatMinMs?: number;
  heartbeatMaxMs?: number;
  /** The kind of network that the device is on (`wifi`, `cellular`, …): what is learnt is kept by it. By default what the browser says, if it does. */
  network?: () => string;
  /** What makes requests where there is no WebSocket. By default the platform's `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** The WebSocket implementation. By default the platform's own. */
  webSocket?: SocketConstructor;
  /** For tests. */
  clock?: Clock;
  /** For tests. */
  random?: Random;
}
