import {
  type Codec,
  type EventFrame,
  jsonCodec,
  type Limits,
  limits,
  type Params,
  type Status,
  type SyncedConversation,
} from "@godwit/protocol";
import { Backoff } from "./backoff.ts";
import { type ChatPorts, openChat, quiet } from "./chat.ts";
import { type Clock, type Random, systemClock, systemRandom } from "./clock.ts";
import { Commands } from "./commands.ts";
import { Connection, type ConnectionHandlers } from "./connection.ts";
import { Cursors } from "./cursors.ts";
import { Delivery, type ReceivedMessage } from "./delivery.ts";
import { draftEntry } from "./draft.ts";
import { Emitter } from "./emitter.ts";
import { clientError, type GodwitError, toGodwitError } from "./errors.ts";
import type { ClientEvents } from "./events.ts";
import { Journal } from "./journal.ts";
import type { ConnectOptions } from "./options.ts";
import { type Draft, Outbox, type OutboxUpdate, type Sending, type Sent } from "./outbox.ts";
import { PresenceBook } from "./presence.ts";
import { ReceiptBook } from "./receipts.ts";
import { type ClientState, Session, type Welcome } from "./session.ts";
import { socketConstructor, socketUrl } from "./socket.ts";
import { type ClientStorage, memoryStorage } from "./storage.ts";
import { Sync } from "./sync.ts";

/** Own messages on their way over all conversations. */
const sendsInFlightMax = 64;
const outboxAgeMaxMs = 72 * 3_600_000;

