import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Client, connect } from "./client.ts";
import type { ReceivedMessage } from "./delivery.ts";
import { type ClientStorage, memoryStorage } from "./storage.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { fakeRandom } from "./testing/harness.ts";
import { type Faults, ModelServer } from "./testing/model-server.ts";

const conversations = ["d:alice:bob", "d:alice:carol", "g:1:abcdefgh"] as const;

type Step =
  | { readonly type: "post" | "send"; readonly to: number }
  | { readonly type: "steps"; readonly count: number }
  | { readonly type: "time"; readonly ms: number }
  | { readonly type: "cut" | "forget" | "crash" | "close" | "detach" }
  | { readonly type: "fault"; readonly fault: keyof Faults; readonly times: number };

const to = fc.nat(conversations.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("post" as const), to }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("send" as const), to }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("steps" as const),
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("time" as const),
      ms: fc.constantFrom(10, 60, 300, 1_000, 6_000),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ type: "cut" as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { type: "forget" as const },
      { type: "crash" as const },
      { type: "close" as const },
      { type: "detach" as const },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("fault" as const),
      fault: fc.constantFrom<keyof Faults>(
        "lostAcks",
        "busy",
        "busySyncs",
        "duplicates",
        "swaps",
        "overflow",
      ),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

/** One application on one device, through as many runs of its client as a test makes. */
class Application {
  readonly server = new ModelServer();
  readonly received = new Map<string, number[]>();
  /** What the application asked to be sent, by conversation, in its order. */
  readonly asked = new Map<string, string[]>();
  readonly #storage: ClientStorage = memoryStorage();
  readonly #random = fakeRandom();
  readonly #slow: boolean;
  clock = new FakeClock();
  client: Client;
  #detach: (() => void) | undefined;
  /** Listeners that a slow application still has to return from. */
  #handling: (() => void)[] = [];

  constructor(slow: boolean) {
    this.#slow = slow;
    this.client = this.#start();
  }

  #start(): Client {
    this.clock = new FakeClock();
    const client = connect({
      url: "http://server",
      token: () => "token",
      device: "phone",
      storage: this.#storage,
      clock: this.clock,
      random: this.#random,
      webSocket: this.server.network.webSocket,
    });
    client.on("error", () => {});
    this.#detach = client.on("message", this.#listener);
    this.client = client;
    return client;
  }

  readonly #listener = (message: ReceivedMessage): Promise<void> | undefined => {
    const seqs = this.received.get(message.conversation) ?? [];
    this.received.set(message.conversation, seqs);
    if (!this.#slow) {
      seqs.push(message.seq);
      return undefined;
    }
    // Counted when the application has done with it: a crash before that may repeat it, and must not lose it.
    return new Promise((resolve) =>
      this.#handling.push(() => {
        seqs.push(message.seq);
        resolve();
      }),
    );
  };

  async run(step: Step): Promise<void> {
    switch (step.type) {
      case "post":
        return this.server.post(conversations[step.to] ?? "", "bob");
      case "send": {
        const id = conversations[step.to] ?? "";
        void this.client.conversation(id).send({ text: this.#ask(id) });
        return this.clock.settle();
      }
      case "steps":
        for (let at = 0; at < step.count; at++) {
          this.server.step(1);
          await this.clock.settle();
          this.#handling.shift()?.();
        }
        return this.clock.settle();
      case "time":
        return this.clock.advance(step.ms);
      case "cut":
        this.server.cut();
        return this.clock.settle();
      case "forget":
        return this.server.forgetSessions();
      case "fault":
        this.server.faults[step.fault] = step.times;
        return undefined;
      case "detach":
        this.#detach?.();
        this.#detach = this.client.on("message", this.#listener);
        return undefined;
      case "close":
        this.#finishHandling();
        await this.client.close();
        this.#start();
        return this.clock.settle();
      case "crash":
        await this.clock.settle();
        this.clock.kill();
        this.server.cut();
        this.#handling = [];
        this.#start();
        return this.clock.settle();
    }
  }

  /** Everything works from now on: time passes until nothing is left to do. */
  async heal(): Promise<void> {
    for (const fault of Object.keys(this.server.faults) as (keyof Faults)[])
      this.server.faults[fault] = 0;
    this.server.releaseHeldBack();
    for (let round = 0; round < 40; round++) {
      while (this.server.busy || this.#handling.length > 0) {
        this.server.step(1);
        await this.clock.settle();
        this.#handling.shift()?.();
      }
      await this.clock.advance(2_000);
    }
  }

  #ask(id: string): string {
    const asked = this.asked.get(id) ?? [];
    this.asked.set(id, asked);
    asked.push(`${id} ${asked.length}`);
    return asked.at(-1) ?? "";
  }

  #finishHandling(): void {
    for (const handled of this.#handling.splice(0)) handled();
  }
}

async function play(steps: readonly Step[], slow: boolean): Promise<void> {
  const application = new Application(slow);
  for (const step of steps) await application.run(step);
  await application.heal();
  for (const [id, log] of application.server.logs) {
    // Exactly once, in order, without a gap, from the first message to the last.
    expect(application.received.get(id) ?? []).toEqual(log.map(({ seq }) => seq));
    // Own messages were committed once each, in the order in which they were handed in.
    const own = log
      .filter(({ sender }) => sender === "alice")
      .map(({ content }) => content["text"]);
    expect(own).toEqual(application.asked.get(id) ?? []);
  }
  expect(application.client.outbox).toEqual([]);
  await application.client.close();
  expect(application.clock.pending).toBe(0);
}

const runs = 1_000;

test(
  "whatever is cut, lost, doubled, swapped or refused: every message reaches the application once and in order",
  () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: "max" }), (steps) =>
        play(steps, false),
      ),
      { numRuns: runs },
    ),
  60_000,
);

test(
  "the same for an application that takes its time",
  () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: "max" }), (steps) =>
        play(steps, true),
      ),
      { numRuns: runs },
    ),
  60_000,
);
