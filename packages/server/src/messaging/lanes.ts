import { Ring } from "../lib/ring.ts";
import type { Submission } from "./submission.ts";

export interface LanesConfig {
  /** Entries of the normal lane, and its bytes. */
  readonly ringEntriesMax: number;
  readonly ringBytesMax: number;
  /** Entries of the important lane, which has the same bytes for itself. */
  readonly importantReserveEntries: number;
}

/** Bytes of a message beside its content, roughly: ids, numbers and object headers. */
const envelopeBytes = 256;

/**
 * The two lanes between sessions and the store. Normal messages are refused when their lane is full; important ones have room of their
 * own that no burst of normal ones can take.
 */
export class Lanes {
  readonly normal: Ring<Submission>;
  readonly important: Ring<Submission>;

  constructor(config: LanesConfig) {
    this.normal = new Ring(config.ringEntriesMax, config.ringBytesMax);
    this.important = new Ring(config.importantReserveEntries, config.ringBytesMax);
  }

  get length(): number {
    return this.normal.length + this.important.length;
  }

  offer(submission: Submission): boolean {
    const lane = submission.message.priority === "important" ? this.important : this.normal;
    // A character of JavaScript text is at most three bytes of UTF-8; the common case is one.
    return lane.offer(submission, envelopeBytes + submission.message.content.length);
  }
}
