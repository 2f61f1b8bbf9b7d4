/** Stands in for `platform-sockets.ts` in bundles for browsers, which have a `WebSocket` of their own and nothing else. */
export function platformSocket(): never {
  throw new Error("This platform has no such socket; pass one as the option webSocket.");
}
