/** Actors: devices of users that speak the wire protocol by hand, through real sockets. Nothing here sleeps: actors wait for frames. */
import {
  directId,
  type Codec,
  type CommandName,
  type Conversation,
  type EventBody,
  type EventName,
  type Message,
  type Params,
  type Platform,
  type Result,
  type ServerFrame,
  type Status,
  type WireError,
} from "@godwit/protocol";
import { countedEvents } from "@godwit/protocol/schemas";
import { token } from "./tokens.ts";
import type { Place, Way, Wire } from "./way.ts";
import { webSocketWay } from "./ways.ts";

/** How long an actor waits for a frame before the play fails: less than the runner does, to say what for. */
const patienceMs = 4_500;

/** Where an actor acts: the server's address may change when it starts again. */
export interface Venue extends Place {
  readonly way: Way;
}

export interface ActorOptions {
  readonly device?: string;
  readonly platform?: Platform;
  readonly status?: Status;
  readonly token?: string;
  /** By WebSocket with this codec, whatever the stage's way is. */
  readonly codec?: Codec;
}

export type Frame = ServerFrame & { readonly type: string };
type Body<E extends EventName> = { readonly type: E } & EventBody<E>;
interface Closed {
  readonly code: number;
  readonly reason: string;
}

interface Waiting {
  readonly wants: (frame: Frame) => boolean;
  readonly resolve: (frame: Frame) => void;
}

/** One device of one user. It remembers every event that nobody has waited for yet, and counts positions as a client must. */
export class Actor {
  readonly user: string;
  readonly codec: Codec;
  readonly #venue: Venue;
  readonly #options: ActorOptions;
  #events: Frame[] = [];
  #waiting: Waiting[] = [];
  #reached: { readonly position: number; readonly resolve: () => void } | undefined;
  readonly #replies = new Map<number, PromiseWithResolvers<Frame>>();
  /** Resolves when the newest socket has closed. */
  closed: Promise<Closed> = new Promise(() => undefined);
  readonly #way: Way;
  #wire: Wire | undefined;
  /** Counts connections. */
  #dialled = 0;
  #lastId = 0;
  clientSeq = 0;
  /** Counted events received in this session. */
  position = 0;
  welcome: Result<"hello"> | undefined;

  constructor(venue: Venue, user: string, options: ActorOptions = {}) {
    this.user = user;
    this.#venue = venue;
    this.#options = options;
    this.#way = options.codec === undefined ? venue.way : webSocketWay(options.codec);
    this.codec = this.#way.codec;
  }

  get device(): string {
    return this.#options.device ?? `${this.user}-1`;
  }

  get isOpen(): boolean {
    return this.#wire?.isOpen === true;
  }

  with(other: Actor | string): string {
    return directId(this.user, typeof other === "string" ? other : other.user);
  }

  /** Opens the socket without a hello. */
  async open(protocol: string | undefined = this.codec.subprotocol): Promise<void> {
    const closed = Promise.withResolvers<Closed>();
    this.closed = patiently(closed.promise, "the connection to close", 60_000);
    // Most plays never ask how their connections ended.
    this.closed.catch(() => undefined);
    // Of a connection that another has replaced nothing is heard.
    const dialled = ++this.#dialled;
    this.#wire = undefined;
    this.#wire = await this.#way.dial(this.#venue, protocol, {
      message: (data) => {
        if (this.#dialled === dialled) this.#receive(data);
      },
      closed: (code, reason) => {
        closed.resolve({ code, reason });
        if (this.#dialled === dialled)
          this.#abandon(`The connection closed with ${code} ${reason}`);
      },
    });
  }

  /** Says hello on a new connection; the position of a resumed session is that of now if none is given. */
  async connect(resume?: { session: string; position?: number }): Promise<Result<"hello">> {
    await this.open();
    const { platform, status } = this.#options;
    const welcome = await this.call("hello", {
      token: this.#options.token ?? (await token(this.user)),
      device: this.device,
      ...(platform === undefined ? {} : { platform }),
      ...(status === undefined ? {} : { status }),
      ...(resume === undefined ? {} : { resume: { position: this.position, ...resume } }),
    });
    this.welcome = welcome;
    return welcome;
  }

  /** Loses the connection without a word, as a phone in a tunnel does. */
  async cut(): Promise<void> {
    this.#wire?.terminate();
    await this.closed;
  }

  /** Comes back and picks the session up. */
  resume(): Promise<Result<"hello">> {
    return this.connect({ session: this.welcome?.session ?? "" });
  }

  /** Leaves for good: whatever comes next begins a new session. */
  async leaves(): Promise<void> {
    await this.call("bye", {});
    await this.closed;
  }

