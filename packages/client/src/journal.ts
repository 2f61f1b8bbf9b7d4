import { type GodwitError, toGodwitError } from "./errors.ts";
import type { ClientStorage, StorageChange } from "./storage.ts";

interface Item {
  readonly change: StorageChange;
  readonly done: (error?: GodwitError) => void;
}

/**
 * Writes changes to the storage: one batch at a time, in order; what comes meanwhile goes into the next batch. Cursors of one
 * conversation are coalesced there, so what waits is bounded by the outbox and the number of conversations.
 */
export class Journal {
  readonly #storage: ClientStorage;
  readonly #onError: (error: GodwitError) => void;
  #items: Item[] = [];
  readonly #cursors = new Map<string, number>();
  #writing: Promise<void> | undefined;

  constructor(storage: ClientStorage, onError: (error: GodwitError) => void) {
    this.#storage = storage;
    this.#onError = onError;
  }

  /** Keeps a change and calls `done` when it is stored, or with `storage_failed` when it is not; at once if the engine is synchronous. */
  put(change: StorageChange, done: (error?: GodwitError) => void = () => {}): void {
    this.#items.push({ change, done });
    this.#pump();
  }

  /** Keeps a cursor. If that fails, it is reported and goes with the next batch again. */
  cursor(conversation: string, seq: number): void {
    this.#cursors.set(conversation, seq);
    this.#pump();
  }

  /** Settles when everything handed in so far was tried. Never rejects. */
  async flush(): Promise<void> {
    this.#pump();
    while (this.#writing) await this.#writing;
  }

  #pump(): void {
    while (!this.#writing && (this.#items.length > 0 || this.#cursors.size > 0)) {
      const items = this.#items;
      const cursors = [...this.#cursors];
      this.#items = [];
      this.#cursors.clear();
      const changes: StorageChange[] = items.map((item) => item.change);
      for (const [conversation, seq] of cursors)
        changes.push({ type: "cursor", conversation, seq });
      let written: void | Promise<void>;
      try {
        written = this.#storage.write(changes);
      } catch (thrown) {
        if (!this.#failed(thrown, items, cursors)) return;
        continue;
      }
      if (!written) {
        for (const { done } of items) done();
        continue;
      }
      this.#writing = written.then(
        () => {
          this.#writing = undefined;
          for (const { done } of items) done();
          this.#pump();
        },
        (thrown: unknown) => {
          this.#writing = undefined;
          if (this.#failed(thrown, items, cursors)) this.#pump();
        },
      );
    }
  }

  /** Reports a failed batch. True if another write is worth trying now: cursors alone wait, or a full disk would be hammered. */
  #failed(thrown: unknown, items: readonly Item[], cursors: readonly [string, number][]): boolean {
    for (const [conversation, seq] of cursors) {
      if (!this.#cursors.has(conversation)) this.#cursors.set(conversation, seq);
    }
    const error = toGodwitError(thrown, "storage_failed");
    this.#onError(error);
    for (const { done } of items) done(error);
    return this.#items.length > 0;
  }
}
