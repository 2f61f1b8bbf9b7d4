import { namespaceOf, readAddress } from "./address.ts";
import { readApp, readMessage, saidByWill, type Draft } from "./content.ts";
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

/** What is to be sent for a will; undefined if it says nothing that is a message. */
export function messageOf(
  will: Will,
  user: string,
  nowMs: number,
): (Draft & { readonly conversation: string }) | undefined {
  const address = readAddress(will.topic, user);
  if (address?.to !== "app" && address?.to !== "conversation") return undefined;
  const draft = draftOf(will, user, nowMs);
  if (typeof draft === "string") return undefined;
  const conversation = address.to === "app" ? namespaceOf(address.owner) : address.conversation;
  return { conversation, ...draft };
}

function draftOf(will: Will, user: string, nowMs: number): Draft | string {
  const said = saidByWill(will);
  return readAddress(will.topic, user)?.to === "app"
    ? readApp(will.topic, said, nowMs)
    : readMessage(said, nowMs);
}
