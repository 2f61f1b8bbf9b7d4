import type { Conversation, Limits, Message, Result, SyncedConversation } from "@godwit/protocol";
import type { Backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { GodwitError } from "./errors.ts";
import { Timeline } from "./timeline.ts";

/** A message as the application gets it. */
export interface ReceivedMessage extends Message {
  /** Sent by this user, from this or another device. */
  readonly own: boolean;
  /** The text of a message of kind `text`; empty for the others. */
  readonly text: string;
}

/** A message off the wire with what the application wants to know at once. */
export function receivedMessage(message: Message, user: string): ReceivedMessage {
  const { text } = message.content;
  const isText = message.kind === "text" && typeof text === "string";
  return { ...message, own: message.sender === user, text: isText ? text : "" };
}

export interface DeliveryPorts {
  readonly clock: Clock;
  /** Whether the application has a listener for messages; without one they wait. */
  listening(): boolean;
  /** Hands a message to the application. A promise settles when it is processed, and never rejects. */
  deliver(message: ReceivedMessage): Promise<unknown> | undefined;
  /** The application has processed a conversation up to this message. */
  processed(message: ReceivedMessage): void;
  /** The oldest messages from a seq on, ascending; rejects with `offline` if there is no connection. */
  history(conversation: string, from: number, limit: number): Promise<Result<"history">>;
  failed(error: GodwitError): void;
}

export interface DeliveryLimits {
  /** Messages held per conversation, and over all of them, while they wait for earlier ones or for the application. */
  readonly windowMax: number;
  readonly heldMax: number;
  readonly pullsMax: number;
  /** The server's bounds; a history page is one of them. */
  readonly server: Limits;
  /** How long a gap may close by itself: the acknowledgement of an own message and the next event may cross. */
  readonly gapGraceMs: number;
  /** Messages before the newest with which a conversation may begin that this device has never seen. */
  readonly backlogMax: number;
  readonly backoff: () => Backoff;
}

interface Lane {
  readonly id: string;
  readonly timeline: Timeline<ReceivedMessage>;
  /** The message that the application has in its hands. */
  inHand: ReceivedMessage | undefined;
  pull: "none" | "grace" | "wanted" | "running" | "resting";
  cancelTimer: (() => void) | undefined;
  readonly backoff: Backoff;
  /** Where the application begins if the conversation starts with an event. */
  hint: number | undefined;
}

/** Errors that say that the missing messages are not for this user (any more). */
const unreachable: ReadonlySet<string> = new Set([
  "not_member",
  "forbidden",
  "banned",
  "conversation_unknown",
]);

/**
 * Every conversation's messages on their way to the application: once each, by ascending seq, without a gap, one at a time per conversation.
 * They come as events, replays, sync pages, acknowledgements of own messages and history, in any order and any number of times.
 */
export class Delivery {
  readonly #ports: DeliveryPorts;
  readonly #limits: DeliveryLimits;
  readonly #lanes = new Map<string, Lane>();
  readonly #wanted = new Set<Lane>();
  readonly #budget = { held: 0 };
  #user = "";
  #online = false;
  #closed = false;
  /** False while a sync is due that may tell of conversations unknown so far. */
  #complete = false;
  #pulls = 0;
  /** While the server is too busy for one pull, the others wait too. */
  #cancelPause: (() => void) | undefined;

  constructor(ports: DeliveryPorts, limits: DeliveryLimits) {
    this.#ports = ports;
    this.#limits = limits;
  }

  /** Takes in the cursors of an earlier run. */
  restore(cursors: Iterable<readonly [string, number]>): void {
    for (const [conversation, seq] of cursors) this.#lane(conversation).timeline.start(seq);
  }

  /** Last processed seq of each conversation, by conversation id. */
  cursors(): { conversation: string; seq: number }[] {
    const cursors: { conversation: string; seq: number }[] = [];
    for (const { id, timeline } of this.#lanes.values()) {
      if (timeline.cursor !== undefined) cursors.push({ conversation: id, seq: timeline.cursor });
    }
    return cursors.sort((a, b) => (a.conversation < b.conversation ? -1 : 1));
  }

  /** The highest seq that the application has or had in its hands. */
  taken(conversation: string): number {
    return this.#lanes.get(conversation)?.timeline.taken ?? 0;
  }

  online(user: string): void {
    this.#user = user;
    this.#online = true;
    for (const lane of this.#lanes.values()) this.#advance(lane);
  }

  offline(): void {
    this.#online = false;
    this.#wanted.clear();
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    for (const lane of this.#lanes.values()) {
      lane.cancelTimer?.();
      lane.cancelTimer = undefined;
      if (lane.pull !== "running") lane.pull = "none";
    }
  }

  /** Nothing is handed to the application after this. What it has in its hands counts as processed: it knows that it closes. */
  close(): void {
    this.offline();
    for (const lane of this.#lanes.values()) if (lane.inHand) this.#processed(lane);
    this.#closed = true;
    this.#lanes.clear();
  }

  /** A listener was added: hands over what has waited for one. */
  listen(): void {
    for (const lane of this.#lanes.values()) this.#advance(lane);
  }

  /** A message from an event or an acknowledgement. */
  message(message: Message): void {
    const lane = this.#lane(message.conversation);
    if (!lane.timeline.started && this.#complete) this.#begin(lane, message.seq);
    this.#take(lane, [message]);
    this.#advance(lane);
  }

  /** This user's membership began: a new conversation starts with the message that says so. */
  joined(conversation: Conversation): void {
    const lane = this.#lane(conversation.id);
    // Both cursors of who joins start at the seq of the joining itself.
    lane.hint = Math.max(0, Math.min(conversation.delivered, conversation.lastSeq) - 1);
    if (lane.timeline.started) lane.timeline.start(lane.hint);
    this.#advance(lane);
  }

  /** One conversation of a sync page. `known` tells that this device has synchronised before, `asked` with which cursor. */
  synced(page: SyncedConversation, known: boolean, asked: number | undefined): void {
    const { conversation, messages } = page;
    const lane = this.#lane(conversation.id);
    // The server was restored from a backup: what it has now may be new, and repeating is better than losing.
    if (asked !== undefined && conversation.lastSeq < asked) lane.timeline.reset();
    if (!lane.timeline.started) {
      const first = messages[0]?.seq ?? conversation.lastSeq + 1;
      // What no device of this user has received is never left out; a direct conversation that is new to a known device is new as a whole.
      const begin =
        known && conversation.kind === "direct" ? 0 : (lane.hint ?? conversation.delivered);
      lane.timeline.start(
        Math.max(Math.min(first - 1, begin), conversation.lastSeq - this.#limits.backlogMax, 0),
      );
    }
    this.#take(lane, messages);
    lane.timeline.note(conversation.lastSeq);
    this.#advance(lane, true);
  }

  /** Events were missed: until the sync is through, an unknown conversation may have a past. */
  syncBegins(): void {
    this.#complete = false;
  }

  /** The sync told of every conversation: what is unknown now is new. */
  syncDone(): void {
    this.#complete = true;
    for (const lane of this.#lanes.values()) {
      const { first, started } = lane.timeline;
      if (!started && first !== undefined) this.#begin(lane, first);
      this.#advance(lane, true);
    }
  }

  #lane(id: string): Lane {
    let lane = this.#lanes.get(id);
    if (!lane) {
      const timeline = new Timeline<ReceivedMessage>(this.#limits.windowMax, this.#budget);
      lane = {
        id,
        timeline,
        inHand: undefined,
        pull: "none",
        cancelTimer: undefined,
        backoff: this.#limits.backoff(),
        hint: undefined,
      };
      this.#lanes.set(id, lane);
    }
    return lane;
  }

  #begin(lane: Lane, seq: number): void {
    lane.timeline.start(lane.id.startsWith("d:") ? 0 : Math.min(lane.hint ?? seq - 1, seq - 1));
  }

  #take(lane: Lane, messages: readonly Message[]): void {
    const { timeline } = lane;
    for (const message of messages) {
      // Over the bound only what can be handed on at once is taken in; the rest is known by number and pulled when its turn comes.
      if (
        this.#budget.held >= this.#limits.heldMax &&
        (message.seq !== timeline.taken + 1 || !this.#ports.listening())
      ) {
        timeline.note(message.seq);
      } else {
        timeline.offer(receivedMessage(message, this.#user));
        this.#drain(lane);
      }
    }
  }

  /** Hands on what is in order. */
  #drain(lane: Lane): void {
    while (!this.#closed && !lane.inHand && this.#ports.listening()) {
      const message = lane.timeline.take();
      if (!message) return;
      lane.inHand = message;
      const done = this.#ports.deliver(message);
      if (!done) this.#processed(lane);
      else {
        void done.then(() => {
          if (lane.inHand !== message) return;
          this.#processed(lane);
          this.#advance(lane, true);
        });
      }
    }
  }

  #processed(lane: Lane): void {
    const message = lane.inHand;
    if (!message || this.#closed) return;
    lane.inHand = undefined;
    lane.timeline.processed();
    // Not so if the conversation began anew meanwhile.
    if (lane.timeline.cursor === message.seq) this.#ports.processed(message);
  }

  /** Hands on what is in order, then looks after what is missing: `atOnce` if it will not come by itself, else after a grace. */
  #advance(lane: Lane, atOnce = false): void {
    this.#drain(lane);
    if (this.#closed || !this.#online || !this.#ports.listening()) return;
    if (lane.pull === "running" || lane.pull === "resting" || lane.pull === "wanted") return;
    const missing = lane.timeline.gap(1) !== undefined;
    if (lane.pull === "grace" && (atOnce || !missing)) {
      lane.cancelTimer?.();
      lane.pull = "none";
    }
    if (!missing || lane.pull === "grace") return;
    if (atOnce) this.#want(lane);
    else this.#wait(lane, "grace", this.#limits.gapGraceMs);
  }

  #wait(lane: Lane, pull: "grace" | "resting", ms: number): void {
    lane.pull = pull;
    lane.cancelTimer = this.#ports.clock.after(ms, () => this.#want(lane));
  }

  #want(lane: Lane): void {
    lane.cancelTimer = undefined;
    lane.pull = "wanted";
    this.#wanted.add(lane);
    this.#pump();
  }

  #pump(): void {
    for (const lane of this.#wanted) {
      if (this.#pulls >= this.#limits.pullsMax || this.#cancelPause) return;
      this.#wanted.delete(lane);
      lane.pull = "none";
      const gap = lane.timeline.gap(this.#limits.server.historyPageMax);
      if (gap) this.#pull(lane, gap);
    }
  }

  #pull(lane: Lane, gap: { from: number; to: number }): void {
    lane.pull = "running";
    this.#pulls++;
    const ended = (): void => {
      this.#pulls--;
      lane.pull = "none";
    };
    this.#ports.history(lane.id, gap.from, gap.to - gap.from + 1).then(
      (page) => {
        ended();
        this.#pulled(lane, gap, page);
        this.#pump();
      },
      (error: GodwitError) => {
        ended();
        this.#pullFailed(lane, gap, error);
        this.#pump();
      },
    );
  }

  #pulled(lane: Lane, gap: { from: number; to: number }, page: Result<"history">): void {
    const last = page.messages.at(-1)?.seq ?? 0;
    if (page.partial && last < gap.from) return this.#rest(lane, undefined);
    lane.backoff.reset();
    // Seqs that are missing inside the answer are gone for good (expired); those after a cut answer are not.
    lane.timeline.skipUnless(
      gap.from,
      page.partial ? Math.min(last, gap.to) : gap.to,
      page.messages,
    );
    this.#take(lane, page.messages);
    this.#advance(lane, true);
  }

  #pullFailed(lane: Lane, gap: { from: number; to: number }, error: GodwitError): void {
    if (this.#closed) return;
    if (unreachable.has(error.name)) {
      lane.timeline.skipUnless(gap.from, gap.to, []);
      this.#ports.failed(error);
      this.#advance(lane, true);
    } else if (error.name === "offline" || error.name === "connection_lost") {
      // The next connection looks after it; it may be there already.
      if (error.name === "connection_lost") this.#advance(lane, true);
    } else {
      if (!error.retryable) this.#ports.failed(error);
      if (error.retryAfterMs !== undefined && this.#online) this.#pause(error.retryAfterMs);
      this.#rest(lane, error.retryAfterMs);
    }
  }

  #pause(ms: number): void {
    this.#cancelPause ??= this.#ports.clock.after(ms, () => {
      this.#cancelPause = undefined;
      this.#pump();
    });
  }

  #rest(lane: Lane, floorMs: number | undefined): void {
    if (this.#online) this.#wait(lane, "resting", lane.backoff.next(floorMs));
  }
}
