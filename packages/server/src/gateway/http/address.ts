import { isIP } from "node:net";

/**
 * Who the caller is for limits: the peer, or, if the proxy in front is trusted, the last address in X-Forwarded-For, which is the one that the
 * proxy itself saw and appended. Earlier ones are claims of the caller. A value that is no address counts as the peer.
 */
export function callerAddress(
  peer: string,
  forwardedFor: string | undefined,
  trustProxy: boolean,
): string {
  if (!trustProxy || forwardedFor === undefined) return peer;
  const last = forwardedFor.slice(forwardedFor.lastIndexOf(",") + 1).trim();
  const bare = /^\[([^\]]+)\](:\d+)?$/.exec(last)?.[1] ?? last;
  return isIP(bare) === 0 ? peer : bare;
}
