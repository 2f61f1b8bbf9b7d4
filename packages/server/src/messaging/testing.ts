import type { Appended, MessageStore, NewMessage } from "../store/port.ts";
import type { Log } from "../lib/log.ts";
import type { Stored } from "./submission.ts";

/** What was logged, by message. For tests. */
export function listeningLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const note = (_: unknown, message: string) => void lines.push(message);
  return { log: { error: note, warn: note, info: note, debug: note } as unknown as Log, lines };
}

/** One append that waits for the test to say how it ends. */
export interface PendingAppend {
  readonly batch: readonly NewMessage[];
  /** Commits: each message gets the next seq of its conversation. */
  commit(): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A message store whose appends end when the test says so. */
export class HeldStore {
  readonly appends: PendingAppend[] = [];
  /** What `find` is asked for, in order. */
  readonly finds: string[] = [];
  /** Makes `find` fail. */
  findError: Error | undefined;
  readonly #stored = new Map<string, Stored>();
  readonly #seqs = new Map<string, number>();
  #id = 0;

  /** The port as far as the committer uses it. */
  readonly messages = {
    append: (batch: readonly NewMessage[]) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly Appended[]>();
      this.appends.push({
        batch,
        commit: () => {
          resolve(batch.map((message) => this.#store(message)));
          return settled();
        },
        fail: (error) => {
          reject(error);
          return settled();
        },
      });
      return promise;
    },
    find: async ({ clientId }: NewMessage): Promise<Appended | undefined> => {
      this.finds.push(clientId);
      if (this.findError !== undefined) throw this.findError;
      const stored = this.#stored.get(clientId);
      return stored && { ...stored, status: "duplicate" };
    },
  } as MessageStore;

  #store({ conversation, clientId, time }: NewMessage): Appended {
    const seq = (this.#seqs.get(conversation) ?? 0) + 1;
    this.#seqs.set(conversation, seq);
    const stored = { status: "stored", seq, id: ++this.#id, time } as const;
    this.#stored.set(clientId, stored);
    return stored;
  }
}

/** Lets everything run that waits for promises only. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
