/** Leaky counters by key: so many at once, drained evenly over a window. For sign-ins, registrations and requests by user or network address. */
import type { Clock } from "../lib/clock.ts";
import { Lru } from "../lib/lru.ts";

/** Keys a throttle remembers; past that the one untouched for longest is forgotten. About 10 MB. */
const keysMax = 50_000;

interface Level {
  count: number;
  atMs: number;
}

export class Throttle {
  readonly #levels: Lru<Level>;
  readonly #clock: Clock;
  readonly #countMax: number;
  readonly #windowMs: number;

  /** At most `countMax` at once; one drains every `windowMs / countMax`. */
  constructor(clock: Clock, countMax: number, windowMs: number, entriesMax = keysMax) {
    this.#clock = clock;
    this.#countMax = countMax;
    this.#windowMs = windowMs;
    this.#levels = new Lru(entriesMax);
  }

  /** Milliseconds until one more fits; 0 if it fits now. Counts nothing. */
  waitMs(key: string): number {
    const level = this.#levels.get(key);
    if (level === undefined) return 0;
    const over = this.#drained(level) + 1 - this.#countMax;
    // A hair's breadth of tolerance, because drained counts are fractions.
    return over <= 1e-9 ? 0 : Math.ceil((over * this.#windowMs) / this.#countMax);
  }

  /** Counts one. */
  add(key: string): void {
    const level = this.#levels.get(key);
    const nowMs = this.#clock.monotonic();
    if (level === undefined) this.#levels.set(key, { count: 1, atMs: nowMs });
    else {
      level.count = Math.min(this.#countMax, this.#drained(level)) + 1;
      level.atMs = nowMs;
    }
  }

  /** Takes one back that turned out not to count. */
  refund(key: string): void {
    const level = this.#levels.get(key);
    if (level !== undefined) level.count = Math.max(0, level.count - 1);
  }

  forget(key: string): void {
    this.#levels.delete(key);
  }

  #drained(level: Level): number {
    const passedMs = this.#clock.monotonic() - level.atMs;
    return Math.max(0, level.count - (passedMs * this.#countMax) / this.#windowMs);
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
