import type { ConvState } from "./conv.ts";

/**
 * Conversations in memory, bounded in entries and in the members that they hold together. Overflow policy: second chance, that is the oldest
 * entry that was not used since the search last came by is dropped. Against a list in order of use it makes a hit one map look-up without allocation.
 */
export class ConvCache {
  readonly #entries = new Map<string, { readonly state: ConvState; weight: number }>();
  readonly #entriesMax: number;
  readonly #weightMax: number;
  #weight = 0;

  constructor(entriesMax: number, weightMax: number) {
    this.#entriesMax = entriesMax;
    this.#weightMax = weightMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Conversations and members held, counted together. */
  get weight(): number {
    return this.#weight;
  }

  get(id: string): ConvState | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    entry.state.touched = true;
    return entry.state;
  }

  put(state: ConvState): void {
    this.drop(state.id);
    // Before it is in, so that it is not itself the first one without a use.
    this.#makeRoom(1, state.weight, 0);
    this.#entries.set(state.id, { state, weight: state.weight });
    this.#weight += state.weight;
  }

  /** To be called after an entry grew or shrank. */
  reweigh(state: ConvState): void {
    const entry = this.#entries.get(state.id);
    if (entry?.state !== state) return;
    this.#weight += state.weight - entry.weight;
    entry.weight = state.weight;
    this.#makeRoom(0, 0, 1);
  }

  drop(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#weight -= entry.weight;
    this.#entries.delete(id);
  }

  /** A single conversation may be too heavy alone: it is bounded by its own limits. */
  #makeRoom(entries: number, weight: number, staying: number): void {
    while (
      this.#entries.size > staying &&
      (this.#entries.size + entries > this.#entriesMax || this.#weight + weight > this.#weightMax)
    ) {
      this.#dropOne();
    }
  }

  /** Ends after two rounds at most, because a round clears every mark. */
  #dropOne(): void {
    for (const [id, entry] of this.#entries) {
      if (!entry.state.touched) {
        this.drop(id);
        return;
      }
      entry.state.touched = false;
      // Map iteration meets what is set again at the end of the same round.
      this.#entries.delete(id);
      this.#entries.set(id, entry);
    }
  }
}