  /** Gives a command and returns its result; rejects with the wire error. */
  async call<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    if (!this.isOpen) throw new Error(`${this.user} has no connection for ${type}.`);
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<Frame>();
    this.#replies.set(id, answer);
    this.raw(this.codec.encodeCommand({ type, id, ...params } as never));
    const reply = await patiently(answer.promise, `a reply to ${type}`);
    if (reply.type === "error") throw new CommandFailed(reply);
    return reply as unknown as Result<C>;
  }

  /** The name of the error that a command fails with; rejects if it does not fail. */
  async refused<C extends CommandName>(type: C, params: Params<C>): Promise<WireError["name"]> {
    return (await this.error(type, params)).name;
  }

  /** The whole error that a command fails with; rejects if it does not fail. */
  async error<C extends CommandName>(type: C, params: Params<C>): Promise<WireError> {
    try {
      await this.call(type, params);
    } catch (failure) {
      if (failure instanceof CommandFailed) return failure.error;
      throw failure;
    }
    throw new Error(`${type} was expected to be refused.`);
  }

  /** Sends a text; the acknowledgement is the result. */
  says(
    conversation: string,
    text: string,
    more: Partial<Params<"send">> = {},
  ): Promise<Result<"send">> {
    return this.call("send", this.draft(conversation, text, more));
  }

  /** The parameters of a send, to be sent more than once. */
  draft(conversation: string, text: string, more: Partial<Params<"send">> = {}): Params<"send"> {
    const clientSeq = ++this.clientSeq;
    return {
      conversation,
      clientId: crypto.randomUUID(),
      clientSeq,
      kind: "text",
      content: { text },
      ...more,
    };
  }

  /** Founds a group (or a channel) with these others; everybody has heard of it when this resolves. */
  async founds(
    others: readonly Actor[],
    more: Partial<Params<"create">> = {},
  ): Promise<Conversation> {
    const { conversation } = await this.call("create", {
      clientId: crypto.randomUUID(),
      kind: "group",
      title: `${this.user}'s`,
      members: others.map(({ user }) => user),
      ...more,
    });
    for (const member of [this, ...others]) {
      await member.hears("conversation", (event) => event.conversation.id === conversation.id);
      await member.notices("created");
    }
    return conversation;
  }

  /** The conversation as this user sees it now. */
  async sees(conversation: string): Promise<Conversation> {
    return (await this.call("conversation", { conversation })).conversation;
  }

  /** Writes bytes or text to the socket as they are. */
  raw(data: string | Uint8Array): void {
    this.#wire?.send(data);
  }

  /** The next event of a type (that fits), waiting for it if need be; events before it stay for others to ask. */
  async hears<E extends EventName>(
    type: E,
    fits: (event: Body<E>) => boolean = () => true,
  ): Promise<Body<E>> {
    const wants = (frame: Frame) => frame.type === type && fits(frame as unknown as Body<E>);
    return (await this.#next(wants, `${type} for ${this.user}`)) as unknown as Body<E>;
  }

  /** The next error that is no reply to a `call`. */
  async complaint(): Promise<WireError> {
    const frame = await this.#next(({ type }) => type === "error", `an error for ${this.user}`);
    return frame as unknown as WireError;
  }

  /** Receives the message with this text next, of all messages. */
  async reads(text: string): Promise<Message> {
    const { message } = await this.hears("message", (event) => event.message.kind !== "system");
    if (message.content["text"] !== text)
      throw new Error(`Expected ${JSON.stringify(text)}, got ${JSON.stringify(message.content)}.`);
    return message;
  }

  /** The next system message about this event. */
  async notices(event: string): Promise<Message> {
    const heard = await this.hears(
      "message",
      ({ message }) => message.kind === "system" && message.content["event"] === event,
    );
    return heard.message;
  }

  /** What has arrived and was not asked for, after everything that the server had written before has come in. */
  async leftovers(): Promise<readonly Frame[]> {
    await this.hasHeardAll();
    return [...this.#events];
  }

  /** Resolves when every event that the server has counted by now is here. */
  async hasHeardAll(): Promise<void> {
    const { position } = await this.call("ping", {});
    if (this.position >= position) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reached = { position, resolve };
    await patiently(promise, `event ${position} for ${this.user}, who is at ${this.position}`);
  }

  /** What has arrived so far and was not asked for. */
  get unread(): readonly Frame[] {
    return this.#events;
  }

  /** As `leftovers`, and forgets them. */
  async drains(): Promise<readonly Frame[]> {
    await this.hasHeardAll();
    return this.takes();
  }

  /** As `unread`, and forgets them. */
  takes(): readonly Frame[] {
    const frames = this.#events;
    this.#events = [];
    return frames;
  }

  leaveStage(): void {
    this.#wire?.close();
  }

  async #next(wants: (frame: Frame) => boolean, what: string): Promise<Frame> {
    const index = this.#events.findIndex(wants);
    if (index >= 0) return this.#events.splice(index, 1)[0] as Frame;
    const { promise, resolve } = Promise.withResolvers<Frame>();
    const waiting = { wants, resolve };
    this.#waiting.push(waiting);
    return patiently(promise, what).finally(() => {
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
    });
  }

  /** Commands of a connection that is gone get no answer. */
  #abandon(why: string): void {
    for (const { reject } of this.#replies.values()) reject(new Error(why));
    this.#replies.clear();
  }

  #receive(data: string | Uint8Array): void {
    const frame: Frame = this.codec.decodeServer(data);
    if ("id" in frame && frame.id !== undefined) {
      // At once, because missed events follow the welcome in the same turn.
      if (frame.type === "hello") this.position = frame.position;
      const waiting = this.#replies.get(frame.id);
      this.#replies.delete(frame.id);
      if (waiting !== undefined) return waiting.resolve(frame);
    }
    if (frame.type === "sync_required") this.position = frame.position ?? this.position;
    if ((countedEvents as readonly string[]).includes(frame.type)) this.position++;
    if (this.#reached !== undefined && this.position >= this.#reached.position) {
      this.#reached.resolve();
      this.#reached = undefined;
    }
    const waiting = this.#waiting.findIndex(({ wants }) => wants(frame));
    if (waiting < 0) this.#events.push(frame);
    else this.#waiting.splice(waiting, 1)[0]?.resolve(frame);
  }
}

export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly error: WireError;

  constructor(error: WireError) {
    super(`${error.name}: ${error.message}`);
    this.error = error;
  }
}

/** What was promised, or an error that says what was waited for. */
export function patiently<T>(promise: Promise<T>, what: string, ms = patienceMs): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Waited ${ms} ms in vain for ${what}.`)), ms);
  timer.unref();
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
