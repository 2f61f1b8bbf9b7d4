import type { Content, Conversation, Message } from "@godwit/protocol";
import { type Client, connect } from "../client.ts";
import type { Random } from "../clock.ts";
import type { GodwitError } from "../errors.ts";
import type { ConnectOptions } from "../options.ts";
// Loaded beforehand, so that loading it takes no time that the test would have to wait for.
import "../network.ts";
import { FakeClock } from "./fake-clock.ts";
import { type FakeLink, FakeNetwork } from "./fake-network.ts";

/** Ids that count up from the beginning of a run, and a jitter in the test's hands. */
export function fakeRandom(fraction = 0.5, run = 0): Random & { fractionValue: number } {
  let count = 0;
  const random = {
    fractionValue: fraction,
    fraction: () => random.fractionValue,
    uuid: () =>
      `${String(run).padStart(8, "0")}-0000-4000-8000-${String(++count).padStart(12, "0")}`,
  };
  return random;
}

/** A client whose time, luck and server are in the test's hands. */
export class Harness {
  readonly clock = new FakeClock();
  readonly network = new FakeNetwork();
  readonly random = fakeRandom();
  readonly client: Client;
  readonly errors: GodwitError[] = [];
  readonly states: string[] = [];

  constructor(options: Partial<ConnectOptions> = {}) {
    const { clock, network, random } = this;
    this.client = connect({
      url: "http://server:8480",
      token: "token-1",
      device: "phone",
      webSocket: network.webSocket,
      transports: ["websocket"],
      clock,
      random,
      ...options,
    });
    this.client.on("error", (error) => this.errors.push(error));
    this.client.on("state", (state) => this.states.push(state));
  }

  get link(): FakeLink {
    return this.network.link;
  }

  /** Accepts the connection that the client opens, answers its hello and its sync. */
  async welcome(result: object = {}): Promise<FakeLink> {
    await this.clock.settle();
    const { link } = this;
    link.open();
    await this.clock.settle();
    link.reply(link.take("hello"), welcome(result));
    await this.clock.settle();
    if (link.has("sync")) link.reply(link.take("sync"), { conversations: [], partial: false });
    await this.clock.settle();
    return link;
  }
}

export function welcome(result: object = {}): object {
  return {
    session: "s1",
    user: "alice",
    device: "phone",
    resumed: false,
    syncRequired: true,
    position: 0,
    time: 1_000_000,
    heartbeatMs: 20_000,
    limits: {},
    ...result,
  };
}

export function message(seq: number, fields: Partial<Message> = {}): Message {
  const content: Content = { text: `m${seq}` };
  return {
    conversation: "d:alice:bob",
    seq,
    id: seq,
    sender: "bob",
    device: "desk",
    clientId: `10000000-0000-4000-8000-${String(seq).padStart(12, "0")}`,
    clientSeq: seq,
    time: 1_000_000 + seq,
    kind: "text",
    content,
    ...fields,
  };
}

export function conversation(fields: Partial<Conversation> = {}): Conversation {
  return {
    id: "d:alice:bob",
    kind: "direct",
    role: "member",
    memberCount: 2,
    lastSeq: 0,
    delivered: 0,
    read: 0,
    unread: 0,
    mentions: 0,
    createdAt: 1_000_000,
    ...fields,
  };
}

/** What a promise rejects with. (Bun's own `rejects` keeps the loop to itself until the promise settles, so fake clocks cannot move.) */
export async function failure(promise: Promise<unknown>): Promise<GodwitError> {
  try {
    await promise;
  } catch (thrown) {
    return thrown as GodwitError;
  }
  throw new Error("It did not fail.");
}
