/**
 * Calls back every ten seconds while nobody looks at this page, so that the connection is kept alive and comes back soon. The returned function ends it.
 * Where there are no workers the browser's slow timers have to do.
 */
export function whileHidden(tick: () => void): () => void {
  let worker: Worker | undefined;
  const stop = (): void => {
    worker?.terminate();
    worker = undefined;
  };
  const changed = (): void => {
    if (document.visibilityState === "visible") return stop();
    if (worker || typeof Worker === "undefined") return;
    worker = new Worker(new URL("./pulse.worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", tick);
  };
  document.addEventListener("visibilitychange", changed);
  changed();
  return () => {
    document.removeEventListener("visibilitychange", changed);
    stop();
  };
}
