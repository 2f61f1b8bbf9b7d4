import {
  applyChange,
  type ClientStorage,
  emptyState,
  type OutboxEntry,
  type StorageChange,
  type StoredState,
} from "./storage.ts";

type Meta = Pick<StoredState, "user" | "device" | "synced" | "clientSeq" | "networks">;

/**
 * Keeps outbox and cursors in the browser's IndexedDB, so that they survive a reload. Use one name per account, and one client per name at a time
 * (for several tabs: one name each, or one client in a shared worker).
 *
 * @example
 * const client = connect({ url, token, storage: indexedDbStorage("alice") });
 */
export function indexedDbStorage(name: string, factory: IDBFactory = indexedDB): ClientStorage {
  let database: IDBDatabase | undefined;
  let meta: Meta = { synced: false, clientSeq: 0 };
  return {
    async load() {
      const opening = factory.open(`godwit:${name}`, 1);
      opening.onupgradeneeded = () => {
        for (const store of ["meta", "entries", "cursors"]) opening.result.createObjectStore(store);
      };
      database = await settled<IDBDatabase>(opening);
      const read = database.transaction(["meta", "entries", "cursors"]);
      const [saved, entries, conversations, seqs] = await Promise.all([
        settled<Meta | undefined>(read.objectStore("meta").get("state")),
        settled<OutboxEntry[]>(read.objectStore("entries").getAll()),
        settled<string[]>(read.objectStore("cursors").getAllKeys()),
        settled<number[]>(read.objectStore("cursors").getAll()),
      ]);
      meta = saved ?? meta;
      const state: StoredState = { ...emptyState(), ...meta };
      // Keys are random; the order in which they were queued is in their numbers.
      entries.sort((a, b) => a.clientSeq - b.clientSeq);
      for (const entry of entries) state.entries.set(entry.clientId, entry);
      for (const [at, conversation] of conversations.entries())
        state.cursors.set(conversation, seqs[at] ?? 0);
      return state;
    },
    write(changes) {
      if (!database) return Promise.reject(new Error("The storage is not open."));
      const transaction = database.transaction(["meta", "entries", "cursors"], "readwrite");
      meta = writeChanges(transaction, changes, meta);
      return new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () =>
          reject(transaction.error ?? new Error("The browser aborted the transaction."));
      });
    },
    close() {
      database?.close();
      database = undefined;
    },
  };
}

function writeChanges(
  transaction: IDBTransaction,
  changes: readonly StorageChange[],
  meta: Meta,
): Meta {
  const state: StoredState = { ...emptyState(), ...meta };
  for (const change of changes) {
    applyChange(state, change);
    if (change.type === "queued")
      transaction.objectStore("entries").put(change.entry, change.entry.clientId);
    else if (change.type === "settled") transaction.objectStore("entries").delete(change.clientId);
    else if (change.type === "cursor")
      transaction.objectStore("cursors").put(change.seq, change.conversation);
  }
  const { entries: _, cursors: __, ...next } = state;
  transaction.objectStore("meta").put(next, "state");
  return next;
}

interface Request {
  readonly result: unknown;
  readonly error: DOMException | null;
  addEventListener(type: "success" | "error", listener: () => void): void;
}

function settled<T>(request: Request): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result as T));
    request.addEventListener("error", () =>
      reject(request.error ?? new Error("IndexedDB failed.")),
    );
  });
}
