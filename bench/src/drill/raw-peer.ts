/**
 * A client by the letter of the protocol and nothing more: it sees what the server sends, without the SDK's care in between. It resumes,
 * asks for gaps, and sends again, in order and with the same ids, what was not acknowledged.
 */
import type { Codec, CommandFrame, Message, ServerFrame } from "@godwit/protocol";
import { jsonCodec } from "@godwit/protocol";
import { binaryCodec } from "@godwit/protocol/binary";
import { randomUUID } from "node:crypto";
import { WebSocketLink } from "../load/link.ts";
import type { LinkOwner } from "../load/link.ts";
import type { Peer, PeerOptions } from "./peer.ts";
import { pendingMax } from "./peer.ts";
import { seenOf, textOf } from "./record.ts";
import type { Seen } from "./record.ts";

interface Outgoing {
  readonly conversation: string;
  readonly clientId: string;
  readonly clientSeq: number;
  readonly text: string;
}

const reconnectMs = 60;
const receivedEvery = 64;
const pageSize = 200;

export class RawPeer implements Peer, LinkOwner {
  readonly user: string;
  readonly #options: PeerOptions;
  readonly #codec: Codec;
  #link: WebSocketLink | undefined;
  #stopped = false;
  /** This connection has its welcome; before it, nothing new is sent, since what is old goes first. */
  #greeted = false;
  #session: { readonly session: string; position: number } | undefined;
  #nextId = 1;
  #n = 0;
  /** Not acknowledged, in the order of sending. */
  readonly #outbox: Outgoing[] = [];
  /** What the command ids of this connection stand for. */
  #sends = new Map<number, Outgoing>();
  #asked = new Map<number, (frame: ServerFrame) => void>();
  /** By conversation: the last seq handed over, and what arrived ahead of its turn. */
  readonly #taken = new Map<string, number>();
  readonly #ahead = new Map<string, Map<number, Message>>();
  readonly #pulling = new Set<string>();
  #welcomed: (() => void) | undefined;

  constructor(options: PeerOptions) {
    this.user = options.user;
    this.#options = options;
    this.#codec = options.codec === "json" ? jsonCodec : binaryCodec;
  }

  get pending(): number {
    return this.#outbox.length;
  }

