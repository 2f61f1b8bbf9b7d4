import type { Presence } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { showRoomPresence } from "../muc/show.ts";
import { ns } from "../namespaces.ts";

/** Presence is of users, and what changes it does not say which device: who is there is there with this resource. */
const presenceResource = "godwit";

/** An event: somebody came, went or changed. */
export function showPresence(client: Client, presence: Presence): void {
  client.sight.changed(presence.user);
  tellPresence(client, presence);
}

/** Tells of somebody, if that is news. */
export function tellPresence(client: Client, presence: Presence): void {
  const { user, status } = presence;
  const { contacts } = client.sight;
  if (contacts.has(user) && contacts.get(user) !== status) {
    contacts.set(user, status);
    client.sayPresence(user, presenceText(client, presence));
  }
  if (client.inRooms) showRoomPresence(client, presence);
}

export function presenceText(client: Client, { user, status, lastSeen }: Presence): string {
  const { address } = client;
  const from = `${client.head("presence")} from="${address.of(user)}/${presenceResource}" to="${address.full}"`;
  if (status === "online") return `${from}/>`;
  if (status === "away") return `${from}><show>away</show></presence>`;
  const seen =
    lastSeen === undefined
      ? ""
      : `<delay xmlns="${ns.delay}" stamp="${new Date(lastSeen).toISOString()}"/>`;
  return `${from} type="unavailable">${seen}</presence>`;
}
