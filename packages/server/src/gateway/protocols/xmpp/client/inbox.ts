/** What a client has sent and how far it is done: a stanza counts as handled only with all before it, a message only once it is committed. */
export class Inbox {
  /** Stanzas received, and those handled without a gap. */
  #received = 0;
  #handled = 0;
  /** Of the stanzas after the handled ones: those that are done although an earlier one is not. */
  #ahead: Set<number> | undefined;

  get received(): number {
    return this.#received;
  }

  get handled(): number {
    return this.#handled;
  }

  /** Received and not done. */
  get open(): number {
    return this.#received - this.#handled - (this.#ahead?.size ?? 0);
  }

  /** Counts a stanza; its number is for `done`. */
  take(): number {
    return ++this.#received;
  }

  done(number: number): void {
    // Of a stanza from before a cut: the client says it again.
    if (number <= this.#handled || number > this.#received) return;
    if (number !== this.#handled + 1) {
      (this.#ahead ??= new Set()).add(number);
      return;
    }
    this.#handled++;
    while (this.#ahead?.delete(this.#handled + 1) === true) this.#handled++;
    if (this.#ahead?.size === 0) this.#ahead = undefined;
  }

  /** Counting begins anew. */
  restart(): void {
    this.#received = 0;
    this.#handled = 0;
    this.#ahead = undefined;
  }

  /** The connection is gone: what is not handled will come again. */
  rewind(): void {
    this.#received = this.#handled;
    this.#ahead = undefined;
  }
}
