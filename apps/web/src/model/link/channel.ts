/** How tabs of one browser reach each other. */
export interface Port<M> {
  post(message: M): void;
  /** Messages of the other tabs; the returned function ends it. */
  listen(listener: (message: M) => void): () => void;
  close(): void;
}

/** A BroadcastChannel; undefined in browsers that have none, where each tab is alone. */
export function broadcastPort<M>(name: string): Port<M> | undefined {
  if (typeof BroadcastChannel === "undefined") return undefined;
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen(listener) {
      const heard = (event: MessageEvent<M>): void => listener(event.data);
      channel.addEventListener("message", heard);
      return () => channel.removeEventListener("message", heard);
    },
    close: () => channel.close(),
  };
}
