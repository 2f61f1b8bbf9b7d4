import { inspect } from "node:util";
import { Bucket } from "./bucket.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** Lines are written synchronously: a mistake in what every message goes through must not stop the messages by its log. */
const linesPerSecondMax = 10;
const linesBurst = 100;

/** Rejections that nobody awaits: each is counted, and logged as an error with its cause, up to a rate. */
export class Unhandled {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #lines: Bucket;
  #count = 0;
  #silent = 0;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#lines = new Bucket(linesBurst, clock.monotonic());
  }

  get count(): number {
    return this.#count;
  }

  readonly tell = (reason: unknown): void => {
    this.#count++;
    if (this.#lines.take(linesPerSecondMax, linesBurst, this.#clock.monotonic()) > 0) {
      this.#silent++;
      return;
    }
    const error = reason instanceof Error ? reason : new Error(`Rejected with ${inspect(reason)}.`);
    const notLogged = this.#silent;
    this.#silent = 0;
    this.#log.error(
      { error, ...(notLogged === 0 ? {} : { notLogged }) },
      "a promise was rejected and nothing awaited it",
    );
  };
}
