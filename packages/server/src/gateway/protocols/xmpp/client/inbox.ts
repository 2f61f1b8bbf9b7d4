/** Questions of a client that wait for their answer. */
const owedMax = 64;

/** What a client has sent and how far it is done: a stanza counts as handled only with all before it, a message only once it is committed. */
export class Inbox {
  /** Stanzas received, and those handled without a gap. */
  #received = 0;
  #handled = 0;
  /** Of the stanzas after the handled ones: those that are done although an earlier one is not. */
  #ahead: Set<number> | undefined;
  /** Numbers of stanzas of which the client waits to hear that they are handled, ascending. */
  #owed: number[] | undefined;

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
    if (number <= this.#handled) return;
    if (number !== this.#handled + 1) {
      (this.#ahead ??= new Set()).add(number);
      return;
    }
    this.#handled++;
    while (this.#ahead?.delete(this.#handled + 1) === true) this.#handled++;
    if (this.#ahead?.size === 0) this.#ahead = undefined;
  }

  /** The client asks what is handled. True if it can be told at once; otherwise `answers` once all that it had said is done. Of too many questions the newest are answered together. */
  asked(): boolean {
    if (this.#handled >= this.#received) return true;
    this.#owed ??= [];
    if (this.#owed.length >= owedMax) this.#owed.pop();
    this.#owed.push(this.#received);
    return false;
  }

  /** True if a question can be answered now. */
  answers(): boolean {
    if ((this.#owed?.[0] ?? Number.POSITIVE_INFINITY) > this.#handled) return false;
    const later = this.#owed?.filter((number) => number > this.#handled);
    this.#owed = later?.length === 0 ? undefined : later;
    return true;
  }

  /** Counting begins anew. */
  restart(): void {
    this.#received = 0;
    this.#handled = 0;
    this.#ahead = undefined;
    this.#owed = undefined;
  }

  /** The connection is gone: what is not handled will come again, under the same numbers. */
  rewind(): void {
    this.#received = this.#handled;
    this.#ahead = undefined;
    this.#owed = undefined;
  }
}
