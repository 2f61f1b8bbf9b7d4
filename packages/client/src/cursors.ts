import type { Result } from "@godwit/protocol";
import type { Backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { GodwitError } from "./errors.ts";

export interface CursorPorts {
  readonly clock: Clock;
  readonly backoff: Backoff;
  send(
    type: "delivered" | "read",
    conversation: string,
    seq: number,
  ): Promise<Result<"delivered"> | Result<"read">>;
  failed(error: GodwitError): void;
}

interface Waiter {
  resolve(result: { seq: number; unread: number }): void;
  reject(error: GodwitError): void;
}

/** Where this user's cursors of one conversation should be, and where the server has confirmed them. */
interface Track {
  readonly wanted: { delivered: number; read: number };
  readonly confirmed: { delivered: number; read: number };
  waiters: Waiter[];
  inFlight: boolean;
}

const coalesceMs = 200;
const inFlightMax = 8;

/**
 * This user's own cursors on their way to the server. Moves of one conversation are coalesced, so what waits is bounded by the number of
 * conversations; what a lost connection swallowed is sent again, since a cursor may be told any number of times.
 */
export class Cursors {
  readonly #ports: CursorPorts;
  readonly #tracks = new Map<string, Track>();
  /** Conversations with something to tell. */
  readonly #dirty = new Set<string>();
  #online = false;
  #inFlight = 0;
  #cancelTimer: (() => void) | undefined;
  /** While the server has refused one, the others wait too. */
  #cancelPause: (() => void) | undefined;
  #closedBy: GodwitError | undefined;

  constructor(ports: CursorPorts) {
    this.#ports = ports;
  }

  /** Everything up to `seq` has reached this device. */
  delivered(conversation: string, seq: number): void {
    const track = this.#track(conversation);
    if (seq <= Math.max(track.wanted.delivered, track.wanted.read)) return;
    track.wanted.delivered = seq;
    this.#dirty.add(conversation);
    this.#schedule(coalesceMs);
  }

  /** The user has seen everything up to `seq`. Settles when the server has noted it. */
  read(conversation: string, seq: number): Promise<{ seq: number; unread: number }> {
    return new Promise((resolve, reject) => {
      if (this.#closedBy) return reject(this.#closedBy);
      const track = this.#track(conversation);
      track.wanted.read = Math.max(track.wanted.read, seq);
      track.waiters.push({ resolve, reject });
      this.#dirty.add(conversation);
      this.#schedule(0);
    });
  }

  online(): void {
    this.#online = true;
    this.#flush();
  }

  offline(): void {
    this.#online = false;
    this.#cancelTimer?.();
    this.#cancelPause?.();
    this.#cancelTimer = this.#cancelPause = undefined;
  }

  /** Sends what is still to be told without waiting for answers, then rejects what waits. */
  close(error: GodwitError): void {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    this.#flush(Infinity);
    this.offline();
    this.#closedBy = error;
    for (const { waiters } of this.#tracks.values())
      for (const { reject } of waiters) reject(error);
    this.#tracks.clear();
    this.#dirty.clear();
  }

  #track(conversation: string): Track {
    let track = this.#tracks.get(conversation);
    if (!track) {
      track = {
        wanted: { delivered: 0, read: 0 },
        confirmed: { delivered: 0, read: 0 },
        waiters: [],
        inFlight: false,
      };
      this.#tracks.set(conversation, track);
    }
    return track;
  }

  #schedule(ms: number): void {
    if (!this.#online || this.#closedBy) return;
    if (ms === 0) return this.#flush();
    this.#cancelTimer ??= this.#ports.clock.after(ms, () => {
      this.#cancelTimer = undefined;
      this.#flush();
    });
  }

  #pause(ms: number): void {
    this.#cancelPause ??= this.#ports.clock.after(ms, () => {
      this.#cancelPause = undefined;
      this.#flush();
    });
  }

  #flush(max: number = inFlightMax): void {
    if (!this.#online || this.#closedBy || this.#cancelPause) return;
    for (const conversation of this.#dirty) {
      if (this.#inFlight >= max) return;
      const track = this.#track(conversation);
      if (track.inFlight) continue;
      this.#dirty.delete(conversation);
      const { wanted, confirmed, waiters } = track;
      if (wanted.read > confirmed.read || waiters.length > 0)
        void this.#send(conversation, track, "read");
      else if (wanted.delivered > confirmed.delivered)
        void this.#send(conversation, track, "delivered");
    }
  }

  async #send(conversation: string, track: Track, type: "delivered" | "read"): Promise<void> {
    const waiters = type === "read" ? track.waiters.splice(0) : [];
    const seq = track.wanted[type];
    track.inFlight = true;
    this.#inFlight++;
    let result: { seq: number; unread?: number } | undefined;
    let error: GodwitError | undefined;
    try {
      result = await this.#ports.send(type, conversation, seq);
    } catch (thrown) {
      error = thrown as GodwitError;
    }
    track.inFlight = false;
    this.#inFlight--;
    if (result) {
      this.#ports.backoff.reset();
      track.confirmed[type] = Math.max(track.confirmed[type], seq);
      // Reading moves the delivered cursor along.
      if (type === "read") track.confirmed.delivered = Math.max(track.confirmed.delivered, seq);
      for (const { resolve } of waiters) resolve({ seq: result.seq, unread: result.unread ?? 0 });
      if (
        track.wanted.read > track.confirmed.read ||
        track.wanted.delivered > track.confirmed.delivered
      )
        this.#dirty.add(conversation);
      this.#flush();
    } else if (error) this.#failed(conversation, track, type, waiters, error);
  }

  #failed(
    conversation: string,
    track: Track,
    type: "delivered" | "read",
    waiters: Waiter[],
    error: GodwitError,
  ): void {
    if (this.#closedBy) {
      for (const { reject } of waiters) reject(this.#closedBy);
    } else if (error.retryable) {
      track.waiters.unshift(...waiters);
      this.#dirty.add(conversation);
      // Without a connection `online` goes on with it.
      if (this.#online) this.#pause(this.#ports.backoff.next(error.retryAfterMs));
    } else {
      // Nothing to be told any more: this user has left, for instance.
      track.wanted[type] = track.confirmed[type];
      for (const { reject } of waiters) reject(error);
      if (waiters.length === 0 && error.name !== "not_member") this.#ports.failed(error);
      this.#flush();
    }
  }
}
