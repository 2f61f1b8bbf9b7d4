/** Questions of a user's devices to one another, and their answers (RFC 6121 section 8.5.3.1): of those that speak XMPP on this node. */
import type { Client } from "../client/client.ts";
import type { Hearer } from "../client/services.ts";
import { userOfLocal, type Jid } from "../jid.ts";
import { ns } from "../namespaces.ts";
import { el, type Element } from "../xml/element.ts";

/** The user's own device that an address means, if it is connected. */
export function ownDevice({ services, address }: Client, to: Jid): Hearer | undefined {
  const { local, domain, resource } = to;
  if (domain !== address.domain || local === undefined || resource === undefined) return undefined;
  if (userOfLocal(local) !== address.user) return undefined;
  const session = services.sessions.of(address.user).find(({ device }) => device === resource);
  const device = session === undefined ? undefined : services.clientOf(session);
  return device?.link === undefined ? undefined : device;
}

/** Hands a question or an answer on. */
export function passOn({ address }: Client, { name, attrs, children }: Element, to: Hearer): void {
  const from = to.address.deviceOf(address.user, address.device);
  to.say(el(name, ns.client, { ...attrs, from, to: to.address.full }, ...children));
}
