import {
  type Codec,
  type Conversation,
  type EventFrame,
  jsonCodec,
  type Limits,
  limits,
  type Params,
  type Status,
} from "@godwit/protocol";
import { Backoff } from "./backoff.ts";
import { type ChatPorts, openChat, quiet } from "./chat.ts";
import { type Clock, type Random, systemClock, systemRandom } from "./clock.ts";
import { Commands } from "./commands.ts";
import { Connection, type ConnectionHandlers } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { clientError, type GodwitError, toGodwitError } from "./errors.ts";
import type { ClientEvents } from "./events.ts";
import { Inbound } from "./inbound.ts";
import { Journal } from "./journal.ts";
import type { Network } from "./network.ts";
import type { ConnectOptions } from "./options.ts";
import { Outbound } from "./outbound.ts";
import { PresenceBook } from "./presence.ts";
import { type ClientState, Session, type Welcome } from "./session.ts";
import type { NetworkMemory, Transport } from "./transport.ts";
import { direct, type Socket, socketConstructor, socketUrl } from "./socket.ts";
import { type ClientStorage, memoryStorage } from "./storage.ts";

const sessionLimits = {
  connectTimeoutMs: 10_000,
  stableMs: 10_000,
  acknowledgeEvery: 64,
  acknowledgeMs: 5_000,
  drainMaxMs: 3_000,
} as const;

