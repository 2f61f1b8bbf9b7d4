import type { Presence, Typing } from "@godwit/client";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { PresenceView } from "../types.ts";

export interface PresencePorts {
  /** Watches exactly these users from now on; resolves to what is known of them at once. */
  watch(users: string[]): Promise<readonly Presence[]>;
  after(ms: number, callback: () => void): () => void;
  /** These users are watched from now on, and were not before. */
  watched(users: readonly string[]): void;
}

const gatherMs = 80;
const retryMs = 5_000;
/** A user that scrolls out of sight is watched a little longer: they may scroll back. */
const lingerMs = 8_000;
const watchedMax = 900;

/** Whose presence somebody looks at, counted, and what is known of it. */
export class PresenceBook {
  readonly view: StoreApi<ReadonlyMap<string, PresenceView>> = createStore(() => new Map());
  readonly #ports: PresencePorts;
  readonly #lookers = new Map<string, number>();
  #told = "";
  #cancel: (() => void) | undefined;
  #waitMs = 0;

  constructor(ports: PresencePorts) {
    this.#ports = ports;
  }

  /** Watches a user until the returned function is called. Past 900 users more are not watched. */
  look(user: string): () => void {
    if (user === "") return () => {};
    this.#lookers.set(user, (this.#lookers.get(user) ?? 0) + 1);
    this.#later(gatherMs);
    let looking = true;
    return () => {
      if (!looking) return;
      looking = false;
      this.#lookers.set(user, (this.#lookers.get(user) ?? 1) - 1);
      this.#later(lingerMs);
    };
  }

  came(presences: readonly Presence[]): void {
    if (presences.length === 0) return;
    const next = new Map(this.view.getState());
    for (const { user, status, lastSeen } of presences)
      next.set(user, { status, ...(lastSeen === undefined ? {} : { lastSeen }) });
    this.view.setState(next, true);
  }

  /** Another tab leads now: it is told whom this one watches. */
  attached(): void {
    this.#told = "";
    this.#cancel?.();
    this.#cancel = undefined;
    this.#later(0);
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#told = "";
    this.view.setState(new Map(), true);
  }

  /** States of users that are not watched any more grow old, and would be shown first when somebody looks again. */
  #forgetOthers(users: readonly string[]): void {
    const known = this.view.getState();
    const watched = new Set(users);
    const next = new Map([...known].filter(([user]) => watched.has(user)));
    if (next.size < known.size) this.view.setState(next, true);
  }

  /** The sooner of two wishes counts. */
  #later(ms: number): void {
    if (this.#cancel && this.#waitMs <= ms) return;
    this.#cancel?.();
    this.#waitMs = ms;
    this.#cancel = this.#ports.after(ms, () => {
      this.#cancel = undefined;
      void this.#tell();
    });
  }

  async #tell(): Promise<void> {
    for (const [user, lookers] of this.#lookers) if (lookers <= 0) this.#lookers.delete(user);
    const users = [...this.#lookers.keys()].slice(0, watchedMax).sort();
    const told = users.join(" ");
    if (told === this.#told) return;
    const before = new Set(this.#told.split(" "));
    this.#told = told;
    this.#forgetOthers(users);
    try {
      this.came(await this.#ports.watch(users));
      this.#ports.watched(users.filter((user) => !before.has(user)));
    } catch {
      // Another tab takes over, or the connection does: told again then, or soon.
      this.#told = "";
      this.#later(retryMs);
    }
  }
}

const nobody: readonly string[] = [];

/** Who types where. The SDK ends each notice by itself when no other follows. */
export class TypingBook {
  readonly view: StoreApi<ReadonlyMap<string, readonly string[]>> = createStore(() => new Map());

  apply(notices: readonly Typing[]): void {
    if (notices.length === 0) return;
    const next = new Map(this.view.getState());
    for (const { conversation, user, on } of notices) {
      const others = (next.get(conversation) ?? nobody).filter((id) => id !== user);
      if (on) next.set(conversation, [...others, user]);
      else if (others.length > 0) next.set(conversation, others);
      else next.delete(conversation);
    }
    this.view.setState(next, true);
  }

  /** The whole truth, from the tab that leads. */
  replace(notices: readonly Typing[]): void {
    this.view.setState(new Map(), true);
    this.apply(notices);
  }

  of(conversation: string): readonly string[] {
    return this.view.getState().get(conversation) ?? nobody;
  }
}
