/** The first presence of a client: from now on messages come, beginning with those that were missed. */
import type { SyncedConversation } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { makeShared, showDirect } from "../events/message.ts";

/** Conversations looked at for messages that reached no device of the user; what is beyond stays in the archive. */
const pagesMax = 5;
const conversationsPerPage = 100;
const messagesPerConversation = 50;

/** Lets messages come, once. Resolves when what was missed has been written. */
export async function begin(client: Client): Promise<void> {
  if (client.available) return;
  client.available = true;
  const { greeted, services } = client;
  const connection = client.session.connection;
  if (greeted === undefined || connection === undefined) return;
  client.greeted = undefined;
  if (greeted.welcome.syncRequired) client.caughtUp = await catchUp(client);
  await services.greeter.handOver(greeted, connection);
  client.caughtUp = undefined;
}

/**
 * The device's place in the stream of messages is unknown: shows what has reached no device of the user, as XEP-0160 has it. Everything else is in the archive. The
 * result says how far each conversation is shown.
 */
async function catchUp(client: Client): Promise<ReadonlyMap<string, number>> {
  const shown = new Map<string, number>();
  let after: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const synced = await client.call("sync", {
      limit: conversationsPerPage,
      messages: messagesPerConversation,
      ...(after === undefined ? {} : { after }),
    });
    for (const each of synced.conversations) showMissed(client, each, shown);
    after = synced.next;
    if (after === undefined) break;
  }
  return shown;
}

function showMissed(
  client: Client,
  { conversation, messages }: SyncedConversation,
  shown: Map<string, number>,
): void {
  if (conversation.kind !== "direct") return;
  for (const message of messages) {
    if (message.seq <= conversation.delivered) continue;
    const { id, seq } = { id: conversation.id, seq: message.seq };
    const show = (text: string, own: boolean) =>
      client.say(text, own ? undefined : { conversation: id, seq });
    if (message.sender !== client.address.user)
      showDirect(client, message, makeShared(message), show, true);
    shown.set(id, seq);
  }
}
