import type { Channel } from "./channel.ts";

/** The channels of a connection, by number. Most connections have one, which needs no map. */
export class Channels {
  #only: Channel | undefined;
  #map: Map<number, Channel> | undefined;

  get size(): number {
    return this.#map?.size ?? (this.#only === undefined ? 0 : 1);
  }

  get(number: number): Channel | undefined {
    if (this.#map !== undefined) return this.#map.get(number);
    return this.#only?.channel === number ? this.#only : undefined;
  }

  add(channel: Channel): void {
    if (this.#map === undefined && this.#only === undefined) {
      this.#only = channel;
      return;
    }
    this.#map ??= new Map(this.all().map((each) => [each.channel, each]));
    this.#only = undefined;
    this.#map.set(channel.channel, channel);
  }

  /** False if it was not there. */
  delete(channel: Channel): boolean {
    if (this.#map !== undefined) return this.#map.delete(channel.channel);
    if (this.#only !== channel) return false;
    this.#only = undefined;
    return true;
  }

  all(): readonly Channel[] {
    if (this.#map !== undefined) return [...this.#map.values()];
    return this.#only === undefined ? [] : [this.#only];
  }
}
