import { isReplaced } from "./replaced.ts";

/**
 * Starting without a network, and new versions: registers the service worker, and lets a new one take over while nobody looks, so that a
 * page is never changed under somebody's hands.
 */
export function keepUpToDate(): void {
  addEventListener("vite:preloadError", () => {
    // What failed is shown where it was to be drawn; a page that is only without a network keeps what it has.
    reloadIfReplaced().catch(() => {});
  });
  // Only secure contexts have it; on a plain address in the local network the page works without.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const register = (): void => {
    navigator.serviceWorker.register("/sw.js").then(watch, () => {
      // Switched off by the browser's owner, or the storage is full: the page works without it.
    });
  };
  // After the first drawing, which it would only slow down.
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}

/** A page of a version that the server no longer has cannot load its later parts: begins anew with those of today. */
async function reloadIfReplaced(): Promise<void> {
  const answer = await fetch("/", { cache: "no-store" });
  const entries = [...document.querySelectorAll<HTMLScriptElement>("script[type=module][src]")];
  const paths = entries.map(({ src }) => new URL(src).pathname);
  if (answer.ok && isReplaced(await answer.text(), paths)) location.reload();
}

function watch(registration: ServiceWorkerRegistration): void {
  // The very first worker takes over nothing: this page is already the newest.
  const replaces = navigator.serviceWorker.controller !== null;
  let taken = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!replaces || taken) return;
    taken = true;
    whenHidden(() => location.reload());
  });
  const offer = (): void => {
    const { waiting } = registration;
    if (waiting !== null) whenHidden(() => waiting.postMessage({ type: "SKIP_WAITING" }));
  };
  offer();
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && navigator.serviceWorker.controller !== null) offer();
    });
  });
  // A page that stays open for weeks asks now and then.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") registration.update().catch(() => {});
  });
}

function whenHidden(act: () => void): void {
  if (document.visibilityState === "hidden") return act();
  const check = (): void => {
    if (document.visibilityState !== "hidden") return;
    document.removeEventListener("visibilitychange", check);
    act();
  };
  document.addEventListener("visibilitychange", check);
}
