/** What a client was sent and has not acknowledged, counted as XEP-0198 section 4 counts it. */

/** A message that the client holds once it has acknowledged the stanza. */
export interface Carried {
  readonly conversation: string;
  readonly seq: number;
}

interface Entry {
  /** Number of the stanza, from 1. */
  readonly count: number;
  /** Position in the session that is reached with it, 0 if none. */
  position: number;
  /** What it carried for this user from somebody else. */
  readonly carried: Carried | undefined;
  /** The stanza itself, to be said again after a resumption; absent where the session's ring has it. */
  readonly text: string | undefined;
}

/** What an acknowledgement settles. */
export interface Settled {
  /** The session's events up to here are with the client; undefined if none became so. */
  readonly position: number | undefined;
  /** The newest message of each conversation that is with the client now. */
  readonly carried: ReadonlyMap<string, number>;
}

/** Stanzas that may wait for an acknowledgement before events wait too. */
const entriesMax = 4_096;
/** The same with what is said besides events, as answers are. At it the client is cut, and what is said to it meanwhile is lost to a resumption. */
const entriesInAllMax = 32_768;
/** Of the texts kept for a resumption. Past it the oldest are forgotten, and with them the way to resume. */
const textBytesMax = 262_144;
const trimAfter = 64;

export class Outbox {
  #count = 0;
  #acknowledged = 0;
  #entries: Entry[] | undefined;
  /** Entries before this index are settled. */
  #head = 0;
  #textBytes = 0;
  /** Texts of stanzas up to this one were forgotten. */
  #forgottenAt = 0;
  /** There was no place for the stanza of this number. */
  #lostAt = 0;

  /** False while something was forgotten that a resumption would have to say again. */
  get whole(): boolean {
    return this.#acknowledged >= this.#forgottenAt;
  }

  /** Stanzas sent. */
  get count(): number {
    return this.#count;
  }

  get waiting(): number {
    return (this.#entries?.length ?? 0) - this.#head;
  }

  get full(): boolean {
    return this.waiting >= entriesMax;
  }

  get overfull(): boolean {
    return this.waiting >= entriesInAllMax;
  }

  /** Counting begins anew, with nothing outstanding. */
  restart(): void {
    this.#count = 0;
    this.#acknowledged = 0;
    this.#forgottenAt = 0;
    this.#lostAt = 0;
    this.#clear();
  }

  /** Counts a stanza that needs no acknowledgement. */
  pass(): void {
    this.#count++;
  }

  /** Counts a stanza and remembers it. False if there is no place for it: it must not be sent, and there is no resumption without it. */
  push(carried: Carried | undefined, text: string | undefined): boolean {
    this.#count++;
    if (this.overfull) {
      this.#forgottenAt = this.#lostAt = this.#count;
      return false;
    }
    (this.#entries ??= []).push({ count: this.#count, position: 0, carried, text });
    this.#textBytes += text?.length ?? 0;
    if (this.#textBytes > textBytesMax) this.#forgetTexts();
    return true;
  }

  /** The session's position is reached with the newest stanza. False if nothing is outstanding: it is reached already. */
  reached(position: number): boolean {
    // Nothing that can be acknowledged reaches it.
    if (this.#lostAt > this.#acknowledged) return true;
    const last = this.waiting === 0 ? undefined : this.#entries?.at(-1);
    if (last === undefined) return false;
    last.position = position;
    return true;
  }

  /** The client has handled so many stanzas. Undefined if that is more than it was sent. */
  acknowledge(handled: number): Settled | undefined {
    // XEP-0198 section 4: the count goes round after 2^32 - 1.
    const step = (handled - this.#acknowledged) >>> 0;
    if (step > this.#count - this.#acknowledged) return undefined;
    this.#acknowledged += step;
    let position: number | undefined;
    const carried = new Map<string, number>();
    for (; this.waiting > 0; this.#head++) {
      const entry = this.#entries?.[this.#head] as Entry;
      if (entry.count > this.#acknowledged) break;
      if (entry.position > 0) position = entry.position;
      if (entry.carried !== undefined) carried.set(entry.carried.conversation, entry.carried.seq);
      this.#textBytes -= entry.text?.length ?? 0;
    }
    this.#trim();
    return { position, carried };
  }

  /** For a resumption: the texts to be said again. Whatever else was outstanding comes from the session's ring. Counting goes on from what was acknowledged. */
  takeTexts(): string[] {
    const texts = (this.#entries ?? [])
      .slice(this.#head)
      .map(({ text }) => text)
      .filter((text) => text !== undefined);
    this.#count = this.#acknowledged;
    this.#clear();
    return texts;
  }

  #forgetTexts(): void {
    this.#forgottenAt = this.#count;
    this.#entries = this.#entries
      ?.slice(this.#head)
      .map((entry) => ({ ...entry, text: undefined }));
    this.#head = 0;
    this.#textBytes = 0;
  }

  #trim(): void {
    if (this.waiting === 0) this.#clear();
    else if (this.#head > trimAfter && this.#head * 2 > (this.#entries?.length ?? 0)) {
      this.#entries = this.#entries?.slice(this.#head);
      this.#head = 0;
    }
  }

  #clear(): void {
    this.#entries = undefined;
    this.#head = 0;
    this.#textBytes = 0;
  }
}
