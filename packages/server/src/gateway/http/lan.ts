/** By which addresses others on the local network open a page that was opened here through `localhost`. */
import { networkInterfaces } from "node:os";
import { isIP } from "node:net";

const addressesMax = 2;

/** The first IPv4 addresses of this machine that are not its own loopback. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address)
    .slice(0, addressesMax);
}

const isLoopbackAddress = (address: string) =>
  address === "::1" || /^(::ffff:)?127\./.test(address);

/** `localhost`, and addresses of loopback: no name that somebody else could let point here. */
function isLoopbackName(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return bare === "localhost" || (isIP(bare) !== 0 && isLoopbackAddress(bare));
}

/**
 * The origins for links that other machines can open. Empty unless the caller is this machine itself by a name of loopback, the listener takes
 * connections on all addresses, and it speaks plain HTTP (a certificate is not for such addresses).
 */
export function lanOrigins(
  caller: { readonly url: URL; readonly address: string },
  listenHost: string | undefined,
  addresses: () => readonly string[] = ownAddresses,
): string[] {
  const { url, address } = caller;
  const any = listenHost === "0.0.0.0" || listenHost === "::";
  if (!any || url.protocol !== "http:") return [];
  if (!isLoopbackAddress(address) || !isLoopbackName(url.hostname)) return [];
  return addresses().map((own) => `http://${own}${url.port === "" ? "" : `:${url.port}`}`);
}
