/** Leaky counters by key: so many at once, drained evenly over a window. For sign-ins, registrations and requests by user or network address. */
import type { Clock } from "../lib/clock.ts";

/** Keys a throttle remembers. About 10 MB. */
const keysMax = 50_000;
/** Keys looked at for the one that makes room. */
const lookedAt = 8;
/** Of a millisecond: moments are fractions. */
const hair = 1e-6;

interface Count {
  key: string;
  /** The moment at which it will have drained, which says all (the generic cell rate algorithm of ITU-T I.371). */
  drainedAtMs: number;
}

/**
 * Where there are too many keys, the emptiest of a few makes room, not the one untouched for longest: whoever has many addresses must fill as many
 * counts as are remembered to have a full one forgotten, and not just touch them.
 */
export class Throttle {
  readonly #byKey = new Map<string, Count>();
  readonly #counts: Count[] = [];
  /** Where in the counts the next are looked at. */
  #hand = 0;
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #shareMs: number;
  readonly #entriesMax: number;

  /** At most `countMax` at once; one drains every `windowMs / countMax`. */
  constructor(clock: Clock, countMax: number, windowMs: number, entriesMax = keysMax) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#shareMs = windowMs / countMax;
    this.#entriesMax = entriesMax;
  }

  /** Milliseconds until one more fits; 0 if it fits now. Counts nothing. */
  waitMs(key: string): number {
    const overMs = this.#leftMs(this.#byKey.get(key)) + this.#shareMs - this.#windowMs;
    return overMs <= hair ? 0 : Math.ceil(overMs - hair);
  }

  /** Counts one. A flood runs up no debt: the count goes past its bound by one at most. */
  add(key: string): void {
    const count = this.#byKey.get(key) ?? this.#place(key);
    const leftMs = Math.min(this.#windowMs, this.#leftMs(count)) + this.#shareMs;
    count.drainedAtMs = this.#clock.monotonic() + leftMs;
  }

  /** Takes one back that turned out not to count. */
  refund(key: string): void {
    const count = this.#byKey.get(key);
    if (count !== undefined) count.drainedAtMs -= this.#shareMs;
  }

  forget(key: string): void {
    const count = this.#byKey.get(key);
    if (count !== undefined) count.drainedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Milliseconds until the count will have drained. */
  #leftMs(count: Count | undefined): number {
    return count === undefined ? 0 : Math.max(0, count.drainedAtMs - this.#clock.monotonic());
  }

  /** An empty count for a new key. */
  #place(key: string): Count {
    let count: Count;
    if (this.#counts.length < this.#entriesMax) {
      count = { key, drainedAtMs: Number.NEGATIVE_INFINITY };
      this.#counts.push(count);
    } else {
      count = this.#emptiest();
      this.#byKey.delete(count.key);
      count.key = key;
      count.drainedAtMs = Number.NEGATIVE_INFINITY;
    }
    this.#byKey.set(key, count);
    return count;
  }

  #emptiest(): Count {
    const next = () => this.#counts[this.#hand++ % this.#counts.length] as Count;
    let emptiest = next();
    for (let looked = 1; looked < lookedAt; looked++) {
      const count = next();
      if (count.drainedAtMs < emptiest.drainedAtMs) emptiest = count;
    }
    return emptiest;
  }
}

/**
 * What counts as one caller: an IPv4 address, or the /64 that one IPv6 customer has to himself (RFC 6177).
 * Anything else is taken as it is, cut to 64 characters.
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!address.includes(":")) return address.slice(0, 64);
  const [head = "", tail] = address.toLowerCase().split("%", 1)[0]?.split("::", 2) ?? [];
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`.slice(0, 64);
}
