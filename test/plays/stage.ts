/**
 * What plays are performed on: a real server on a free port with an in-memory store (or the engine that a play asks for), and actors that speak the wire
 * protocol by hand through real sockets. Nothing here sleeps: actors wait for frames.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import {
  directId,
  jsonCodec,
  type Codec,
  type CommandName,
  type EventBody,
  type EventName,
  type Params,
  type Platform,
  type Result,
  type ServerFrame,
  type Status,
  type WireError,
} from "@godwit/protocol";
import { binaryCodec } from "@godwit/protocol/binary";
import { loadConfig } from "@godwit/server/config";
import { startServer, type Overrides, type RunningServer } from "@godwit/server";

export const codecs: readonly Codec[] = [jsonCodec, binaryCodec];

/** Shared with the servers of the plays, which take it for a host application's. */
const hostSecret = "the plays' own secret, forty bytes long!";
/** How long an actor waits for a frame before the play fails. */
const patienceMs = 3_000;

export interface StageOptions {
  readonly codec?: Codec;
  /** Settings by dotted path, such as `sessions.resumeMs`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly overrides?: Overrides;
}

export class Stage {
  readonly server: RunningServer;
  readonly codec: Codec;
  readonly #actors: Actor[] = [];
  readonly #dir: string;

  constructor(server: RunningServer, codec: Codec, dir: string) {
    this.server = server;
    this.codec = codec;
    this.#dir = dir;
  }

  /** A user's device, connected and past its hello. Users come into being with their first token. */
  async actor(user: string, options: ActorOptions = {}): Promise<Actor> {
    const actor = new Actor(this, user, options);
    this.#actors.push(actor);
    await actor.connect();
    return actor;
  }

  /** Several users at once, each on one device. */
  cast<const U extends readonly string[]>(...users: U): Promise<{ [I in keyof U]: Actor }> {
    return Promise.all(users.map((user) => this.actor(user))) as Promise<{ [I in keyof U]: Actor }>;
  }

  /** Runs a command over HTTP with this user's token. */
  async http<C extends CommandName>(
    user: string,
    command: C,
    params: Params<C>,
  ): Promise<Result<C> | WireError> {
    const response = await fetch(`${this.server.url}/api/commands/${command}`, {
      method: "POST",
      headers: { authorization: `Bearer ${await token(user)}`, "content-type": "application/json" },
      body: JSON.stringify(params),
    });
    return (await response.json()) as Result<C> | WireError;
  }

  async close(): Promise<void> {
    for (const actor of this.#actors) actor.leaveStage();
    await this.server.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** Sets a stage up. The caller closes it. */
export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), "godwit-play-"));
  const config = loadConfig({
    env: {},
    flags: {
      dataDir: dir,
      "listen.host": "127.0.0.1",
      "listen.port": 0,
      "listen.drainMs": 500,
      "store.engine": "memory",
      "log.level": "error",
      "accounts.hostTokens.secret": hostSecret,
      "receipts.announceMs": 5,
      ...options.settings,
    },
  });
  return new Stage(await startServer(config, options.overrides), options.codec ?? jsonCodec, dir);
}

/** A host application's token for a user. */
export function token(user: string, expiresInMs = 3_600_000): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime(new Date(Date.now() + expiresInMs))
    .sign(new TextEncoder().encode(hostSecret));
}

export interface ActorOptions {
  readonly device?: string;
  readonly platform?: Platform;
  readonly status?: Status;
  readonly token?: string;
}

type Frame = ServerFrame & { readonly type: string };
type Body<E extends EventName> = { readonly type: E } & EventBody<E>;

interface Waiting {
  readonly wants: (frame: Frame) => boolean;
  readonly resolve: (frame: Frame) => void;
}

/** One device of one user. It remembers every event that nobody has waited for yet, and counts positions as a client must. */
export class Actor {
  readonly user: string;
  readonly #stage: Stage;
  readonly #options: ActorOptions;
  readonly #events: Frame[] = [];
  #waiting: Waiting[] = [];
  readonly #replies = new Map<number, (frame: Frame) => void>();
  /** Resolves when the newest socket has closed. */
  closed: Promise<{ readonly code: number; readonly reason: string }> = new Promise(
    () => undefined,
  );
  #socket: WebSocket | undefined;
  #lastId = 0;
  clientSeq = 0;
  /** Counted events received in this session. */
  position = 0;
  welcome: Result<"hello"> | undefined;

  constructor(stage: Stage, user: string, options: ActorOptions) {
    this.user = user;
    this.#stage = stage;
    this.#options = options;
  }

  get device(): string {
    return this.#options.device ?? `${this.user}-1`;
  }

  with(other: Actor | string): string {
    return directId(this.user, typeof other === "string" ? other : other.user);
  }

