import type { Claim, MessageRef } from "../port.ts";
import { RefRing } from "./ref-ring.ts";

/** The place at which a device went away. */
export interface Mark {
  /** Position in the user's ring from which on it has missed everything. */
  readonly position: number;
  /** What its session had been handed and not acknowledged; missed before anything in the ring. */
  readonly own: readonly MessageRef[];
  /** When it was parked, milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** One user with absent devices. Marks are in the order in which they were made, so the first one is the oldest and needs the most of the ring. */
export class Absent {
  readonly #ring = new RefRing();
  readonly #marks = new Map<string, Mark>();
  #refs = 0;
  /** When the newest mark was made. */
  newestMs = 0;

  /** References held, of the ring and of devices' own. */
  get refs(): number {
    return this.#refs;
  }

  get devices(): number {
    return this.#marks.size;
  }

  /** References and marks: what the user counts for in the bound over all. */
  get entries(): number {
    return this.#refs + this.#marks.size;
  }

  has(device: string): boolean {
    return this.#marks.has(device);
  }

  add(device: string, own: readonly MessageRef[], sinceMs: number): void {
    const kept = own.map(({ conversation, seq }) => ({ conversation, seq }));
    this.#marks.set(device, { position: this.#ring.end, own: kept, sinceMs });
    this.#refs += kept.length;
    this.newestMs = sinceMs;
  }

  push(ref: MessageRef): void {
    this.#ring.push(ref);
    this.#refs += 1;
  }

  /** Takes a device's mark away, with what only it needed. */
  take(device: string): { readonly claim: Claim; readonly sinceMs: number } | undefined {
    const mark = this.#marks.get(device);
    if (mark === undefined) return undefined;
    const refs = [...mark.own, ...this.#ring.read(mark.position)];
    this.drop(device);
    return { claim: { refs, complete: true }, sinceMs: mark.sinceMs };
  }

  drop(device: string): void {
    const mark = this.#marks.get(device);
    if (mark === undefined) return;
    this.#marks.delete(device);
    this.#refs -= mark.own.length;
    this.#refs -= this.#ring.freeBefore(this.oldest()?.mark.position ?? this.#ring.end);
  }

  oldest(): { readonly device: string; readonly mark: Mark } | undefined {
    const [first] = this.#marks;
    return first === undefined ? undefined : { device: first[0], mark: first[1] };
  }

  /** Marks, oldest first, each with everything that its device has missed from the ring. */
  *saved(): Generator<{ readonly device: string; readonly mark: Mark; readonly missed: number }> {
    for (const [device, mark] of this.#marks) {
      yield { device, mark, missed: this.#ring.end - mark.position };
    }
  }

  /** The ring from the oldest mark on. */
  ringRefs(): MessageRef[] {
    return this.#ring.read(this.oldest()?.mark.position ?? this.#ring.end);
  }
}
