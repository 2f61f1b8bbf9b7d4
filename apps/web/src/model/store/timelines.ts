import type { ReceivedMessage } from "@godwit/client";
import { Timeline, type TimelinePorts } from "./timeline/timeline.ts";

/** Conversations that stay in memory after somebody has looked at them; the one looked at longest ago is forgotten first. */
const keptMax = 8;

/** The timelines of the conversations that are or were just open. */
export class Timelines {
  readonly #make: (id: string) => TimelinePorts;
  readonly #opened: (id: string) => void;
  readonly #open = new Map<string, { timeline: Timeline; lookers: number }>();

  /** @param opened told of conversations that are shown now */
  constructor(make: (id: string) => TimelinePorts, opened: (id: string) => void) {
    this.#make = make;
    this.#opened = opened;
  }

  get(id: string): Timeline {
    return this.#entry(id).timeline;
  }

  /** Somebody looks at a conversation until the returned function is called. */
  look(id: string): () => void {
    const entry = this.#entry(id);
    if (entry.lookers++ === 0) void entry.timeline.open().then(() => this.#opened(id));
    let looking = true;
    return () => {
      if (!looking) return;
      looking = false;
      if (--entry.lookers === 0) entry.timeline.leave();
    };
  }

  /** Ids of the conversations that somebody looks at. */
  get watched(): string[] {
    return [...this.#open].filter(([, { lookers }]) => lookers > 0).map(([id]) => id);
  }

  arrived(messages: readonly ReceivedMessage[]): void {
    const byConversation = new Map<string, ReceivedMessage[]>();
    for (const message of messages) {
      const list = byConversation.get(message.conversation);
      if (list) list.push(message);
      else byConversation.set(message.conversation, [message]);
    }
    for (const [id, list] of byConversation) this.#open.get(id)?.timeline.arrived(list);
  }

  recordsMoved(ids: Iterable<string>): void {
    for (const id of ids) this.#open.get(id)?.timeline.recordMoved();
  }

  outgoingMoved(ids: Iterable<string>): void {
    for (const id of ids) this.#open.get(id)?.timeline.outgoingMoved();
  }

  online(): void {
    for (const { timeline } of this.#open.values()) timeline.online();
  }

  clear(): void {
    this.#open.clear();
  }

  #entry(id: string): { timeline: Timeline; lookers: number } {
    const entry = this.#open.get(id) ?? { timeline: new Timeline(this.#make(id)), lookers: 0 };
    // The order of the map is that of use.
    this.#open.delete(id);
    this.#open.set(id, entry);
    for (const [old, { lookers }] of this.#open) {
      if (this.#open.size <= keptMax) break;
      if (lookers === 0 && old !== id) this.#open.delete(old);
    }
    return entry;
  }
}
