import type { Link } from "./link.ts";
import { userTopic } from "./own-topic.ts";
import { encodePropertyList, noAlias, piece, publish, type PublishBody } from "./wire/writer.ts";

/** Tells something that is no message, as JSON or plain text, to whom it may concern: QoS 0, dropped while the socket is full. */
export function say(link: Link, topic: string, value: object | string, retain = false): void {
  const { session, terms } = link;
  const match = session.subscriptions.match(topic, () => true);
  if (match === undefined || link.full) return;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const body: PublishBody = {
    topic: piece(topic),
    properties: terms.version === 5 ? encodePropertyList({ payloadFormat: 1 }) : Buffer.alloc(0),
    payload: piece(text),
  };
  const { subscriptionIds } = match;
  link.send(
    publish(body, {
      version: terms.version,
      qos: 0,
      dup: false,
      retain,
      packetId: 0,
      alias: noAlias,
      subscriptionIds,
    }),
  );
}

export function sayPresence(link: Link, user: string, status: string, retain = false): void {
  say(link, `${userTopic(user)}/presence`, status, retain);
}
