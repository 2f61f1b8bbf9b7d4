/** The part of the WebSocket interface that this SDK uses. */
export interface Socket {
  binaryType: string;
  readonly protocol: string;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  /** Called at signs of life in both directions that are no frames; sockets that are made of requests have such. */
  onbeat?: (() => void) | null;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

/** A constructor with the interface of the standard `WebSocket`. */
export type SocketConstructor = new (url: string, protocols: string[]) => object;

/** The given implementation, else the platform's, else (for TCP, and on Node 20, which has none) the SDK's own, loaded only then. */
export async function socketConstructor(
  given: SocketConstructor | undefined,
  url: string,
): Promise<new (url: string, protocols: string[]) => Socket> {
  const own = direct(url) === "tcp" ? undefined : globalThis.WebSocket;
  const chosen = given ?? own ?? (await import("#sockets")).platformSocket(url);
  return chosen as new (url: string, protocols: string[]) => Socket;
}

/** How a URL is reached at once, without requests: `tcp:` and `tls:` by TCP, `ws:` and `wss:` by WebSocket. */
export const direct = (url: string): "tcp" | "websocket" =>
  url.startsWith("t") ? "tcp" : "websocket";

/**
 * The WebSocket URL of a server. `http(s)` becomes `ws(s)`, and without a path it is `/ws`. One of TCP (`tcp:`, `tls:`) stays as it is.
 *
 * @throws TypeError if it is not a URL.
 */
export function socketUrl(url: string): string {
  const parsed = new URL(url);
  parsed.protocol = parsed.protocol.replace(/^http/, "ws");
  if (parsed.pathname === "/") parsed.pathname = "/ws";
  parsed.hash = "";
  return parsed.href;
}
