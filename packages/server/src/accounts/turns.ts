/**
 * Work on one key happens one after the other; other keys do not wait. For read-then-write on rows that the store replaces whole.
 * Holds one entry per key with work under way, so it is as bounded as its callers are.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const own = before === undefined ? work() : before.then(work);
    // Whoever comes next waits for the end, whatever it was; the failure itself goes to this caller.
    const ended = own.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, ended);
    try {
      return await own;
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}
