import { directMembers, type Conversation, type Params } from "@godwit/protocol";
import { authorize, refusedById } from "../conversations/access.ts";
import { isMember } from "../conversations/conv.ts";
import type { Conv, Conversations, Standing } from "../conversations/conversations.ts";
import { MessageEvent } from "../fanout/message.ts";
import type { Fanout } from "../fanout/fanout.ts";
import type { Hub } from "../hub/hub.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Moderator } from "../moderation/port.ts";
import type { NewMessage, StoredMessage } from "../store/port.ts";
import type { Committer } from "./committer.ts";
import { admit, isForNow, type Sender, type SendLimits } from "./send.ts";
import { awaited, type Outcome, type Refusal, type Source, type Submission } from "./submission.ts";

/** A conversation and the caller's standing in it, both in memory. */
export interface Place {
  readonly conversation: Conv;
  readonly standing: Standing | null;
}

/**
 * The way of a message between session and store: `send` admits it into the ring, the committer stores it, `announce` hands it on.
 * Membership changes take the same way, as messages that carry a change.
 */
export class Messaging {
  readonly #conversations: Conversations;
  readonly #committer: Committer;
  readonly #moderator: Moderator | undefined;
  readonly #limits: SendLimits;
  readonly #clock: Clock;

  constructor(deps: {
    conversations: Conversations;
    committer: Committer;
    moderator: Moderator | undefined;
    limits: SendLimits;
    clock: Clock;
  }) {
    this.#conversations = deps.conversations;
    this.#committer = deps.committer;
    this.#moderator = deps.moderator;
    this.#limits = deps.limits;
    this.#clock = deps.clock;
  }

  /**
   * What is known of a conversation without waiting, or undefined if `locate` must look it up. The hot path: no promise, nothing allocated
   * but the answer.
   */
  peek(id: string, user: string): Place | undefined {
    const conversation = this.#conversations.peek(id);
    if (conversation === undefined) return undefined;
    const standing = this.#conversations.standing(conversation, user);
    return standing === undefined ? undefined : { conversation, standing };
  }

  /** Looks a conversation up, and the caller's standing in it. */
  async locate(id: string, user: string): Promise<Place | Refusal> {
    const refused = refusedById(id, user);
    if (refused !== undefined) return { error: refused };
    const conversation = await this.#conversations.load(id);
    if (conversation === undefined) return { error: "conversation_unknown" };
    const standing = this.#conversations.standing(conversation, user);
    return {
      conversation,
      standing:
        standing === undefined
          ? await this.#conversations.loadStanding(conversation, user)
          : standing,
    };
  }