  /** A conversation of which everything is wanted, from seq 1. */
  follow(conversation: string): void {
    this.#taken.set(conversation, 0);
    this.#ahead.set(conversation, new Map());
  }

  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#welcomed = resolve;
      void this.#connect();
    });
  }

  send(conversation: string): void {
    if (this.#outbox.length >= pendingMax) return;
    const text = textOf(this.user, ++this.#n);
    const message = { conversation, clientId: randomUUID(), clientSeq: this.#n, text };
    this.#outbox.push(message);
    if (this.#greeted) this.#write(message);
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#link?.close();
    return Promise.resolve();
  }

  /** Sends a command and waits for its reply; rejects with the error that came instead, or if the connection ends. */
  ask(
    frame: Record<string, unknown> & { readonly type: string },
  ): Promise<Record<string, unknown>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, (reply) =>
        reply.type === "error"
          ? reject(new Error(`${frame.type}: ${reply.message}`))
          : resolve({ ...reply }),
      );
      this.#put({ ...frame, id });
    });
  }

  async log(conversation: string): Promise<Seen[]> {
    while (!this.#greeted) await Bun.sleep(reconnectMs);
    const seen: Seen[] = [];
    for (let partial = true; partial;) {
      const page = await this.ask({
        type: "history",
        conversation,
        from: seen.length + 1,
        limit: pageSize,
      });
      const messages = page["messages"] as Message[];
      seen.push(...messages.map(seenOf));
      partial = page["partial"] === true && messages.length > 0;
    }
    return seen;
  }

  frame(bytes: Buffer, from: number, to: number): void {
    const data =
      this.#codec.name === "json"
        ? bytes.toString("utf8", from, to)
        : Buffer.from(bytes.subarray(from, to));
    this.#hear(this.#codec.decodeServer(data));
  }

  writable(): void {}

  closed(): void {
    this.#link = undefined;
    this.#greeted = false;
    this.#sends = new Map();
    const ended: ServerFrame = {
      type: "error",
      id: 0,
      code: 4006,
      name: "internal",
      message: "the connection ended",
      retryable: true,
    };
    for (const settle of this.#asked.values()) settle(ended);
    this.#asked = new Map();
    this.#pulling.clear();
    void this.#connect();
  }

  async #connect(): Promise<void> {
    while (!this.#stopped) {
      try {
        const endpoint = { hostname: "127.0.0.1", port: this.#options.port, path: "/ws" };
        const link = await WebSocketLink.open(endpoint, this.#codec.subprotocol, this);
        const hello = {
          type: "hello",
          id: 0,
          token: this.#options.token,
          device: "raw",
          ...(this.#session === undefined ? {} : { resume: this.#session }),
        };
        link.send(this.#codec.encodeCommand(hello as CommandFrame));
        this.#link = link;
        return;
      } catch {
        // Nobody listens while the server is away; that is what the drill is about.
        await Bun.sleep(reconnectMs);
      }
    }
  }

  #hear(frame: ServerFrame): void {
    if (frame.type === "hello") return this.#greet(frame);
    if ("id" in frame && frame.id !== undefined) return this.#answer(frame, frame.id);
    if (frame.type === "message" || frame.type === "receipt" || frame.type === "conversation")
      this.#count();
    if (frame.type === "message" && "message" in frame) this.#take(frame.message);
    if (frame.type === "sync_required") this.#pullAll();
  }

  #greet(welcome: {
    readonly session: string;
    readonly position: number;
    readonly resumed: boolean;
    readonly syncRequired: boolean;
  }): void {
    this.#session = { session: welcome.session, position: welcome.position };
    this.#greeted = true;
    for (const message of this.#outbox) this.#write(message);
    if (!welcome.resumed || welcome.syncRequired) this.#pullAll();
    this.#welcomed?.();
  }

  #answer(frame: ServerFrame, id: number): void {
    const sent = this.#sends.get(id);
    if (sent === undefined) {
      const settle = this.#asked.get(id);
      this.#asked.delete(id);
      settle?.(frame);
      return;
    }
    this.#sends.delete(id);
    if (frame.type === "error") return this.#refused(sent, frame);
    if (frame.type !== "send") return this.#options.fail(`a send was answered by ${frame.type}`);
    const at = this.#outbox.indexOf(sent);
    if (at < 0)
      return this.#options.fail(`"${sent.text}" was acknowledged twice on one connection`);
    this.#outbox.splice(at, 1);
    const { conversation, clientId, text } = sent;
    this.#options.record.acked(conversation, { sender: this.user, clientId, text, seq: frame.seq });
    this.#take({ conversation, seq: frame.seq, sender: this.user, clientId, content: { text } });
  }

  /** A refused message is sent again; what was sent after it may have passed it. */
  #refused(sent: Outgoing, error: { readonly name: string; readonly retryable: boolean }): void {
    if (!error.retryable)
      return this.#options.fail(`the server refused "${sent.text}": ${error.name}`);
    this.#options.record.refused(this.user);
    setTimeout(() => {
      if (this.#greeted && this.#outbox.includes(sent)) this.#write(sent);
    }, reconnectMs);
  }

  #count(): void {
    const session = this.#session;
    if (session === undefined || ++session.position % receivedEvery !== 0) return;
    this.#put({ type: "received", position: session.position });
  }

  /** Hands a message over in its turn; what comes too early waits for what is missing, what comes again was pulled already. */
  #take(message: Pick<Message, "conversation" | "seq" | "sender" | "clientId" | "content">): void {
    const { conversation, seq } = message;
    const taken = this.#taken.get(conversation);
    if (taken === undefined || seq <= taken) return;
    const ahead = this.#ahead.get(conversation) as Map<number, Message>;
    ahead.set(seq, message as Message);
    for (let next = ahead.get(taken + 1); next !== undefined; next = ahead.get(next.seq + 1)) {
      ahead.delete(next.seq);
      this.#taken.set(conversation, next.seq);
      this.#options.record.received(conversation, this.user, seenOf(next));
    }
    if (ahead.size > 0) void this.#pull(conversation);
  }

  #pullAll(): void {
    for (const conversation of this.#taken.keys()) void this.#pull(conversation);
  }

  async #pull(conversation: string): Promise<void> {
    if (this.#pulling.has(conversation)) return;
    this.#pulling.add(conversation);
    try {
      for (let partial = true; partial;) {
        const from = (this.#taken.get(conversation) ?? 0) + 1;
        const page = await this.ask({ type: "history", conversation, from, limit: pageSize });
        for (const message of page["messages"] as Message[]) this.#take(message);
        partial = page["partial"] === true;
      }
    } catch {
      // The connection ended, and the next welcome pulls again; or the conversation does not exist yet, and its first message will come.
    } finally {
      this.#pulling.delete(conversation);
    }
  }

  #write(message: Outgoing): void {
    const id = this.#nextId++;
    this.#sends.set(id, message);
    const { conversation, clientId, clientSeq, text } = message;
    this.#put({
      type: "send",
      id,
      conversation,
      clientId,
      clientSeq,
      kind: "text",
      content: { text },
    });
  }

  #put(frame: Record<string, unknown>): void {
    this.#link?.send(this.#codec.encodeCommand(frame as unknown as CommandFrame));
  }
}
