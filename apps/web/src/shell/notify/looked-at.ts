/** Whether somebody looks at the application, in this tab or another. */
import { useEffect } from "react";

/** Held by every tab that is looked at, so that the one that announces knows. */
const lockName = "godwit.looked-at";

const lookedAtHere = () => document.visibilityState === "visible" && document.hasFocus();

export async function lookedAtAnywhere(): Promise<boolean> {
  if (lookedAtHere()) return true;
  // Only secure pages have locks; others know of themselves alone.
  if (!("locks" in navigator)) return false;
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === lockName);
}

/** Holds the lock as long as this page is looked at. */
export function useLookedAtLock(): void {
  useEffect(() => {
    if (!("locks" in navigator)) return;
    let release: (() => void) | undefined;
    const update = () => {
      if (lookedAtHere() && release === undefined) {
        const { promise, resolve } = Promise.withResolvers<void>();
        release = resolve;
        navigator.locks.request(lockName, { mode: "shared" }, () => promise).catch(reportError);
      } else if (!lookedAtHere()) {
        release?.();
        release = undefined;
      }
    };
    update();
    const stop = new AbortController();
    for (const type of ["focus", "blur"] as const)
      window.addEventListener(type, update, { signal: stop.signal });
    document.addEventListener("visibilitychange", update, { signal: stop.signal });
    return () => {
      stop.abort();
      release?.();
    };
  }, []);
}
