import type { Receiver } from "./receiver.ts";

const none: readonly Receiver[] = [];

/**
 * This node's sessions, by user and by topic (the large groups whose members are not listed in memory). Knows how to find receivers
 * and nothing else; who gets what is decided in `fanout`.
 */
export class Hub {
  readonly #users = new Map<string, readonly Receiver[]>();
  readonly #topics = new Map<string, Set<Receiver>>();
  readonly #subscriptions = new Map<Receiver, Set<string>>();
  /** Receivers whose topics are being looked up, with those that they were taken out of meanwhile. */
  readonly #lookUps = new Map<Receiver, Set<string>>();
  #receivers = 0;
  #faults = 0;
  readonly #onFault: (error: unknown, receiver: Receiver) => void;

  /** `onFault` is told what a connection threw when it was written to; by default that is thrown on. */
  constructor(onFault: (error: unknown, receiver: Receiver) => void = rethrow) {
    this.#onFault = onFault;
  }

  /** How often a connection threw. */
  get faults(): number {
    return this.#faults;
  }

  /** To be told by a receiver whose connection threw. Whoever hands events out goes on with the other receivers. */
  readonly fault = (error: unknown, receiver: Receiver): void => {
    this.#faults++;
    this.#onFault(error, receiver);
  };

  get users(): number {
    return this.#users.size;
  }

  get receivers(): number {
    return this.#receivers;
  }

  add(receiver: Receiver): void {
    const present = this.#users.get(receiver.user) ?? none;
    this.#users.set(receiver.user, [...present, receiver]);
    this.#receivers++;
  }

  remove(receiver: Receiver): void {
    const present = this.#users.get(receiver.user);
    if (present?.includes(receiver) !== true) return;
    // A new array: a write to one receiver can end another while events are handed out along the old one.
    if (present.length === 1) this.#users.delete(receiver.user);
    else
      this.#users.set(
        receiver.user,
        present.filter((other) => other !== receiver),
      );
    this.#receivers--;
    for (const topic of this.#subscriptions.get(receiver) ?? []) this.#leave(topic, receiver);
    this.#subscriptions.delete(receiver);
  }

  has(user: string): boolean {
    return this.#users.has(user);
  }

  /** The sessions of a user, as they are now: the array does not follow later changes. */
  of(user: string): readonly Receiver[] {
    return this.#users.get(user) ?? none;
  }

  /**
   * Begins to look a receiver's topics up. An answer may be out of date when it comes: what `unsubscribe` has named since then is not subscribed to.
   * To be ended in any case.
   */
  lookUp(receiver: Receiver): { subscribe(topic: string): void; end(): void } {
    const left = new Set<string>();
    this.#lookUps.set(receiver, left);
    return {
      subscribe: (topic) => {
        if (!left.has(topic)) this.subscribe(receiver, topic);
      },
      end: () => void this.#lookUps.delete(receiver),
    };
  }

  subscribe(receiver: Receiver, topic: string): void {
    const subscribers = this.#topics.get(topic);
    if (subscribers === undefined) this.#topics.set(topic, new Set([receiver]));
    else subscribers.add(receiver);
    const own = this.#subscriptions.get(receiver);
    if (own === undefined) this.#subscriptions.set(receiver, new Set([topic]));
    else own.add(topic);
  }

  unsubscribe(receiver: Receiver, topic: string): void {
    this.#lookUps.get(receiver)?.add(topic);
    this.#leave(topic, receiver);
    const own = this.#subscriptions.get(receiver);
    if (own?.delete(topic) && own.size === 0) this.#subscriptions.delete(receiver);
  }

  /** The sessions subscribed to a topic. */
  topic(topic: string): ReadonlySet<Receiver> | undefined {
    return this.#topics.get(topic);
  }

  /** Every session, for draining and sweeps. */
  *all(): Generator<Receiver> {
    for (const receivers of this.#users.values()) yield* receivers;
  }

  #leave(topic: string, receiver: Receiver): void {
    const subscribers = this.#topics.get(topic);
    if (subscribers?.delete(receiver) && subscribers.size === 0) this.#topics.delete(topic);
  }
}

function rethrow(error: unknown): never {
  throw error;
}