/** The parts of a client, wired together. What the application sees of it is `Client`. */
export class Engine {
  readonly events: Emitter<ClientEvents>;
  readonly commands: Commands;
  readonly outbox: Outbox;
  readonly presence: PresenceBook;
  readonly session: Session;
  readonly random: Random;
  /** Settles at the first welcome. */
  readonly ready: Promise<void>;
  user = "";
  device = "";
  status: Status;
  readonly #options: ConnectOptions;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #codec: Codec;
  readonly #storage: ClientStorage;
  readonly #journal: Journal;
  readonly #delivery: Delivery;
  readonly #sync: Sync;
  readonly #cursors: Cursors;
  readonly #receipts = new ReceiptBook();
  readonly #limits: { -readonly [K in keyof Limits]: number } = { ...limits };
  readonly #unwatch: () => void;
  #settleReady: { resolve(): void; reject(error: GodwitError): void } | undefined;
  #clientSeq = 0;
  /** This device has been through a sync before. */
  #known = false;
  #storedUser: string | undefined;
  /** What waits for the storage to be loaded; undefined once it is. */
  #beforeLoad: (() => void)[] | undefined = [];
  #closing: Promise<void> | undefined;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#url = socketUrl(options.url);
    const clock = (this.#clock = options.clock ?? systemClock);
    const random = (this.random = options.random ?? systemRandom);
    const failed = (error: GodwitError): void => this.#report(error);
    this.#codec = options.codec ?? jsonCodec;
    this.#storage = options.storage ?? memoryStorage();
    this.status = options.status ?? "online";
    this.events = new Emitter(failed);
    this.#journal = new Journal(this.#storage, failed);
    this.commands = new Commands(clock, options.requestTimeoutMs ?? 10_000);
    const { commands } = this;
    const backoff = (): Backoff => new Backoff(200, 30_000, random.fraction);
    this.outbox = new Outbox(
      {
        clock,
        store: (entry, done) => this.#journal.put({ type: "queued", entry }, done),
        forget: (clientId) => this.#journal.put({ type: "settled", clientId }),
        send: (params) => commands.now("send", params),
        update: (update) => this.#updated(update),
      },
      {
        entriesMax: options.outboxMax ?? 1_000,
        perConversationMax: options.sendsPerConversation ?? 1,
        inFlightMax: sendsInFlightMax,
        ageMaxMs: outboxAgeMaxMs,
        backoff: backoff(),
      },
    );
    this.#delivery = new Delivery(
      {
        clock,
        listening: () => this.events.has("message"),
        deliver: (message) => this.#deliver(message),
        processed: (message) => this.#processed(message),
        history: (conversation, from, limit) =>
          commands.now("history", { conversation, from, limit }),
        failed,
      },
      {
        windowMax: 512,
        heldMax: 8_192,
        pullsMax: 4,
        server: this.#limits,
        gapGraceMs: 50,
        backlogMax: 1_000,
        backoff,
      },
    );
    this.#sync = new Sync({
      clock,
      backoff: backoff(),
      messages: options.syncMessages ?? 20,
      limits: this.#limits,
      cursors: () => this.#delivery.cursors(),
      request: (params) => commands.now("sync", params),
      page: (conversations) => this.#synced(conversations),
      done: () => this.#syncDone(),
      failed,
    });
    this.#cursors = new Cursors({
      clock,
      backoff: backoff(),
      send: (type, conversation, seq) => commands.now(type, { conversation, seq }),
      failed,
    });
    this.presence = new PresenceBook({
      clock,
      watch: (params) => commands.now("watch", params),
      typing: (params) => commands.post("typing", params),
      presence: (presence) => void this.events.emit("presence", presence),
      typed: (conversation, user, on) =>
        void this.events.emit("typing", { conversation, user, on }),
      failed,
    });
    this.session = new Session(
      {
        clock,
        backoff: new Backoff(
          options.backoffMinMs ?? 500,
          options.backoffMaxMs ?? 30_000,
          random.fraction,
        ),
        tokenRenewable: typeof options.token === "function",
        token: () => this.#token(),
        open: (handlers) => this.#open(handlers),
        hello: () => this.#hello(),
        up: (connection, welcome) => this.#up(connection, welcome),
        down: () => this.#down(),
        event: (frame) => this.#event(frame),
        state: (state, error) => this.#state(state, error),
        failed,
      },
      {
        connectTimeoutMs: 10_000,
        stableMs: 10_000,
        acknowledgeEvery: 64,
        acknowledgeMs: 5_000,
        drainMaxMs: 3_000,
      },
    );
    this.ready = quiet(new Promise((resolve, reject) => (this.#settleReady = { resolve, reject })));
    this.#unwatch = onNetworkChange(() => this.session.wake());
    void this.#load();
  }

  /** What conversation handles use. */
  readonly chatPorts: ChatPorts = {
    commands: { request: (type, params) => this.commands.request(type, params) },
    send: (conversation, draft) => this.#send(conversation, draft),
    delivered: (conversation, seq) => this.#cursors.delivered(conversation, seq),
    read: (conversation, seq) => this.#cursors.read(conversation, seq),
    taken: (conversation) => this.#delivery.taken(conversation),
    typing: (conversation, on) => this.presence.type(conversation, on),
    reached: (conversation, seq) => this.#receipts.reached(conversation, seq, this.user),
    own: (sender) => sender === this.user,
    joined: (conversation) => this.#delivery.joined(conversation),
  };

  on<E extends keyof ClientEvents>(
    event: E,
    listener: (...args: ClientEvents[E]) => unknown,
  ): () => void {
    const off = this.events.on(event, listener);
    // Not before the caller has its way to unsubscribe.
    if (event === "message") queueMicrotask(() => this.#delivery.listen());
    return off;
  }

  close(error?: GodwitError): Promise<void> {
    if (!this.#closing) {
      // Set before the parts are closed: their last events lead back here.
      let closed!: (ended: Promise<void>) => void;
      this.#closing = new Promise((resolve) => (closed = resolve));
      closed(this.#shutdown(error));
    }
    return this.#closing;
  }

  async #shutdown(error?: GodwitError): Promise<void> {
    const reason = error ?? clientError("closed");
    this.#unwatch();
    this.#delivery.close();
    this.#cursors.close(reason);
    this.session.close(error);
    this.#sync.offline();
    this.outbox.close(reason);
    this.commands.close(reason);
    this.presence.close();
    this.#settleReady?.reject(reason);
    for (const run of this.#beforeLoad?.splice(0) ?? []) run();
    await this.#journal.flush();
    try {
      await this.#storage.close();
    } catch (thrown) {
      this.#report(toGodwitError(thrown, "storage_failed"));
    }
  }

  async #load(): Promise<void> {
    try {
      const state = await this.#storage.load();
      if (this.#closing) return;
      this.device =
        this.#options.device ??
        state.device ??
        `${this.#platform()}-${this.random.uuid().slice(0, 8)}`;
      this.#storedUser = state.user;
      this.user = state.user ?? "";
      this.#clientSeq = state.clientSeq;
      this.#known = state.synced;
      this.#delivery.restore(state.cursors);
      this.outbox.restore(state.entries.values());
      const waiting = this.#beforeLoad ?? [];
      this.#beforeLoad = undefined;
      for (const run of waiting) run();
      this.session.start();
    } catch (thrown) {
      void this.close(toGodwitError(thrown, "storage_failed"));
    }
  }

  #send(conversation: string, draft: Draft): Sending {
    const clientId = this.random.uuid();
    const sent = new Promise<Sent>((resolve, reject) => {
      // Copied now, so that what the application does with its draft later changes nothing; numbered when the storage is there.
      const entry = draftEntry(
        conversation,
        draft,
        { clientId, clientSeq: 1, createdAt: this.#clock.now() },
        this.#codec,
      );
      const run = (): void =>
        this.outbox
          .add({ ...entry, clientSeq: ++this.#clientSeq })
          .then(resolve, reject) as unknown as void;
      if (!this.#beforeLoad) run();
      else if (this.#beforeLoad.length >= (this.#options.outboxMax ?? 1_000))
        reject(clientError("outbox_full"));
      else this.#beforeLoad.push(run);
    });
    return Object.assign(quiet(sent), { clientId });
  }

  async #token(): Promise<string> {
    const { token } = this.#options;
    const answer = typeof token === "function" ? await token() : token;
    return typeof answer === "string" ? answer : answer.token;
  }

  async #open(handlers: ConnectionHandlers): Promise<Connection> {
    const WebSocketLike = await socketConstructor(this.#options.webSocket);
    return new Connection(
      new WebSocketLike(this.#url, [this.#codec.subprotocol]),
      this.#codec,
      this.#clock,
      handlers,
    );
  }

  #platform(): NonNullable<ConnectOptions["platform"]> {
    return this.#options.platform ?? (typeof document === "undefined" ? "desktop" : "web");
  }

  #hello(): Omit<Params<"hello">, "token" | "resume"> {
    const { client } = this.#options;
    return {
      device: this.device,
      platform: this.#platform(),
      status: this.status,
      ...(client === undefined ? {} : { client }),
    };
  }

  #up(connection: Connection, welcome: Welcome): GodwitError | undefined {
    if (this.#storedUser !== undefined && this.#storedUser !== welcome.user) {
      return clientError(
        "storage_of_other_user",
        `This storage belongs to ${this.#storedUser}, the token to ${welcome.user}.`,
      );
    }
    this.user = welcome.user;
    if (this.#storedUser === undefined) {
      this.#storedUser = welcome.user;
      this.#journal.put({ type: "identity", user: welcome.user, device: this.device });
    }
    for (const name of Object.keys(limits) as (keyof Limits)[]) {
      this.#limits[name] = Math.min(limits[name], welcome.limits[name] ?? limits[name]);
    }
    this.commands.attach(connection);
    this.#delivery.online(welcome.user);
    this.#sync.online(!welcome.resumed || welcome.syncRequired);
    this.outbox.online();
    this.#cursors.online();
    if (!welcome.resumed) this.presence.newSession();
    this.#settleReady?.resolve();
    return undefined;
  }

  #down(): void {
    this.commands.detach();
    this.outbox.offline();
    this.#sync.offline();
    this.#delivery.offline();
    this.#cursors.offline();
  }

  #event(frame: EventFrame): void {
    switch (frame.type) {
      case "message":
        return this.#delivery.message(frame.message);
      case "receipt":
        return this.#receipt(frame.conversation, frame.user, frame.delivered, frame.read);
      case "conversation":
        if (frame.change === "added") this.#delivery.joined(frame.conversation);
        this.#receipts.noteConversation(frame.conversation, this.user);
        return void this.events.emit("conversation", {
          change: frame.change,
          conversation: frame.conversation,
        });
      case "presence":
        return void this.events.emit("presence", frame.presence);
      case "typing":
        return this.presence.typed(frame.conversation, frame.user, frame.on);
      case "sync_required":
        return this.#sync.require();
    }
  }

  #receipt(conversation: string, user: string, delivered: number, read: number): void {
    if (!this.#receipts.note(conversation, user, delivered, read)) return;
    void this.events.emit("receipt", {
      conversation,
      user,
      delivered,
      read,
      own: user === this.user,
    });
  }

  #synced(conversations: readonly SyncedConversation[]): void {
    for (const page of conversations) {
      this.#receipts.noteConversation(page.conversation, this.user);
      void this.events.emit("conversation", { change: "synced", conversation: page.conversation });
      this.#delivery.synced(page, this.#known);
    }
  }

  #syncDone(): void {
    this.#delivery.syncDone();
    if (!this.#known) this.#journal.put({ type: "synced" });
    this.#known = true;
    void this.events.emit("synced");
  }

  #deliver(message: ReceivedMessage): Promise<unknown> | undefined {
    if (!message.own) this.presence.typed(message.conversation, message.sender, false);
    return this.events.emit("message", message, openChat(message.conversation, this.chatPorts));
  }

  #processed(message: ReceivedMessage): void {
    this.#journal.cursor(message.conversation, message.seq);
    if (!message.own && this.#options.receipts !== "manual")
      this.#cursors.delivered(message.conversation, message.seq);
  }

  /** An acknowledged message fills its place in the order: this session gets no event for it. */
  #updated(update: OutboxUpdate): void {
    void this.events.emit("outbox", update);
    if (update.state !== "acknowledged") return;
    const { createdAt: _, ...sent } = update.entry;
    const { seq, messageId, time, conversation } = update.sent;
    this.#delivery.message({
      ...sent,
      conversation,
      seq,
      id: messageId,
      time,
      sender: this.user,
      device: this.device,
    });
  }

  #state(state: ClientState, error?: GodwitError): void {
    void this.events.emit("state", state, error);
    if (error) this.#report(error);
    if (state === "closed") void this.close(error);
  }

  /** Errors outside of any call are never swallowed: without a listener they go to the console. */
  #report(error: GodwitError): void {
    if (this.events.has("error")) void this.events.emit("error", error);
    else console.error(error);
  }
}

/** Calls back when the browser says that the network is back, or the page is looked at again. Elsewhere nothing says so. */
function onNetworkChange(wake: () => void): () => void {
  if (typeof document === "undefined") return () => {};
  const visible = (): void => {
    if (document.visibilityState === "visible") wake();
  };
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", visible);
  return () => {
    removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", visible);
  };
}
