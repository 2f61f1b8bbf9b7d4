import type { Clock } from "../lib/clock.ts";
import { AuthError } from "./error.ts";
import { addressKey, Throttle } from "./throttle.ts";

const minuteMs = 60_000;
/** One user from everywhere, and everybody from one address (an office behind one), may fail this many times as often. */
const widerFactor = 5;

export interface Attempts {
  /** Throws `too_many_attempts` with the time to wait, or counts the attempt as failed until told otherwise. */
  begin(user: string, address: string): void;
  failed(address: string): void;
  /** The password was right, or was never compared: the attempt does not count. */
  succeeded(user: string, address: string): void;
  notTried(user: string, address: string): void;
}

/**
 * Counts failed sign-ins three ways: a user from an address, a user from everywhere, an address with all users. The first two count from
 * the beginning of an attempt, so that guesses in parallel do not slip through; an address counts at its end, so that many
 * people signing in from one address at once do not block each other.
 */
export function createAttempts(clock: Clock, perMinuteMax: number): Attempts {
  const pairs = new Throttle(clock, perMinuteMax, minuteMs);
  const users = new Throttle(clock, perMinuteMax * widerFactor, minuteMs);
  const addresses = new Throttle(clock, perMinuteMax * widerFactor, minuteMs);
  // Whatever the case of an id, it is one account that is guessed at.
  const userKey = (user: string) => user.toLowerCase();
  const pairKey = (user: string, address: string) => `${userKey(user)} ${addressKey(address)}`;

  return {
    begin(user, address) {
      const pair = pairKey(user, address);
      const waitMs = Math.max(
        pairs.waitMs(pair),
        users.waitMs(userKey(user)),
        addresses.waitMs(addressKey(address)),
      );
      if (waitMs > 0) throw new AuthError("too_many_attempts", undefined, waitMs);
      pairs.add(pair);
      users.add(userKey(user));
    },
    failed(address) {
      addresses.add(addressKey(address));
    },
    succeeded(user, address) {
      pairs.forget(pairKey(user, address));
      users.refund(userKey(user));
    },
    notTried(user, address) {
      pairs.refund(pairKey(user, address));
      users.refund(userKey(user));
    },
  };
}
