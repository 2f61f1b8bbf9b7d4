import type { Clock } from "../../lib/clock.ts";
import { Wheel } from "../../lib/wheel.ts";

const tickMs = 1_000;
/** However far away the end of a token is, its holder is looked at that often. */
const checkMsMax = 60_000;

/** A client that may have signed in with a token. */
export interface TokenHolder {
  /** Milliseconds since the epoch; undefined without a token that ends, and while nobody is connected. */
  readonly tokenEndsAt: number | undefined;
  /** The watch's own mark: it will ask. */
  tokenWatched: boolean;
  /** To be ended. */
  tokenEnded(): void;
}

/** Ends clients whose token does: one that only listens gives no command that would be refused, and would go on for ever. */
export class TokenWatch {
  readonly #clock: Clock;
  readonly #wheel: Wheel<TokenHolder>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wheel = new Wheel(clock, tickMs, (holder) => this.#leftMs(holder));
  }

  /** Somebody is connected, or is so with another token. */
  watch(holder: TokenHolder): void {
    const { tokenEndsAt, tokenWatched } = holder;
    if (tokenEndsAt === undefined || tokenWatched) return;
    holder.tokenWatched = true;
    this.#wheel.add(holder, Math.min(tokenEndsAt - this.#clock.now(), checkMsMax));
  }

  /** No timer runs any more. */
  stop(): void {
    this.#wheel.stop();
  }

  /** Asked by the wheel: how much longer the token holds. */
  #leftMs(holder: TokenHolder): number {
    const { tokenEndsAt } = holder;
    const leftMs = (tokenEndsAt ?? Number.POSITIVE_INFINITY) - this.#clock.now();
    if (tokenEndsAt !== undefined && leftMs > 0) return Math.min(leftMs, checkMsMax);
    holder.tokenWatched = false;
    if (tokenEndsAt !== undefined) holder.tokenEnded();
    return 0;
  }
}
