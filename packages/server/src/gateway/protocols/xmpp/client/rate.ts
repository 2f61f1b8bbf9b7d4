import { Bucket } from "../../../../lib/bucket.ts";
import type { XmppConfig } from "./services.ts";

/** More stanzas refused for their rate than accepted, after which the stream ends. */
const throttledMax = 1_000;

/** How many stanzas a client may say. */
export class Rate extends Bucket {
  #throttled = 0;

  constructor() {
    super(Number.POSITIVE_INFINITY, 0);
  }

  /** The milliseconds to wait before the next stanza; 0 if it may be now. */
  takeStanza({ commandsPerSecondMax, commandsBurst }: XmppConfig, nowMs: number): number {
    const waitMs = this.take(commandsPerSecondMax, commandsBurst, nowMs);
    if (waitMs > 0) this.#throttled++;
    else if (this.#throttled > 0) this.#throttled--;
    return waitMs;
  }

  get flooding(): boolean {
    return this.#throttled > throttledMax;
  }
}