  /** Opens the socket without a hello. */
  async open(protocol: string | undefined = this.#stage.codec.subprotocol): Promise<void> {
    const socket = new WebSocket(
      `${this.#stage.server.url.replace("http", "ws")}/ws`,
      protocol === undefined ? [] : [protocol],
    );
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    const closed = Promise.withResolvers<{ readonly code: number; readonly reason: string }>();
    this.closed = closed.promise;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("The socket did not open.")));
    socket.addEventListener("message", ({ data }) => this.#receive(data as string | ArrayBuffer));
    socket.addEventListener("close", ({ code, reason }) => closed.resolve({ code, reason }));
    await promise;
  }

  async connect(resume?: { session: string; position: number }): Promise<Result<"hello">> {
    await this.open();
    const { platform, status } = this.#options;
    const welcome = await this.call("hello", {
      token: this.#options.token ?? (await token(this.user)),
      device: this.device,
      ...(platform === undefined ? {} : { platform }),
      ...(status === undefined ? {} : { status }),
      ...(resume === undefined ? {} : { resume }),
    });
    this.welcome = welcome;
    this.position = welcome.position;
    return welcome;
  }

  /** Loses the connection without a word, as a phone in a tunnel does. */
  async cut(): Promise<void> {
    (this.#socket as WebSocket & { terminate(): void }).terminate();
    await this.closed;
  }

  /** Comes back and picks the session up. */
  resume(): Promise<Result<"hello">> {
    const session = this.welcome?.session ?? "";
    return this.connect({ session, position: this.position });
  }

  /** Gives a command and returns its result; rejects with the wire error. */
  async call<C extends CommandName>(type: C, params: Params<C>): Promise<Result<C>> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Frame>();
    this.#replies.set(id, resolve);
    this.raw(this.#stage.codec.encodeCommand({ type, id, ...params } as never));
    const reply = await patiently(promise, `a reply to ${type}`);
    if (reply.type === "error") throw new CommandFailed(reply);
    return reply as unknown as Result<C>;
  }

  /** The error that a command fails with; rejects if it does not fail. */
  async refused<C extends CommandName>(type: C, params: Params<C>): Promise<WireError["name"]> {
    const failure = await this.call(type, params).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure instanceof CommandFailed) return failure.error.name;
    throw failure ?? new Error(`${type} was expected to be refused.`);
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

  /** Writes bytes or text to the socket as they are. */
  raw(data: string | Uint8Array): void {
    this.#socket?.send(typeof data === "string" ? data : new Uint8Array(data));
  }

  /** The next event of a type (that fits), waiting for it if need be; events before it stay for others to ask. */
  async hears<E extends EventName>(
    type: E,
    fits: (event: Body<E>) => boolean = () => true,
  ): Promise<Body<E>> {
    const wants = (frame: Frame) => frame.type === type && fits(frame as unknown as Body<E>);
    const index = this.#events.findIndex(wants);
    if (index >= 0) return this.#events.splice(index, 1)[0] as unknown as Body<E>;
    const { promise, resolve } = Promise.withResolvers<Frame>();
    this.#waiting.push({ wants, resolve });
    return (await patiently(promise, `${type} for ${this.user}`)) as unknown as Body<E>;
  }

  /** Receives the message with this text next, of all messages. */
  async reads(text: string): Promise<EventBody<"message">["message"]> {
    const { message } = await this.hears("message", (event) => event.message.kind !== "system");
    if (message.content["text"] !== text)
      throw new Error(`Expected ${JSON.stringify(text)}, got ${JSON.stringify(message.content)}.`);
    return message;
  }

  /** The next system message about this event. */
  async notices(event: string): Promise<EventBody<"message">["message"]> {
    const heard = await this.hears(
      "message",
      ({ message }) => message.kind === "system" && message.content["event"] === event,
    );
    return heard.message;
  }

  /** What has arrived and was not asked for, after everything that the server had written before has come in. */
  async leftovers(): Promise<readonly Frame[]> {
    await this.call("ping", {});
    return [...this.#events];
  }

  leaveStage(): void {
    this.#socket?.close();
  }

  #receive(data: string | ArrayBuffer): void {
    const frame = this.#stage.codec.decodeServer(
      typeof data === "string" ? data : new Uint8Array(data),
    ) as Frame;
    if ("id" in frame && frame.id !== undefined) {
      this.#replies.get(frame.id)?.(frame);
      this.#replies.delete(frame.id);
      return;
    }
    if (frame.type === "message" || frame.type === "receipt" || frame.type === "conversation")
      this.position++;
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

function patiently<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Waited ${patienceMs} ms in vain for ${what}.`)),
    patienceMs,
  );
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
