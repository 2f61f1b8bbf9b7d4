import type { Link } from "./link.ts";

/** Holds packets back until the record of the session says what they say. What comes while it is written goes with the next writing, and what comes behind them waits too. */
export class Seal {
  readonly #link: Link;
  #waiting: Uint8Array[] = [];
  /** Whether the record does not know yet of something that waits. */
  #isNews = false;
  #isWriting = false;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Whether a packet that is sent past this would overtake one that was said before it. */
  get isClosed(): boolean {
    return this.#isWriting;
  }

  /** Sends a packet in its order. `isNews`: not before it is durable what the session is now. At most as many wait as the window holds, and a release for each. */
  send(packet: Uint8Array, isNews: boolean): void {
    if (!isNews && !this.#isWriting) return this.#link.send(packet);
    this.#waiting.push(packet);
    this.#isNews ||= isNews;
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#write().catch((error: unknown) => {
      this.#link.shared.log.error({ error }, "an MQTT session was not written");
      this.#link.close("internal");
    });
  }

  async #write(): Promise<void> {
    const { session, shared } = this.#link;
    while (this.#isNews) {
      // What is said in the same turn is written together.
      await Promise.resolve();
      // The record of a session that was left says so, and must not be written over.
      if (this.#link.over) return;
      const written = this.#waiting;
      this.#waiting = [];
      this.#isNews = false;
      await shared.registry.save(session);
      for (const packet of written) this.#link.send(packet);
    }
    for (const packet of this.#waiting.splice(0)) this.#link.send(packet);
    this.#isWriting = false;
  }
}
