import type { Conversation, EventBody } from "@godwit/protocol";
import type { Conv } from "../conversations/conversations.ts";
import type { Hub } from "../hub/hub.ts";
import { Broadcast, type Outgoing } from "../hub/outgoing.ts";
import type { Receiver } from "../hub/receiver.ts";
import type { OfflineQueue } from "../offline/port.ts";
import type { MovedCursor, StoredMessage } from "../store/port.ts";
import { MessageEvent } from "./message.ts";

export interface FanoutStats {
  /** Message events handed to sessions of this node. */
  deliveries: number;
  /** References left for users without a session. */
  queued: number;
}

/**
 * Who gets an event. Direct conversations and small groups go by their member list, and leave a reference for each absent member; large groups go to
 * the sessions that subscribed to the conversation's topic, with nothing written per member.
 */
export class Fanout {
  readonly stats: FanoutStats = { deliveries: 0, queued: 0 };
  readonly #hub: Hub;
  readonly #offline: OfflineQueue;

  constructor(deps: { hub: Hub; offline: OfflineQueue }) {
    this.#hub = deps.hub;
    this.#offline = deps.offline;
  }

  /** Delivers a committed message to everyone in its conversation but the session that sent it. */
  message(conversation: Conv, message: StoredMessage, origin: Receiver | undefined): void {
    const event = new MessageEvent(message);
    if (conversation.members === undefined) {
      for (const receiver of this.#hub.topic(conversation.id) ?? [])
        this.#deliver(receiver, message, event, origin);
      return;
    }
    for (const [user, standing] of conversation.members) {
      if (standing.role !== "banned") this.messageTo(user, message, event, origin);
    }
  }

  /** Delivers a message to one user's sessions, or leaves a reference if there is none. */
  messageTo(
    user: string,
    message: StoredMessage,
    event: Outgoing = new MessageEvent(message),
    origin?: Receiver,
  ): void {
    const receivers = this.#hub.of(user);
    if (receivers.length === 0) {
      this.#offline.push(user, message);
      this.stats.queued++;
      return;
    }
    for (const receiver of receivers) this.#deliver(receiver, message, event, origin);
    this.#offline.skip(user);
  }

  /** To be called when a large group has become small: nothing of its large times is queued for absent members, so their devices have to synchronise. */
  shrunk(conversation: Conv): void {
    for (const user of conversation.members?.keys() ?? [])
      if (!this.#hub.has(user)) this.#offline.skip(user);
  }

  /** Tells members that cursors moved; in large groups only the member's own other sessions. */
  receipt(conversation: Conv, moved: MovedCursor, origin: Receiver | undefined): void {
    const body: EventBody<"receipt"> = {
      conversation: moved.conversation,
      user: moved.user,
      delivered: moved.delivered,
      read: moved.read,
    };
    const event = new Broadcast({ type: "receipt", ...body });
    const users = conversation.members === undefined ? [moved.user] : conversation.members.keys();
    for (const user of users) {
      for (const receiver of this.#hub.of(user)) if (receiver !== origin) receiver.notify(event);
    }
  }

  /** Tells one user that their view of a conversation began, changed or ended. */
  view(user: string, change: "added" | "updated" | "removed", conversation: Conversation): void {
    const receivers = this.#hub.of(user);
    if (receivers.length === 0) return;
    const event = new Broadcast({ type: "conversation", change, conversation });
    for (const receiver of receivers) receiver.notify(event);
  }

  typing(conversation: Conv, user: string, on: boolean): void {
    const event = new Broadcast({ type: "typing", conversation: conversation.id, user, on });
    for (const member of conversation.members?.keys() ?? []) {
      if (member !== user) for (const receiver of this.#hub.of(member)) receiver.ephemeral(event);
    }
  }

  #deliver(
    receiver: Receiver,
    message: StoredMessage,
    event: Outgoing,
    origin: Receiver | undefined,
  ): void {
    if (receiver === origin) return;
    receiver.deliver(message.conversation, message.seq, event);
    this.stats.deliveries++;
  }
}
