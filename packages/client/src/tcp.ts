/**
 * Binary TCP, for Node and Bun. A client with a `tcp://` or `tls://` URL needs nothing from here; this is for those that want one connection for several clients,
 * compression, or certificates of their own.
 *
 * @module
 */
import type { ConnectionOptions } from "node:tls";
import type { SocketConstructor } from "./socket.ts";
import { Channel } from "./tcp/channel.ts";
import { Link } from "./tcp/link.ts";

export interface TcpOptions {
  /** Whether all clients that are given the same socket share one connection to the same server. By default each has its own. */
  readonly shared?: boolean;
  /** Whether frames are compressed, if the server does too. By default not: it costs about 10 µs a frame, and saves half of the bytes of small JSON frames. */
  readonly compression?: boolean;
  /** Options of `node:tls` for `tls://` URLs, such as `ca`. */
  readonly tls?: ConnectionOptions;
}

/**
 * What to pass as `webSocket` to `connect`.
 *
 * @example
 * import { connect } from "@godwit/client";
 * import { tcp } from "@godwit/client/tcp";
 *
 * const webSocket = tcp({ shared: true, compression: true });
 * const alice = connect({ url: "tcp://localhost:8481", token: aliceToken, webSocket });
 * const bob = connect({ url: "tcp://localhost:8481", token: bobToken, webSocket });
 */
export function tcp({
  shared = false,
  compression = false,
  tls,
}: TcpOptions = {}): SocketConstructor {
  const links = new Map<string, Link>();
  const linkTo = (url: string, codec: "json" | "binary"): Link => {
    const key = `${codec} ${url}`;
    const there = shared ? links.get(key) : undefined;
    if (there?.open === true) return there;
    const ended = () => {
      if (links.get(key) === link) links.delete(key);
    };
    const link: Link = new Link({ url, codec, compression, tls, ended });
    if (shared) links.set(key, link);
    return link;
  };
  return class extends Channel {
    constructor(url: string, protocols: readonly string[]) {
      super(linkTo(url, protocols[0] === "godwit.bin.v1" ? "binary" : "json"));
    }
  };
}
