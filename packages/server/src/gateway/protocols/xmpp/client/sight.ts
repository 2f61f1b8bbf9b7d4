import type { SeenStatus } from "@godwit/protocol";

/** Presences that wait; of a user's own devices there may have been any number. Past it the oldest are forgotten. */
const heldMax = 2_048;

/** Who is there, as one client knows it. Exists only once it was told of somebody. */
export class Sight {
  /** Whose presence the client is told as that of a contact, and what it was told last. */
  readonly contacts = new Map<string, SeenStatus>();
  /** People who were met in this session, of whom the client has heard. */
  #met: Set<string> | undefined;
  /** Presences that wait until somebody looks or listens, by whose they are; the newest of each. */
  #held: Map<string, string> | undefined;

  /** Of questions on their way: who has changed since they were asked. */
  readonly #changed = new Set<Set<string>>();

  /** Somebody came, went or changed. */
  changed(user: string): void {
    for (const each of this.#changed) each.add(user);
  }

  /** Of an answer what is not older than what the client was told meanwhile. */
  async fresh<T extends { readonly user: string }>(
    question: Promise<{ readonly presences: readonly T[] }>,
  ): Promise<readonly T[]> {
    const changed = new Set<string>();
    this.#changed.add(changed);
    try {
      const { presences } = await question;
      return presences.filter(({ user }) => !changed.has(user));
    } finally {
      this.#changed.delete(changed);
    }
  }

  /** The stream is gone: its questions are answered by nobody. */
  interrupted(): void {
    this.#changed.clear();
  }

  get met(): Set<string> {
    return (this.#met ??= new Set());
  }

  hold(whose: string, text: string): void {
    const held = (this.#held ??= new Map<string, string>());
    held.delete(whose);
    held.set(whose, text);
    if (held.size <= heldMax) return;
    for (const oldest of held.keys()) {
      held.delete(oldest);
      return;
    }
  }

  /** What waited, in the order of its changes. */
  release(): readonly string[] {
    const held = [...(this.#held?.values() ?? [])];
    this.#held = undefined;
    return held;
  }
}
