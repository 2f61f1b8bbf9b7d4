import type { Params } from "@godwit/protocol";
import { limits } from "@godwit/protocol";
import { authorize } from "../conversations/access.ts";
import type { Conv, Standing } from "../conversations/conversations.ts";
import type { Bucket } from "../lib/bucket.ts";
import { digestOf } from "../lib/digest.ts";
import type { Moderator } from "../moderation/port.ts";
import type { Origin, Refusal, Source } from "./submission.ts";

/** Who sends: a session, or a back-end over HTTP. */
export interface Sender extends Origin {
  readonly user: string;
  readonly device: string;
  /** Sends that wait for their outcome. */
  inFlight: number;
  readonly sendBucket: Bucket;
  /** Where back-pressure goes first, if the sender has a socket. */
  readonly connection: Source | undefined;
}

export interface SendLimits {
  readonly contentBytesMax: number;
  readonly sendsPerSecondMax: number;
  readonly sendsBurst: number;
}

/** A send on its way through the steps. `content` is the JSON text of `params.content`. */
export interface SendContext {
  readonly sender: Sender;
  readonly params: Params<"send">;
  readonly conversation: Conv;
  readonly standing: Standing | null;
  readonly limits: SendLimits;
  readonly moderator: Moderator | undefined;
  /** Milliseconds since the epoch, and monotonic ones. */
  readonly nowMs: number;
  readonly monotonicMs: number;
  content: string;
  /** Of the content as it came, once it has been replaced. */
  sentDigest: string | undefined;
}

type Step = (send: SendContext) => Refusal | undefined;

const authorizeSend: Step = ({ conversation, standing, nowMs, params }) => {
  const error =
    authorize("send", conversation, standing, nowMs) ??
    (params.mentions?.includes("*") === true
      ? authorize("mention_all", conversation, standing, nowMs)
      : undefined);
  return error && { error };
};

const limitSend: Step = ({ sender, limits: own, monotonicMs }) => {
  if (sender.inFlight >= limits.sendsInFlightMax)
    return {
      error: "busy",
      detail: "Too many sends wait for their acknowledgement.",
      retryAfterMs: 100,
    };
  const retryAfterMs = sender.sendBucket.take(own.sendsPerSecondMax, own.sendsBurst, monotonicMs);
  return retryAfterMs === 0 ? undefined : { error: "rate_limited", retryAfterMs };
};

const validateSend: Step = ({ conversation, params, content, limits: own, nowMs }) => {
  // A JavaScript character is at least one byte of UTF-8, so most contents need no exact count.
  if (
    content.length > own.contentBytesMax ||
    (content.length * 3 > own.contentBytesMax && Buffer.byteLength(content) > own.contentBytesMax)
  ) {
    return {
      error: "content_too_large",
      detail: `Content is limited to ${own.contentBytesMax} bytes.`,
    };
  }
  if (
    params.replyTo !== undefined &&
    (params.replyTo === 0 || params.replyTo > conversation.lastSeq)
  ) {
    return { error: "message_unknown", detail: "replyTo names a message that is not there." };
  }
  if (params.expiresAt !== undefined && params.expiresAt <= nowMs)
    return { error: "invalid_params", detail: "expiresAt is in the past." };
  return undefined;
};

const moderateSend: Step = (send) => {
  const { moderator, sender, params, content } = send;
  const { conversation, kind } = params;
  const verdict = moderator?.review([{ conversation, sender: sender.user, kind, content }])[0];
  if (verdict === undefined || verdict.action === "allow") return undefined;
  if (verdict.action === "reject") return { error: "content_rejected" };
  send.sentDigest = digestOf(content);
  send.content = verdict.content;
  return undefined;
};

/**
 * The first half of the send pipeline, message by message and synchronous. What passes enters the ring; the second half (append,
 * acknowledge, announce) works on batches in `committer.ts`.
 */
export const admission: readonly { readonly name: string; readonly run: Step }[] = [
  { name: "authorize", run: authorizeSend },
  { name: "limit", run: limitSend },
  { name: "validate", run: validateSend },
  { name: "moderate", run: moderateSend },
];

/** Whether a refusal is for this moment only: nothing was judged but the load, and the same send is welcome a little later. */
export function isForNow({ error }: Refusal): boolean {
  return error === "rate_limited" || error === "busy";
}

/** Runs the steps; the first refusal ends the way. */
export function admit(send: SendContext): Refusal | undefined {
  for (const step of admission) {
    const refusal = step.run(send);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
