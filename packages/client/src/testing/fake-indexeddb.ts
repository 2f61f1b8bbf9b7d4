type Listener = () => void;

class FakeRequest {
  result: unknown;
  readonly error = null;
  onupgradeneeded: Listener | null = null;
  readonly #listeners: Listener[] = [];

  addEventListener(type: string, listener: Listener): void {
    if (type === "success") this.#listeners.push(listener);
  }

  /** Answers in a later turn, as the real one does. */
  answer(result: unknown): this {
    queueMicrotask(() => {
      this.result = result;
      this.onupgradeneeded?.();
      for (const listener of this.#listeners) listener();
    });
    return this;
  }
}

/** As much of IndexedDB as the storage uses: stores of copied values, by ascending key, and transactions that complete later. */
export function fakeIndexedDb(): IDBFactory {
  const stores = new Map<string, Map<string, unknown>>();
  const sorted = (name: string): [string, unknown][] =>
    [...(stores.get(name) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  const objectStore = (name: string): object => ({
    get: (key: string) => new FakeRequest().answer(structuredClone(stores.get(name)?.get(key))),
    getAll: () => new FakeRequest().answer(sorted(name).map(([, value]) => structuredClone(value))),
    getAllKeys: () => new FakeRequest().answer(sorted(name).map(([key]) => key)),
    put: (value: unknown, key: string) => void stores.get(name)?.set(key, structuredClone(value)),
    delete: (key: string) => void stores.get(name)?.delete(key),
  });
  const database = {
    createObjectStore: (name: string) => void (stores.has(name) || stores.set(name, new Map())),
    transaction: () => {
      const transaction = { objectStore, oncomplete: null as Listener | null };
      queueMicrotask(() => transaction.oncomplete?.());
      return transaction;
    },
    close() {},
  };
  return { open: () => new FakeRequest().answer(database) } as unknown as IDBFactory;
}
