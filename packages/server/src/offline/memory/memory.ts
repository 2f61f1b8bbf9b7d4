import type { Clock } from "../../lib/clock.ts";
import type { Claim, MessageRef, OfflineQueue, OfflineStats, Restored } from "../port.ts";
import { Absent } from "./absent.ts";
import { decode, encode } from "./save.ts";

export interface MemoryOfflineConfig {
  /** References kept for one user. Past it the device that went away first loses its place, then the next. */
  readonly entriesPerUserMax: number;
  /** References and marks over all users. Past it whole users are dropped, longest-idle (by their last parked device) first. */
  readonly entriesMax: number;
  /** Absent devices of one user; past it the one that went away first loses its place. */
  readonly devicesPerUserMax: number;
  /** How long a place is kept after its device went away; references are kept as long as a place needs them. */
  readonly retentionMs: number;
  /** Size of a save; users that do not fit are left out, longest-idle first. */
  readonly saveBytesMax: number;
}

const memoryOfflineDefaults: MemoryOfflineConfig = {
  entriesPerUserMax: 1_000,
  entriesMax: 2_000_000,
  devicesPerUserMax: 16,
  retentionMs: 72 * 3_600_000,
  saveBytesMax: 64 * 1_048_576,
};

const incomplete: Claim = Object.freeze({ refs: Object.freeze([]), complete: false });

/**
 * The offline queue in memory. A user costs nothing until a device is parked. A device whose place is lost would have to synchronise whatever else is kept, so every
 * loss (hole, overflow, age) frees all that only it needed.
 */
export class MemoryOffline implements OfflineQueue {
  readonly #clock: Clock;
  readonly #config: MemoryOfflineConfig;
  /** In the order of their last parked device, longest-idle first. */
  readonly #users = new Map<string, Absent>();
  readonly #dropped = { hole: 0, overflow: 0, expired: 0 };
  #entries = 0;

  constructor(deps: { clock: Clock; config: Partial<MemoryOfflineConfig> }) {
    this.#clock = deps.clock;
    this.#config = { ...memoryOfflineDefaults, ...deps.config };
  }

  park(user: string, device: string, refs: readonly MessageRef[]): void {
    const now = this.#clock.now();
    const absent = this.#users.get(user) ?? new Absent();
    if (absent.has(device)) {
      this.#drop(user, absent, device, "hole");
      return;
    }
    if (refs.length > this.#config.entriesPerUserMax) {
      this.#dropped.overflow += 1;
      return;
    }
    const before = absent.entries;
    absent.add(device, refs, now);
    this.#entries += absent.entries - before;
    this.#users.delete(user);
    this.#users.set(user, absent);
    this.#expireOldest(user, absent, now);
    this.#enforce(user, absent);
  }

  push(user: string, ref: MessageRef): void {
    const absent = this.#users.get(user);
    if (absent === undefined) return;
    absent.push(ref);
    this.#entries += 1;
    this.#enforce(user, absent);
  }

  skip(user: string): void {
    const absent = this.#users.get(user);
    if (absent !== undefined) this.#dropUser(user, absent, "hole");
  }

  claim(user: string, device: string): Claim {
    const absent = this.#users.get(user);
    const mark = absent?.marks.find((one) => one.device === device);
    if (absent === undefined || mark === undefined) return incomplete;
    if (this.#expired(mark.sinceMs, this.#clock.now())) {
      this.#drop(user, absent, device, "expired");
      return incomplete;
    }
    const refs = absent.missed(mark);
    this.#forget(user, absent, device);
    return { refs, complete: true };
  }

  /** Costs what it frees: users are in the order of their last parked device, so the search ends at the first that is young enough. */
  expire(): void {
    const now = this.#clock.now();
    for (const [user, absent] of this.#users) {
      const newest = absent.marks.at(-1);
      if (newest !== undefined && !this.#expired(newest.sinceMs, now)) return;
      this.#dropUser(user, absent, "expired");
    }
  }

  save(): Uint8Array {
    return encode(this.#users, this.#config.saveBytesMax);
  }

  restore(data: Uint8Array): Restored {
    if (this.#users.size > 0) return { ok: false, reason: "in_use" };
    const decoded = decode(data);
    if (!decoded.ok) return decoded;
    for (const [user, absent] of decoded.users) {
      this.#users.set(user, absent);
      this.#entries += absent.entries;
      this.#enforce(user, absent);
    }
    this.expire();
    return { ok: true, users: this.#users.size, entries: this.#entries };
  }

  stats(): OfflineStats {
    return { users: this.#users.size, entries: this.#entries, dropped: { ...this.#dropped } };
  }

  #expired(sinceMs: number, nowMs: number): boolean {
    return nowMs - sinceMs > this.#config.retentionMs;
  }

  #expireOldest(user: string, absent: Absent, nowMs: number): void {
    for (;;) {
      const [oldest] = absent.marks;
      if (oldest === undefined || !this.#expired(oldest.sinceMs, nowMs)) return;
      this.#drop(user, absent, oldest.device, "expired");
    }
  }

  #enforce(user: string, absent: Absent): void {
    const { entriesPerUserMax, devicesPerUserMax, entriesMax } = this.#config;
    while (absent.refs > entriesPerUserMax || absent.marks.length > devicesPerUserMax) {
      const [oldest] = absent.marks;
      if (oldest === undefined) break;
      this.#drop(user, absent, oldest.device, "overflow");
    }
    while (this.#entries > entriesMax) {
      const [first] = this.#users;
      if (first === undefined) break;
      this.#dropUser(first[0], first[1], "overflow");
    }
  }

  #drop(user: string, absent: Absent, device: string, reason: keyof OfflineStats["dropped"]): void {
    this.#forget(user, absent, device);
    this.#dropped[reason] += 1;
  }

  #forget(user: string, absent: Absent, device: string): void {
    const before = absent.entries;
    absent.drop(device);
    this.#entries += absent.entries - before;
    if (absent.marks.length === 0) this.#users.delete(user);
  }

  #dropUser(user: string, absent: Absent, reason: keyof OfflineStats["dropped"]): void {
    this.#users.delete(user);
    this.#entries -= absent.entries;
    this.#dropped[reason] += absent.marks.length;
  }
}