  /** The conversation, if the caller may read it. */
  async readable(id: string, user: string): Promise<Conv | Refusal> {
    const place = this.peek(id, user) ?? (await this.locate(id, user));
    if ("error" in place) return place;
    const error = authorize("read", place.conversation, place.standing, this.#clock.now());
    return error === undefined ? place.conversation : { error };
  }

  /** As `locate`, but the first message to a user makes the direct conversation with them. */
  async locateToSend(id: string, user: string): Promise<Place | Refusal> {
    const place = await this.locate(id, user);
    const pair = directMembers(id);
    if (pair === undefined || !("error" in place) || place.error !== "conversation_unknown")
      return place;
    const conversation = await this.#conversations.openDirect(id);
    if (conversation === undefined)
      return {
        error: "user_unknown",
        detail: `There is no user ${pair[0] === user ? pair[1] : pair[0]}.`,
      };
    return { conversation, standing: this.#conversations.standing(conversation, user) ?? null };
  }

  /**
   * Admits a message into the ring; its outcome goes to the sender's `settle`, with `request` and `source`, the connection that the command came by. A
   * refusal here means that nothing was accepted.
   */
  send(
    sender: Sender,
    params: Params<"send">,
    place: Place,
    request: number | undefined,
    source: Source | undefined,
  ): Refusal | undefined {
    const nowMs = this.#clock.now();
    const context = {
      sender,
      params,
      conversation: place.conversation,
      standing: place.standing,
      limits: this.#limits,
      moderator: this.#moderator,
      nowMs,
      monotonicMs: this.#clock.monotonic(),
      content: JSON.stringify(params.content),
      sentDigest: undefined,
    };
    const refusal = admit(context);
    if (refusal !== undefined) return refusal;
    const message = messageOf(sender, params, context, nowMs);
    const { conversation } = place;
    const full = this.#committer.submit({ message, origin: sender, request, source, conversation });
    if (full !== undefined) return full;
    sender.inFlight++;
    this.#committer.pauseIfFilling(source, message);
    return undefined;
  }

  /**
   * The answer to a send that was refused. Admission judges before the store removes duplicates, so a refused send may be the retry of a message that was
   * stored before its sender was muted or removed, before it expired, or before the words changed: its answer is that of the first time.
   */
  async reconsider(sender: Sender, params: Params<"send">, refusal: Refusal): Promise<Outcome> {
    if (isForNow(refusal)) return refusal;
    const sent = { content: JSON.stringify(params.content), sentDigest: undefined };
    const message = messageOf(sender, params, sent, this.#clock.now());
    return (await this.#committer.find(message)) ?? refusal;
  }

  /** Sends a planned membership change the same way. `conversation` is absent while the change creates it. */
  change(message: NewMessage, conversation: Conv | undefined): Promise<Outcome> {
    const { submission, outcome } = awaited(message, conversation);
    const refusal = this.#committer.submit(submission);
    return refusal === undefined ? outcome : Promise.resolve(refusal);
  }
}

/** The message that a send asks for, with the content that it was accepted with. */
function messageOf(
  sender: Sender,
  params: Params<"send">,
  { content, sentDigest }: Pick<NewMessage, "content" | "sentDigest">,
  time: number,
): NewMessage {
  return {
    conversation: params.conversation,
    sender: sender.user,
    device: sender.device,
    clientId: params.clientId,
    clientSeq: params.clientSeq,
    time,
    kind: params.kind,
    content,
    sentDigest,
    priority: params.priority ?? "normal",
    mentions: params.mentions,
    replyTo: params.replyTo,
    expiresAt: params.expiresAt,
    change: undefined,
  };
}

/** The last step of the pipeline, in commit order: memory follows the log, then everyone hears of it. */
export function announcer(deps: {
  conversations: Conversations;
  fanout: Fanout;
  hub: Hub;
  log: Log;
}) {
  const { conversations, fanout, hub, log } = deps;
  /** A group that has shrunk to this size is small again, if it was large. */
  const smallMembers = conversations.config.largeGroupMembers / 2;

  async function shrunk(id: string): Promise<void> {
    try {
      const conversation = await conversations.load(id);
      if (conversation !== undefined) fanout.shrunk(conversation);
    } catch (error) {
      log.warn(
        { error, conversation: id },
        "absent members of a shrunk group not told to synchronise",
      );
    }
  }

  return (message: StoredMessage, submission: Submission): void => {
    const held = conversations.peek(message.conversation);
    const before = held?.members;
    const countBefore = held?.memberCount ?? 0;
    const { added, removed } = conversations.committed(message, submission.message.change);
    const conversation = conversations.peek(message.conversation) ?? submission.conversation;
    if (conversation === undefined) return;
    if (submission.message.change !== undefined) {
      follow(hub, conversation, before, added, removed);
      const joined = newcomerView(conversation, message);
      for (const user of added)
        fanout.view(user, "added", { ...joined, role: roleOf(conversations, conversation, user) });
    }
    fanout.message(conversation, message, submission.origin.receiver);
    if (removed.length > 0) {
      const event = new MessageEvent(message);
      const gone = newcomerView(conversation, message);
      for (const user of removed) {
        fanout.messageTo(user, message, event);
        fanout.view(user, "removed", gone);
      }
      if (countBefore > smallMembers && (held?.memberCount ?? 0) <= smallMembers)
        void shrunk(message.conversation);
    }
  };
}

/**
 * Keeps the topic of a large group in step with its members, and fills it when a small group has grown large. Who is removed loses the subscription in
 * small groups too: one from large times would come back to life when the group grows again.
 */
function follow(
  hub: Hub,
  conversation: Conv,
  before: ReadonlyMap<string, Standing | null> | undefined,
  added: readonly string[],
  removed: readonly string[],
): void {
  for (const user of removed) {
    for (const receiver of hub.of(user)) hub.unsubscribe(receiver, conversation.id);
  }
  if (conversation.members !== undefined) return;
  const subscribe = (user: string) => {
    for (const receiver of hub.of(user)) hub.subscribe(receiver, conversation.id);
  };
  // Of a group that has just grown this map also holds strangers and banned users by now.
  for (const [user, standing] of before ?? []) if (isMember(standing)) subscribe(user);
  for (const user of added) subscribe(user);
}

function roleOf(conversations: Conversations, conversation: Conv, user: string) {
  const role = conversations.standing(conversation, user)?.role;
  return role === undefined || role === "banned" ? "member" : role;
}

/** How a conversation looks to someone who joins with this message: nothing before it is unread. */
function newcomerView(conversation: Conv, message: StoredMessage): Conversation {
  return {
    id: conversation.id,
    kind: conversation.kind,
    ...(conversation.title === undefined ? {} : { title: conversation.title }),
    role: "member",
    memberCount: conversation.memberCount,
    lastSeq: message.seq,
    delivered: message.seq,
    read: message.seq,
    unread: 0,
    mentions: 0,
    createdAt: conversation.createdAt,
    ...(conversation.open ? { open: true } : {}),
    ...(conversation.large ? { large: true } : {}),
    ...(conversation.mutedAll ? { mutedAll: true } : {}),
    ...(conversation.dissolved ? { dissolved: true } : {}),
  };
}
