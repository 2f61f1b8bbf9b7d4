/** Stands in for `node-socket.ts` in bundles for browsers, which have a `WebSocket` of their own. */
export class NodeSocket {
  constructor() {
    throw new Error("This platform has no WebSocket; pass one as the option webSocket.");
  }
}
