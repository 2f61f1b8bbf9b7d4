import { directId, directMembers } from "@godwit/protocol";
import { appTopic, qosMaxOf } from "./content.ts";
import type { Form } from "./renderer.ts";
import type { Route } from "./route.ts";
import type { MqttSession } from "./session.ts";
import type { Passing } from "./passing.ts";
import type { Namespaces } from "./namespaces.ts";
import type { Shares } from "./shares.ts";
import { ownTopic, userTopic } from "./own-topic.ts";
import type { Match, Subscribed } from "./subscriptions.ts";

export function conversationTopic(conversation: string): string {
  return `g/c/${conversation}`;
}

export const inboxTopic = "g/me";

/** Key under which sessions share a subscription: those of one user. Others' sessions see other conversations. */
export function shareKey(session: MqttSession, filter: string): string {
  return `${session.user} ${filter}`;
}

/**
 * Where a message goes by a session's subscriptions; undefined if nowhere. It goes once: as the application topic that it was published to, else as its conversation,
 * else as what was sent to this user, else into the inbox. Wildcards match application topics and conversations only. `last` is how the session got its last message:
 * most get all of theirs the same way.
 */
export function route(
  { shares, namespaces }: { readonly shares: Shares; readonly namespaces: Namespaces },
  session: MqttSession,
  passing: Passing,
  last?: Route,
): Route | undefined {
  const { subscriptions, user } = session;
  if (subscriptions.count === 0) return undefined;
  const takes = subscriptions.hasShared
    ? ({ filter }: Subscribed) => shares.takes(shareKey(session, filter), passing, session)
    : everything;
  if (passing.conversation.startsWith("c:")) {
    const topic = appTopic(passing.message);
    if (topic !== undefined && namespaces.owns(topic, passing.conversation)) {
      const match = subscriptions.match(topic, takes);
      const { message } = passing;
      const retained = message.content["retain"] === true;
      return match && { topic, form: "message", match, qosMax: qosMaxOf(message), retained };
    }
  }
  const ofConversation = subscriptions.ofConversations
    ? subscriptions.match(conversationTopic(passing.conversation), takes)
    : undefined;
  if (ofConversation !== undefined)
    return routed(conversationTopic(passing.conversation), "message", ofConversation);
  const ofUser = isToUser(passing, user) ? subscriptions.match(ownTopic, takes, true) : undefined;
  if (ofUser !== undefined)
    return last?.match === ofUser ? last : routed(userTopic(user), "message", ofUser);
  const inbox = subscriptions.match(inboxTopic, takes, true);
  return inbox && routed(inboxTopic, "envelope", inbox);
}

const everything = () => true;

function routed(topic: string, form: Form, match: Match): Route {
  return { topic, form, match, qosMax: 2, retained: false };
}

/** Whether a message that this user's own client sends to a conversation may reach it by its own subscriptions. */
export function hearsItself({ subscriptions, user }: MqttSession, conversation: string): boolean {
  if (subscriptions.count === 0) return false;
  return (
    subscriptions.ofConversations ||
    conversation.startsWith("c:") ||
    isWithOneself(conversation, user) ||
    subscriptions.hasExact(inboxTopic)
  );
}

/** Asked of every message: for most the length tells. */
function isWithOneself(conversation: string, user: string): boolean {
  return (
    conversation.length === user.length * 2 + "d::".length &&
    conversation.endsWith(user) &&
    conversation === directId(user, user)
  );
}

function isToUser({ conversation, sender }: Passing, user: string): boolean {
  if (!conversation.startsWith("d:")) return false;
  return (
    sender !== user || directMembers(conversation)?.every((member) => member === user) === true
  );
}
