import type {
  Conversation,
  Cursor,
  EventFrame,
  Limits,
  MemberProgress,
  Message,
  SyncedConversation,
} from "@godwit/protocol";
import type { Backoff } from "./backoff.ts";
import type { Chat } from "./chat.ts";
import type { Clock } from "./clock.ts";
import type { Commands } from "./commands.ts";
import { Cursors } from "./cursors.ts";
import { Delivery, type ReceivedMessage } from "./delivery.ts";
import type { Emitter } from "./emitter.ts";
import type { GodwitError } from "./errors.ts";
import type { ClientEvents } from "./events.ts";
import type { Journal } from "./journal.ts";
import { ReceiptBook } from "./receipts.ts";
import type { StoredState } from "./storage.ts";
import { Sync } from "./sync.ts";

export interface InboundPorts {
  readonly clock: Clock;
  readonly backoff: () => Backoff;
  readonly commands: Commands;
  readonly events: Emitter<ClientEvents>;
  readonly journal: Journal;
  chat(conversation: string): Chat;
  /** Somebody's message comes: they do not type any more. */
  arrived(conversation: string, sender: string): void;
  failed(error: GodwitError): void;
}

export interface InboundOptions {
  /** The server's bounds, which change with every welcome. */
  readonly limits: Limits;
  readonly syncMessages: number;
  /** Own delivered cursors follow what was processed. */
  readonly automatic: boolean;
}

const bounds = {
  windowMax: 512,
  heldMax: 8_192,
  pullsMax: 4,
  gapGraceMs: 50,
  backlogMax: 1_000,
} as const;

/** What comes in, on its way to the application: messages in order, receipts, conversations, and the sync that fills what was missed. */
export class Inbound {
  readonly #ports: InboundPorts;
  readonly #options: InboundOptions;
  readonly #delivery: Delivery;
  readonly #sync: Sync;
  readonly #cursors: Cursors;
  readonly #receipts = new ReceiptBook();
  #user = "";
  /** This device has been through a sync before. */
  #known = false;

  constructor(ports: InboundPorts, options: InboundOptions) {
    this.#ports = ports;
    this.#options = options;
    const { clock, backoff, commands, failed } = ports;
    this.#delivery = new Delivery(
      {
        clock,
        listening: () => ports.events.has("message"),
        deliver: (message) => this.#deliver(message),
        processed: (message) => this.#processed(message),
        history: (conversation, from, limit) =>
          commands.now("history", { conversation, from, limit }),
        failed,
      },
      { ...bounds, server: options.limits, backoff },
    );
    this.#sync = new Sync({
      clock,
      backoff: backoff(),
      messages: options.syncMessages,
      limits: options.limits,
      cursors: () => this.#delivery.cursors(),
      doubtful: (conversation) => this.#receipts.unsettled(conversation),
      request: (params) => commands.now("sync", params),
      page: (conversations, cursors) => this.#synced(conversations, cursors),
      gone: (conversations) => {
        for (const id of conversations) void ports.events.emit("gone", id);
      },
      done: () => this.#syncDone(),
      failed,
    });
    this.#cursors = new Cursors({
      clock,
      backoff: backoff(),
      send: (type, conversation, seq) => commands.now(type, { conversation, seq }),
      failed,
    });
  }

  restore(state: StoredState): void {
    this.#known = state.synced;
    this.#delivery.restore(state.cursors);
  }

  /** The connection is there. `missed`: more than what the server replays by itself. */
  online(user: string, missed: boolean): void {
    this.#user = user;
    this.#delivery.online(user);
    if (missed) this.#delivery.syncBegins();
    this.#sync.online(missed);
    this.#cursors.online();
  }

  offline(): void {
    this.#sync.offline();
    this.#delivery.offline();
    this.#cursors.offline();
  }

  /** Hands nothing on any more, and tells the server on a connection that is still there what was processed. */
  close(error: GodwitError): void {
    this.#delivery.close();
    this.#cursors.close(error);
    this.#sync.offline();
  }

  /** The application has a listener for messages now. */
  listen(): void {
    this.#delivery.listen();
  }

  event(
    frame: Extract<EventFrame, { type: "message" | "receipt" | "conversation" | "sync_required" }>,
  ): void {
    switch (frame.type) {
      case "message": {
        const { conversation, sender } = frame.message;
        if (sender !== this.#user) this.#ports.arrived(conversation, sender);
        return this.#delivery.message(frame.message);
      }
      case "receipt":
        if (this.#receipts.note(frame.conversation, frame)) this.#tell(frame.conversation, frame);
        return;
      case "conversation":
        if (frame.change === "added") this.#delivery.joined(frame.conversation);
        this.note(frame.conversation);
        this.#emit({ change: frame.change, conversation: frame.conversation });
        return;
      case "sync_required":
        this.#delivery.syncBegins();
        return this.#sync.require();
    }
  }

  /** An acknowledged own message fills its place in the order: this session gets no event for it. */
  own(message: Message): void {
    this.#receipts.sent(message.conversation, message.seq);
    this.#delivery.message(message);
  }

  /** The server said in a reply that this user is a member now. */
  joined(conversation: Conversation): void {
    this.#delivery.joined(conversation);
  }

  delivered(conversation: string, seq: number): void {
    this.#cursors.delivered(conversation, seq);
  }

  read(conversation: string, seq: number): Promise<{ seq: number; unread: number }> {
    return this.#cursors.read(conversation, seq);
  }

  taken(conversation: string): number {
    return this.#delivery.taken(conversation);
  }

  reached(conversation: string, seq: number): { delivered: number; read: number } {
    return this.#receipts.reached(conversation, seq, this.#user);
  }

  /** Takes note of what a conversation's description says of the others, and tells the application who has come further. */
  note(conversation: Conversation): void {
    for (const progress of this.#receipts.noteConversation(conversation, this.#user))
      this.#tell(conversation.id, progress);
  }

  #tell(conversation: string, { user, delivered, read }: MemberProgress): void {
    const own = user === this.#user;
    void this.#ports.events.emit("receipt", { conversation, user, delivered, read, own });
  }

  #synced(conversations: readonly SyncedConversation[], cursors: readonly Cursor[]): void {
    const asked = new Map(cursors.map(({ conversation, seq }) => [conversation, seq]));
    for (const page of conversations) {
      this.note(page.conversation);
      this.#emit({ change: "synced", conversation: page.conversation });
      this.#delivery.synced(page, this.#known, asked.get(page.conversation.id));
    }
  }

  #syncDone(): void {
    this.#delivery.syncDone();
    if (!this.#known) this.#ports.journal.put({ type: "synced" });
    this.#known = true;
    void this.#ports.events.emit("synced");
  }

  #emit(update: ClientEvents["conversation"][0]): void {
    void this.#ports.events.emit("conversation", update);
  }

  #deliver(message: ReceivedMessage): Promise<unknown> | undefined {
    return this.#ports.events.emit("message", message, this.#ports.chat(message.conversation));
  }

  #processed({ conversation, seq, own }: ReceivedMessage): void {
    this.#ports.journal.cursor(conversation, seq);
    if (own) this.#receipts.sent(conversation, seq);
    if (!own && this.#options.automatic) this.#cursors.delivered(conversation, seq);
  }
}
