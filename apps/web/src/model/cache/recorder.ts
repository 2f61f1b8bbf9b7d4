import type { ReceivedMessage } from "@godwit/client";
import type { ChatRecord } from "../store/chat-record.ts";
import type { Cache, KeptProfile } from "./cache.ts";

const flushMs = 250;
/** Messages that wait to be written; past that the oldest are left out: the page that wants them asks the server. */
const messagesMax = 2_000;

/** Gathers what is to be kept and writes it four times a second at most. A cache that fails is left alone for good: it was a hint. */
export class Recorder {
  readonly #cache: Cache;
  readonly #after: (ms: number, callback: () => void) => () => void;
  #chats = new Map<string, ChatRecord>();
  #messages: ReceivedMessage[] = [];
  #profiles = new Map<string, KeptProfile>();
  #cancel: (() => void) | undefined;
  #writing = false;
  #broken = false;

  constructor(cache: Cache, after: (ms: number, callback: () => void) => () => void) {
    this.#cache = cache;
    this.#after = after;
  }

  chats(records: Iterable<ChatRecord>): void {
    for (const record of records) this.#chats.set(record.id, record);
    this.#later();
  }

  messages(messages: readonly ReceivedMessage[]): void {
    if (messages.length === 0) return;
    this.#messages.push(...messages);
    if (this.#messages.length > messagesMax) this.#messages = this.#messages.slice(-messagesMax);
    this.#later();
  }

  profiles(profiles: readonly KeptProfile[]): void {
    for (const profile of profiles) this.#profiles.set(profile.id, profile);
    this.#later();
  }

  /** Writes what waits now, as far as the browser still lets it. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#broken || this.#writing) return;
    const batch = {
      chats: [...this.#chats.values()],
      messages: this.#messages,
      profiles: [...this.#profiles.values()],
    };
    if (batch.chats.length + batch.messages.length + batch.profiles.length === 0) return;
    this.#chats = new Map();
    this.#messages = [];
    this.#profiles = new Map();
    this.#writing = true;
    try {
      await this.#cache.put(batch);
    } catch {
      // Full, or withdrawn by the browser: the page works on without.
      this.#broken = true;
    }
    this.#writing = false;
    if (this.#chats.size + this.#messages.length + this.#profiles.size > 0) this.#later();
  }

  close(): void {
    this.#broken = true;
    this.#cancel?.();
  }

  #later(): void {
    if (this.#broken || this.#writing) return;
    this.#cancel ??= this.#after(flushMs, () => void this.flush());
  }
}
