/**
 * Connections that are made of HTTP requests whatever WebSockets would do. A client with the option `transports` needs nothing from here; this is for programs that
 * choose the way of each connection by themselves.
 *
 * @module
 */
import { type FetchMode, FetchSocket } from "./fetch-socket.ts";
import { streamUrl } from "./network.ts";
import type { SocketConstructor } from "./socket.ts";

/**
 * What to pass as `webSocket` to `connect`: server-sent events (`sse`), long-polling (`poll`), or both in order of preference. JSON only.
 *
 * @example
 * import { connect } from "@godwit/client";
 * import { requests } from "@godwit/client/requests";
 *
 * const client = connect({ url: "http://localhost:8480", token, webSocket: requests("poll") });
 */
export function requests(...modes: readonly [FetchMode, ...FetchMode[]]): SocketConstructor {
  return class extends FetchSocket {
    constructor(url: string) {
      super(streamUrl(url), { modes });
    }
  };
}
