import type { MessageRef } from "../port.ts";
import { RefRing } from "./ref-ring.ts";

/** The place at which a device went away. */
export interface Mark {
  readonly device: string;
  /** Position in the user's ring from which on it has missed everything. */
  readonly position: number;
  /** What its session had been handed and not acknowledged; missed before anything in the ring. */
  readonly own: readonly MessageRef[];
  /** When it was parked, milliseconds since the epoch. */
  readonly sinceMs: number;
}

const none: readonly MessageRef[] = Object.freeze([]);

/** One user with absent devices: a few hundred bytes, and a ring once a message comes. */
export class Absent {
  #ring: RefRing | undefined;
  /** In the order in which they were made: the first one is the oldest and needs the most of the ring. A handful at most. */
  readonly #marks: Mark[] = [];
  #refs = 0;

  /** References held, of the ring and of devices' own. */
  get refs(): number {
    return this.#refs;
  }

  /** References and marks: what the user counts for in the bound over all. */
  get entries(): number {
    return this.#refs + this.#marks.length;
  }

  /** Oldest first. */
  get marks(): readonly Mark[] {
    return this.#marks;
  }

  has(device: string): boolean {
    return this.#marks.some((mark) => mark.device === device);
  }

  add(device: string, own: readonly MessageRef[], sinceMs: number): void {
    const kept =
      own.length === 0 ? none : own.map(({ conversation, seq }) => ({ conversation, seq }));
    this.#marks.push({ device, position: this.#end, own: kept, sinceMs });
    this.#refs += kept.length;
  }

  push(ref: MessageRef): void {
    this.#ring ??= new RefRing();
    this.#ring.push(ref);
    this.#refs += 1;
  }

  /** What the device has missed, oldest first. */
  missed(mark: Mark): readonly MessageRef[] {
    const refs = [...mark.own];
    this.#ring?.read(mark.position, refs);
    return refs;
  }

  /** Takes a device's mark away, with what only it needed. */
  drop(device: string): void {
    const index = this.#marks.findIndex((mark) => mark.device === device);
    const [mark] = index < 0 ? [] : this.#marks.splice(index, 1);
    if (mark === undefined) return;
    this.#refs -= mark.own.length;
    this.#refs -= this.#ring?.freeBefore(this.#marks[0]?.position ?? this.#end) ?? 0;
  }

  /** The ring from the oldest mark on. */
  ringRefs(): readonly MessageRef[] {
    const refs: MessageRef[] = [];
    const [oldest] = this.#marks;
    if (oldest !== undefined) this.#ring?.read(oldest.position, refs);
    return refs;
  }

  /** How much of the ring this device has missed. */
  missedInRing(mark: Mark): number {
    return this.#end - mark.position;
  }

  get #end(): number {
    return this.#ring?.end ?? 0;
  }
}
