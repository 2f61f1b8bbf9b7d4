/** What the tests of the model share: time and tabs in their hands, and messages. */
import type { ReceivedMessage } from "@godwit/client";
import type { Port } from "../link/channel.ts";

/** Timers that run when the test says so. */
export class FakeTimers {
  #now = 0;
  #timers: { at: number; callback: () => void }[] = [];

  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  };

  readonly now = (): number => this.#now;

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const next = this.#timers
        .filter(({ at }) => at <= until)
        .reduce<{ at: number; callback: () => void } | undefined>(
          (first, timer) => (first && first.at <= timer.at ? first : timer),
          undefined,
        );
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = until;
    await settle();
  }
}

/** Lets promises that are due run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

/** Channels between fake tabs. Messages are copied, and arrive in a microtask. */
export class FakeChannels<M> {
  readonly #tabs = new Set<{ frozen: boolean; listeners: Set<(message: M) => void> }>();

  /** A port of a new tab. A frozen one hears nothing and says nothing. */
  open(): Port<M> & { frozen: boolean } {
    const tab = { frozen: false, listeners: new Set<(message: M) => void>() };
    this.#tabs.add(tab);
    const tabs = this.#tabs;
    return {
      get frozen() {
        return tab.frozen;
      },
      set frozen(on) {
        tab.frozen = on;
      },
      post(message) {
        if (tab.frozen || !tabs.has(tab)) return;
        const copy = structuredClone(message);
        for (const other of tabs) {
          if (other === tab) continue;
          queueMicrotask(() => {
            if (other.frozen || !tabs.has(other)) return;
            for (const listener of other.listeners) listener(structuredClone(copy));
          });
        }
      },
      listen(listener) {
        tab.listeners.add(listener);
        return () => void tab.listeners.delete(listener);
      },
      close: () => void tabs.delete(tab),
    };
  }
}

export const bob = "d:alice:bob";

/** A message as the SDK hands it over to alice. */
export function message(seq: number, fields: Partial<ReceivedMessage> = {}): ReceivedMessage {
  const sender = fields.sender ?? "bob";
  const text = fields.text ?? `m${seq}`;
  return {
    conversation: bob,
    seq,
    id: seq,
    sender,
    device: "desk",
    clientId: `10000000-0000-4000-8000-${String(seq).padStart(12, "0")}`,
    clientSeq: seq,
    time: 1_000_000 + seq * 1_000,
    kind: "text",
    content: { text },
    own: sender === "alice",
    text,
    ...fields,
  };
}

export function messages(from: number, to: number): ReceivedMessage[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => message(from + at));
}
