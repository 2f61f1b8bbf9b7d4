/** As many as a client may have under way, as shipped; a power of two. */
const entriesMax = 256;
const entriesMin = 8;

/**
 * The packet identifiers that were acknowledged last, each with its lap, in case an acknowledgement was lost. In six bytes each: every client that publishes comes to have
 * all of them, for as long as its session lives.
 */
export class Remembered {
  /** Rings; 0 is no packet identifier. */
  #packetIds = new Uint16Array(entriesMin);
  #laps = new Uint32Array(entriesMin);
  /** Ever added. */
  #added = 0;

  add(packetId: number, lap: number): void {
    const size = this.#packetIds.length;
    if (this.#added === size && size < entriesMax) this.#grow(size * 2);
    const at = this.#added++ & (this.#packetIds.length - 1);
    this.#packetIds[at] = packetId;
    this.#laps[at] = lap;
  }

  /** The lap of the newest message that had this packet identifier; undefined if it is not among them. */
  lapOf(packetId: number): number | undefined {
    const size = this.#packetIds.length;
    for (let back = 1; back <= size; back++) {
      const at = (this.#added - back) & (size - 1);
      if (this.#packetIds[at] === packetId) return this.#laps[at];
    }
    return undefined;
  }

  forget(packetId: number): void {
    for (let at = 0; at < this.#packetIds.length; at++)
      if (this.#packetIds[at] === packetId) this.#packetIds[at] = 0;
  }

  /** Before the first entry is overwritten: they still begin at 0. */
  #grow(size: number): void {
    const packetIds = new Uint16Array(size);
    packetIds.set(this.#packetIds);
    this.#packetIds = packetIds;
    const laps = new Uint32Array(size);
    laps.set(this.#laps);
    this.#laps = laps;
  }
}
