/**
 * One change at a time per conversation. A change is planned on what the conversation is now and takes effect when its message has committed;
 * without a queue two admins could plan on the same state, and an owner could hand over to someone who is leaving.
 */
export class Exclusive {
  readonly #queues = new Map<string, { tail: Promise<unknown>; waiting: number }>();
  readonly #waitingMax: number;

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /**
   * Runs `work` after all earlier work of this conversation has settled, and answers what it answers.
   * Undefined if too many are waiting: the caller answers `busy`.
   */
  run<T>(conversation: string, work: () => Promise<T>): Promise<T> | undefined {
    const queue = this.#queues.get(conversation) ?? { tail: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= this.#waitingMax) return undefined;
    queue.waiting += 1;
    this.#queues.set(conversation, queue);
    const result = queue.tail.then(work);
    const settled = () => {
      queue.waiting -= 1;
      if (queue.waiting === 0) this.#queues.delete(conversation);
    };
    // The failure of one change reaches its own caller and does not hold up the next one.
    queue.tail = result.then(settled, settled);
    return result;
  }

  /** Conversations with work under way. */
  get size(): number {
    return this.#queues.size;
  }
}
