import type { Presence } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { showRoomPresence } from "../muc/show.ts";
import { ns } from "../namespaces.ts";

/** Users' devices are not told apart: who is there is there with this resource. */
export const presenceResource = "godwit";

/** Tells who came, went or changed, now or, while the client is inactive, once it is active again (XEP-0352). */
export function showPresence(client: Client, presence: Presence): void {
  if (client.contacts?.has(presence.user) === true) {
    const text = presenceText(client, presence);
    if (client.inactive) (client.held ??= new Map()).set(presence.user, text);
    else client.say(text);
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

/** The client looks again: says what was held back. */
export function showHeld(client: Client): void {
  const { held } = client;
  client.held = undefined;
  for (const text of held?.values() ?? []) client.say(text);
}
