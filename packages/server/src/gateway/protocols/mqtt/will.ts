import type { Clock } from "../../../lib/clock.ts";
import type { Random } from "../../../lib/random.ts";
import type { Dispatcher } from "../../../session/dispatch.ts";
import { namespaceOf, readAddress } from "./address.ts";
import { readApp, readMessage, saidByWill, type Draft } from "./content.ts";
import type { MqttSession } from "./session.ts";
import { badTopic, type TopicLimits } from "./topics.ts";
import type { Will } from "./wire/packets.ts";

/** Why a will could not be published; undefined if it can. Its topic is judged when the client connects. */
export function badWill(will: Will, user: string, limits: TopicLimits): string | undefined {
  const bad = badTopic(will.topic, limits);
  if (bad !== undefined) return bad;
  const address = readAddress(will.topic, user);
  if (address === undefined) return "Nothing is published to the topic of this will.";
  if (address.to === "presence") return undefined;
  if (address.to === "receipts" || address.to === "typing") return "A will is a message.";
  const draft = draftOf(will, user, 0);
  return typeof draft === "string" ? draft : undefined;
}

/**
 * Publishes a will (MQTT 5.0 section 3.1.2.5), as its user's message. One that says that its user is gone, on `g/u/<user>/presence`, has nothing to publish: the end of
 * the session says so.
 */
export function publishWill(
  deps: { readonly dispatcher: Dispatcher; readonly clock: Clock; readonly random: Random },
  session: MqttSession,
  will: Will,
): void {
  const { own, user } = session;
  const address = readAddress(will.topic, user);
  if (own === undefined || address === undefined) return;
  if (address.to !== "app" && address.to !== "conversation") return;
  const draft = draftOf(will, user, deps.clock.now());
  if (typeof draft === "string") return;
  const conversation = address.to === "app" ? namespaceOf(address.owner) : address.conversation;
  const clientId = deps.random.uuid();
  deps.dispatcher.dispatch(own, { type: "send", conversation, clientId, clientSeq: 1, ...draft });
}

function draftOf(will: Will, user: string, nowMs: number): Draft | string {
  const said = saidByWill(will);
  return readAddress(will.topic, user)?.to === "app"
    ? readApp(will.topic, said, nowMs)
    : readMessage(said, nowMs);
}
