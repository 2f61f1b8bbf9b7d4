/** Links that people send each other, and where they can be opened. */
import { hrefOf, type Route } from "../router.ts";

const loopback = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** True if only this computer reaches the host. */
export function isLoopback(hostname: string): boolean {
  return loopback.test(hostname);
}

/**
 * The full address of a route. `lan` is this server's address in the local network where the page was opened by a name that only this
 * computer knows: then links carry it instead.
 */
export function linkTo(
  route: Route,
  page: { readonly origin: string; readonly hostname: string },
  lan?: string,
): string {
  const origin = isLoopback(page.hostname) && lan !== undefined ? lan : page.origin;
  return `${origin}/${hrefOf(route)}`;
}
