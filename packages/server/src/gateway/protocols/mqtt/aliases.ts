import { noAlias, type Alias } from "./wire/writer.ts";

/** Aliases given on one connection; of a client that takes more, the other topics go by their names. */
const aliasesMax = 64;

/** The aliases that one client has been told. */
export class Aliases {
  readonly #byTopic = new Map<string, number>();
  readonly #max: number;

  /** `max` is what the client takes. */
  constructor(max: number) {
    this.#max = Math.min(aliasesMax, max);
  }

  of(topic: string): Alias {
    const known = this.#byTopic.get(topic);
    if (known !== undefined) return { number: known, isKnown: true };
    const { size } = this.#byTopic;
    return size < this.#max ? { number: size + 1, isKnown: false } : noAlias;
  }

  /** A packet with the topic and this alias goes out. */
  told(topic: string, { number, isKnown }: Alias): void {
    if (number !== 0 && !isKnown) this.#byTopic.set(topic, number);
  }
}
