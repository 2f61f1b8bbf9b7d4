/**
 * Addresses of the application, kept behind `#`: they work with any server and offline, and what is secret in them (an invitation) is never
 * sent to a server or written to its logs. The same paths without `#` are understood too.
 */
import { useSyncExternalStore } from "react";

export type Route =
  | { readonly page: "home" }
  | { readonly page: "chat"; readonly conversation: string; readonly details: boolean }
  | { readonly page: "user"; readonly user: string }
  | { readonly page: "invite"; readonly token: string }
  | { readonly page: "settings" }
  | { readonly page: "unknown" };

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** The route that a path means; `unknown` for what nobody made. */
export function parseRoute(path: string): Route {
  const parts = path.split("/").filter((part) => part !== "");
  const [page, raw, more] = parts;
  if (page === undefined) return { page: "home" };
  if (page === "settings" && parts.length === 1) return { page: "settings" };
  const value = raw === undefined ? undefined : decode(raw);
  if (value === undefined || value === "") return { page: "unknown" };
  if (page === "c" && (more === undefined || more === "info") && parts.length <= 3)
    return { page: "chat", conversation: value, details: more === "info" };
  if (page === "u" && parts.length === 2) return { page: "user", user: value };
  if (page === "i" && parts.length === 2) return { page: "invite", token: value };
  return { page: "unknown" };
}

/** Readable where it may be: `d:ada:bob` stays as it is. */
const encode = (part: string) =>
  encodeURIComponent(part).replaceAll("%3A", ":").replaceAll("%40", "@");

/** The path of a route, from `/`. */
export function pathOf(route: Route): string {
  switch (route.page) {
    case "chat":
      return `/c/${encode(route.conversation)}${route.details ? "/info" : ""}`;
    case "user":
      return `/u/${encode(route.user)}`;
    case "invite":
      return `/i/${encode(route.token)}`;
    case "settings":
      return "/settings";
    case "home":
    case "unknown":
      return "/";
  }
}

/** What a link inside the page points to. */
export function hrefOf(route: Route): string {
  return `#${pathOf(route)}`;
}

export const chatRoute = (conversation: string, details = false): Route => ({
  page: "chat",
  conversation,
  details,
});

/** One step up: from details to the chat, from anything else to the list. */
export function parentOf(route: Route): Route {
  return route.page === "chat" && route.details ? chatRoute(route.conversation) : { page: "home" };
}

const currentPath = () => location.hash.replace(/^#/, "");

let parsed: { readonly path: string; readonly route: Route } = {
  path: "",
  route: { page: "home" },
};

/** The route of the address bar; the same object as long as the address is the same. */
export function currentRoute(): Route {
  const path = currentPath();
  if (path !== parsed.path) parsed = { path, route: parseRoute(path) };
  return parsed.route;
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, currentRoute);
}

/** Goes there; `replace` leaves no step to come back to. */
export function navigate(route: Route, options: { replace?: boolean } = {}): void {
  const path = pathOf(route);
  if (path === currentPath() || (path === "/" && currentPath() === "")) return;
  if (options.replace !== true) {
    // The entry that is left is marked in the new one: going back stays inside the page.
    history.pushState({ inside: true }, "", `#${path}`);
  } else {
    history.replaceState(history.state, "", `#${path}`);
  }
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Goes one step up. Where the visitor came from there, by the browser's own step back. */
export function goBack(): void {
  const parent = parentOf(currentRoute());
  const state = history.state as { inside?: boolean } | null;
  const target = pathOf(parent);
  if (state?.inside === true && history.length > 1 && previousPath === target) history.back();
  else navigate(parent, { replace: true });
}

/** The path before the current one, as far as this page saw it. */
let previousPath: string | undefined;
let shownPath: string | undefined;

/** Follows the address; turns `/u/ada` into `/#/u/ada`. Call once, before the first drawing. */
export function startRouter(): void {
  if (location.pathname !== "/" && parseRoute(location.pathname).page !== "unknown")
    history.replaceState(null, "", `/#${location.pathname}`);
  shownPath = pathOf(currentRoute());
  window.addEventListener("hashchange", () => {
    previousPath = shownPath;
    shownPath = pathOf(currentRoute());
  });
}
