import { WebSocketLink } from "./link.ts";
import type { Endpoint, Link, LinkOwner } from "./link.ts";
import { PollLink } from "./poll-link.ts";
import { StreamLink } from "./stream-link.ts";
import type { Ears, Hello, Welcome, Wire } from "../wire/wire.ts";
import { commandIdsFrom } from "../wire/wire.ts";

type Frame = Readonly<Record<string, unknown>>;

/** What a load wants to hear of its clients; one object serves all of them. */
export interface Audience {
  acknowledged(client: Client, n: number, seq: number): void;
  refused(client: Client, n: number, name: string): void;
  message(client: Client, sender: number | undefined, n: number, seq: number): void;
  /** The client's link takes writes again. */
  writable(client: Client): void;
  closed(client: Client, code: number, reason: string): void;
}

/** Events after which a client tells the server how far it is, as the protocol asks. */
const receivedEvery = 64;

/** One user with one connection. `number` is the user's number in the load. */
export class Client implements LinkOwner, Ears {
  readonly number: number;
  readonly wire: Wire;
  readonly #audience: Audience;
  link: Link | undefined;
  /** Counted events received, as a position in the session. */
  position = 0;
  session = "";
  heartbeatMs = 0;
  /** `n` of the last send. */
  sent = 0;
  #unreported = 0;
  #nextId = commandIdsFrom;
  #welcomed: ((welcome: Welcome) => void) | undefined;
  readonly #replies = new Map<
    number,
    { resolve: (frame: Frame) => void; reject: (error: Error) => void }
  >();
  #failWelcome: ((error: Error) => void) | undefined;

  constructor(number: number, wire: Wire, audience: Audience) {
    this.number = number;
    this.wire = wire;
    this.#audience = audience;
  }

  /** Connects and says hello; with `resume`, where the last connection left off. Rejects if the server refuses either. */
  async connect(
    endpoint: Endpoint,
    token: string,
    as: { readonly resume?: boolean; readonly device?: string } = {},
  ): Promise<Welcome> {
    this.link = await openLink(endpoint, this.wire, this);
    return new Promise<Welcome>((resolve, reject) => {
      this.#welcomed = resolve;
      this.#failWelcome = reject;
      const resume =
        as.resume === true ? { session: this.session, position: this.position } : undefined;
      const hello: Hello = { user: this.number, token, resume, device: as.device };
      this.link?.send(this.wire.hello(hello));
    });
  }

  /** Sends one of the cold commands and waits for its reply. Rejects with what the server answered if it refuses. */
  command(type: string, params: Frame): Promise<Frame> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#replies.set(id, { resolve, reject });
      this.link?.send(this.wire.command(type, id, params));
    });
  }

  /** Resolves when the server has answered something. */
  async probe(): Promise<void> {
    const { probe } = this.wire;
    if (probe === undefined) {
      await this.command("ping", {});
      return;
    }
    await new Promise<Welcome>((resolve) => {
      this.#welcomed = resolve;
      this.link?.send(probe({ user: this.number, token: "" }));
    });
  }

  /** Says that it is there, and how far it is; the answer is not waited for. */
  beat(): void {
    const { probe } = this.wire;
    if (probe !== undefined) this.link?.send(probe({ user: this.number, token: "" }));
    else this.link?.send(this.wire.command("ping", this.#nextId++, { position: this.position }));
  }

  frame(bytes: Buffer, from: number, to: number): void {
    this.wire.hear(bytes, from, to, this);
  }

  writable(): void {
    this.#audience.writable(this);
  }

  closed(code: number, reason: string): void {
    const error = new Error(`the connection was closed: ${code} ${reason}`);
    this.#failWelcome?.(error);
    for (const reply of this.#replies.values()) reply.reject(error);
    this.#replies.clear();
    this.#audience.closed(this, code, reason);
  }

  welcome(welcome: Welcome): void {
    // Now, not after a promise: events may follow in the same chunk, and count from this position on.
    this.session = welcome.session;
    this.position = welcome.position;
    this.heartbeatMs = welcome.heartbeatMs;
    this.#unreported = 0;
    this.#failWelcome = undefined;
    this.#welcomed?.(welcome);
  }

  acknowledged(n: number, seq: number): void {
    this.#audience.acknowledged(this, n, seq);
  }

  refused(n: number, name: string): void {
    this.#audience.refused(this, n, name);
  }

  message(sender: number | undefined, n: number, seq: number): void {
    this.#counted();
    this.#audience.message(this, sender, n, seq);
  }

  answer(frame: Uint8Array): void {
    this.link?.send(frame);
  }

  other(frame: Frame): void {
    const { id, type } = frame;
    if (typeof id === "number") {
      const reply = this.#replies.get(id);
      this.#replies.delete(id);
      if (type === "error")
        reply?.reject(new Error(`${String(frame["name"])}: ${String(frame["message"])}`));
      else reply?.resolve(frame);
      return;
    }
    if (type === "receipt" || type === "conversation") this.#counted();
    if (type === "error") {
      const error = new Error(`${String(frame["name"])}: ${String(frame["message"])}`);
      if (this.#failWelcome === undefined) throw error;
      this.#failWelcome(error);
    }
  }

  #counted(): void {
    this.position++;
    if (++this.#unreported < receivedEvery) return;
    this.#unreported = 0;
    const report = this.wire.received(this.position);
    if (report !== undefined) this.link?.send(report);
  }
}

function openLink(endpoint: Endpoint, { carrier }: Wire, owner: LinkOwner): Promise<Link> {
  if (carrier.by === "websocket") return WebSocketLink.open(endpoint, carrier.subprotocol, owner);
  return carrier.by === "stream"
    ? StreamLink.open(endpoint, carrier.walk, owner)
    : PollLink.open(endpoint, owner);
}
