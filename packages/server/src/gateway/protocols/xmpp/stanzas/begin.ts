/** The first presence of a client: from now on messages come, beginning with those that were missed. */
import type { SyncedConversation } from "@godwit/protocol";
import type { Client } from "../client/client.ts";
import { lookAgain } from "../contacts/watch.ts";
import { makeShared, showDirect } from "../events/message.ts";

/** Conversations looked at for messages that reached no device of the user; what is beyond stays in the archive. */
const pagesMax = 5;
const conversationsPerPage = 100;
const messagesPerConversation = 50;

/** Lets messages come, once. Resolves when what was missed has been written. */
export async function begin(client: Client): Promise<void> {
  if (client.available) return;
  client.available = true;
  const { greeted } = client;
  client.greeted = undefined;
  if (greeted === undefined) return;
  if (greeted.welcome.syncRequired) client.caughtUp = new Map();
  await handOver(client, greeted.from);
}

/** The session goes on from this position on another stream, with what was missed and who is there now. Never rejects. */
export async function goOn(client: Client, from: number): Promise<void> {
  const { connection } = client.session;
  await handOver(client, from);
  if (client.session.connection !== connection) return;
  await lookAgain(client).catch((error: unknown) =>
    client.services.log.debug({ error }, "who is there now is not known"),
  );
}

/** Hands over what was missed: from the store where the session's events are not all of it, then the events from this position. As fast as the client acknowledges it. */
export async function handOver(client: Client, from: number): Promise<void> {
  const { session, services, caughtUp } = client;
  const { connection } = session;
  if (connection === undefined) return;
  try {
    const next = caughtUp === undefined ? from : await catchUp(client, caughtUp, from);
    if (session.connection !== connection) return;
    client.skipTo(next);
    await services.greeter.handOver({ session, from: next }, connection);
    if (session.connection === connection) client.caughtUp = undefined;
  } catch (error) {
    services.log.warn({ error }, "what an XMPP client missed could not be read");
    if (session.connection === connection) connection.close("overloaded");
  }
}

/** Until the session's ring has everything that came meanwhile. Resolves with the position from which it does. */
async function catchUp(client: Client, shown: Map<string, number>, from: number): Promise<number> {
  const { session } = client;
  let told: number;
  do {
    told = session.position;
    await showAllMissed(client, shown);
  } while (session.position > told && session.ring.start > Math.max(told, from));
  return session.position > from ? Math.max(from, session.ring.start) : from;
}

/**
 * The device's place in the stream of messages is unknown: shows what has reached no device of the user, as XEP-0160 has it. Everything else is in the archive. `shown`
 * says how far each conversation is shown.
 */
async function showAllMissed(client: Client, shown: Map<string, number>): Promise<void> {
  let after: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const synced = await client.call("sync", {
      limit: conversationsPerPage,
      messages: messagesPerConversation,
      ...(after === undefined ? {} : { after }),
    });
    for (const each of synced.conversations) {
      showMissed(client, each, shown);
      await client.room();
    }
    after = synced.next;
    if (after === undefined) break;
  }
}

function showMissed(
  client: Client,
  { conversation, messages }: SyncedConversation,
  shown: Map<string, number>,
): void {
  if (conversation.kind !== "direct") return;
  const { id } = conversation;
  const known = Math.max(conversation.delivered, shown.get(id) ?? 0);
  for (const message of messages) {
    const { seq } = message;
    if (seq <= known) continue;
    const show = (text: string, own: boolean) =>
      client.say(text, own ? undefined : { conversation: id, seq });
    if (message.sender !== client.address.user)
      showDirect(client, message, makeShared(message), show, true);
    shown.set(id, seq);
  }
}