/** The parts of a client, wired together. What the application sees of it is `Client`. */
export class Engine {
  readonly events: Emitter<ClientEvents>;
  readonly commands: Commands;
  readonly outbound: Outbound;
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
  readonly #inbound: Inbound;
  readonly #limits: { -readonly [K in keyof Limits]: number } = { ...limits };
  readonly #unwatchNetwork: () => void;
  #networks = new Map<string, NetworkMemory>();
  /** Loaded when something is known or there is something to learn; see `network.ts`. */
  #network: Network | undefined;
  #learning: Promise<Network | undefined> | undefined;
  #settleReady: { resolve(): void; reject(error: GodwitError): void } | undefined;
  #storedUser: string | undefined;
  /** Why the last connection failed, as far as the application was told. */
  #trouble: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#url = socketUrl(options.url);
    this.#clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.#codec = options.codec ?? jsonCodec;
    this.#storage = options.storage ?? memoryStorage();
    this.status = options.status ?? "online";
    this.events = new Emitter(this.#report);
    this.#journal = new Journal(this.#storage, this.#report);
    this.commands = new Commands(this.#clock, options.requestTimeoutMs ?? 10_000);
    this.outbound = this.#makeOutbound();
    this.#inbound = this.#makeInbound();
    this.presence = this.#makePresence();
    this.session = this.#makeSession();
    this.ready = quiet(new Promise((resolve, reject) => (this.#settleReady = { resolve, reject })));
    this.#unwatchNetwork = onNetworkChange(() => this.session.wake());
    void this.#load();
  }

  /** What conversation handles use. */
  readonly chatPorts: ChatPorts = {
    commands: { request: (type, params) => this.commands.request(type, params) },
    send: (conversation, draft) => {
      this.presence.sent(conversation);
      return this.outbound.send(conversation, draft);
    },
    delivered: (conversation, seq) => this.#inbound.delivered(conversation, seq),
    read: (conversation, seq) => this.#inbound.read(conversation, seq),
    taken: (conversation) => this.#inbound.taken(conversation),
    typing: (conversation, on) => this.presence.type(conversation, on),
    reached: (conversation, seq) => this.#inbound.reached(conversation, seq),
    user: () => this.user,
    joined: (conversation) => this.#inbound.joined(conversation),
  };

  get transport(): Transport {
    return this.#network?.transport ?? direct(this.#url);
  }

  on<E extends keyof ClientEvents>(
    event: E,
    listener: (...args: ClientEvents[E]) => unknown,
  ): () => void {
    const off = this.events.on(event, listener);
    // Not before the caller has its way to unsubscribe.
    if (event === "message") queueMicrotask(() => this.#inbound.listen());
    return off;
  }

  /** What the application asked for says how far others have come, too. */
  note(conversation: Conversation): void {
    this.#inbound.note(conversation);
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

  async #shutdown(error: GodwitError | undefined): Promise<void> {
    const reason = error ?? clientError("closed");
    this.#unwatchNetwork();
    this.#inbound.close(reason);
    this.session.close(error);
    this.outbound.close(reason);
    this.commands.close(reason);
    this.presence.close();
    this.#network?.close();
    this.#settleReady?.reject(reason);
    await this.#journal.flush();
    try {
      await this.#storage.close();
    } catch (thrown) {
      this.#report(toGodwitError(thrown, "storage_failed"));
    }
  }

  #backoff = (): Backoff => new Backoff(200, 30_000, this.random.fraction);

  #makeOutbound(): Outbound {
    const { outboxMax: entriesMax = 1_000, sendsPerConversation: perConversationMax = 1 } =
      this.#options;
    return new Outbound(
      {
        clock: this.#clock,
        backoff: this.#backoff,
        codec: this.#codec,
        commands: this.commands,
        journal: this.#journal,
        uuid: this.random.uuid,
        update: (update) => void this.events.emit("outbox", update),
        acknowledged: (message) =>
          this.#inbound.own({ ...message, sender: this.user, device: this.device }),
      },
      { entriesMax, perConversationMax },
    );
  }

  #makeInbound(): Inbound {
    const { syncMessages = 20, receipts } = this.#options;
    return new Inbound(
      {
        clock: this.#clock,
        backoff: this.#backoff,
        commands: this.commands,
        events: this.events,
        journal: this.#journal,
        chat: (conversation) => openChat(conversation, this.chatPorts),
        arrived: (conversation, sender) => this.presence.typed(conversation, sender, false),
        failed: this.#report,
      },
      { limits: this.#limits, syncMessages, automatic: receipts !== "manual" },
    );
  }

  #makePresence(): PresenceBook {
    return new PresenceBook({
      clock: this.#clock,
      watch: (params) => this.commands.now("watch", params),
      typing: (params) => this.commands.post("typing", params),
      presence: (presence) => void this.events.emit("presence", presence),
      typed: (conversation, user, on) =>
        void this.events.emit("typing", { conversation, user, on }),
      failed: this.#report,
    });
  }

  #makeSession(): Session {
    const { token, backoffMinMs = 500, backoffMaxMs = 30_000 } = this.#options;
    return new Session(
      {
        clock: this.#clock,
        backoff: new Backoff(backoffMinMs, backoffMaxMs, this.random.fraction),
        tokenRenewable: typeof token === "function",
        token: () => this.#token(),
        open: (handlers) => this.#open(handlers),
        hello: () => this.#hello(),
        up: (connection, welcome) => this.#up(connection, welcome),
        down: () => this.#down(),
        event: (frame) => this.#event(frame),
        state: (state, error) => this.#state(state, error),
        failed: this.#report,
        unwelcome: () => void this.#learn().then((network) => network?.failed()),
        network: () => this.#network,
      },
      sessionLimits,
    );
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
      this.#inbound.restore(state);
      this.outbound.restore(state);
      if (state.networks) this.#networks = new Map(state.networks);
      // The first attempt is a WebSocket's unless something speaks against it.
      if (this.#networks.size > 0 || this.#options.transports?.includes("websocket") === false)
        await this.#learn();
      this.session.start();
    } catch (thrown) {
      void this.close(toGodwitError(thrown, "storage_failed"));
    }
  }

  async #token(): Promise<string> {
    const { token } = this.#options;
    const answer = typeof token === "function" ? await token() : token;
    return typeof answer === "string" ? answer : answer.token;
  }

  async #open(handlers: ConnectionHandlers): Promise<Connection> {
    await this.#learning;
    const requests = this.#network?.socket();
    const socket = requests ?? (await this.#webSocket());
    return new Connection(socket, requests ? jsonCodec : this.#codec, this.#clock, handlers);
  }

  async #webSocket(): Promise<Socket> {
    const WebSocketLike = await socketConstructor(this.#options.webSocket, this.#url);
    return new WebSocketLike(this.#url, [this.#codec.subprotocol]);
  }

  /** Loads what learns about networks; without it (its file could not be had) a client is as good as any other. */
  #learn(): Promise<Network | undefined> {
    return (this.#learning ??= import("./network.ts").then(
      ({ Network }) =>
        (this.#network = new Network(this.#options, {
          clock: this.#clock,
          fraction: this.random.fraction,
          codec: this.#codec,
          memories: this.#networks,
          remember: (network, memory) => this.#journal.put({ type: "network", network, memory }),
          url: this.#url,
          probe: () => this.#webSocket(),
          move: () => this.session.move(),
        })),
      () => undefined,
    ));
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
      ...this.#network?.hello(),
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
    void this.#learn().then(
      (network) => this.session.state !== "closed" && network?.welcomed(welcome),
    );
    this.commands.attach(connection);
    this.#inbound.online(welcome.user, !welcome.resumed || welcome.syncRequired);
    this.outbound.online();
    this.presence.online();
    this.#settleReady?.resolve();
    return undefined;
  }

  #down(): void {
    this.commands.detach();
    this.outbound.offline();
    this.#inbound.offline();
  }

  #event(frame: EventFrame): void {
    switch (frame.type) {
      case "presence":
        return this.presence.came(frame.presence);
      case "typing":
        return this.presence.typed(frame.conversation, frame.user, frame.on);
      case "message":
      case "receipt":
      case "conversation":
      case "sync_required":
        return this.#inbound.event(frame);
      default:
      // The session's own business, or an event that this client is too old for.
    }
  }

  #state(state: ClientState, error: GodwitError | undefined): void {
    void this.events.emit("state", state, error);
    // The same trouble at every attempt is told once.
    if (error && error.name !== this.#trouble) this.#report(error);
    this.#trouble = error ? error.name : state === "online" ? undefined : this.#trouble;
    if (state === "closed") void this.close(error);
  }

  /** Errors outside of any call are never swallowed: without a listener they go to the console. */
  #report = (error: GodwitError): void => {
    if (this.events.has("error")) void this.events.emit("error", error);
    // oxlint-disable-next-line no-console -- the last resort, which the application replaces by listening to "error"
    else console.error(error);
  };
}

/** Calls back when the browser says that the network is back, or the page is looked at again. Elsewhere nothing says so. */
function onNetworkChange(wake: () => void): () => void {
  if (typeof document === "undefined") return () => {};
  const visible = (): void => {
    if (document.visibilityState === "visible") wake();
  };
  addEventListener("online", wake);
  // Whether the server is away with the network is for a ping to find out: it may be on this machine.
  addEventListener("offline", wake);
  document.addEventListener("visibilitychange", visible);
  return () => {
    removeEventListener("online", wake);
    removeEventListener("offline", wake);
    document.removeEventListener("visibilitychange", visible);
  };
}
