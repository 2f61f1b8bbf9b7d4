import type { Profile } from "@godwit/client";
import { createStore, type StoreApi } from "zustand/vanilla";
import { plainError } from "../errors.ts";
import type { KeptProfile } from "../cache/cache.ts";
import type { ProfileView } from "../types.ts";

export interface PeoplePorts {
  /** Asks for the names of users; rejects if there is no connection. */
  fetch(ids: string[]): Promise<readonly Profile[]>;
  after(ms: number, callback: () => void): () => void;
  now(): number;
  /** Names came, for the list of conversations and the cache. */
  came(profiles: readonly KeptProfile[]): void;
}

const gatherMs = 30;
const retryMs = 5_000;
const idsPerRequestMax = 100;
/** A name that is so old is asked for again when it is needed. Of those who are watched, a change is told at once. */
const staleMs = 3_600_000;
/** A name that just came needs not be asked for again. */
const freshMs = 1_000;
/** What can be a user at all: one that cannot would spoil the question for the others. */
const userId = /^[A-Za-z0-9][A-Za-z0-9._@|=-]{0,63}$/;
/** Names that wait to be asked for; more are left for the next time that they are drawn. */
const wantedMax = 1_000;

/** Users' names: asked for together, kept, and asked for again after an hour. */
export class People {
  readonly view: StoreApi<ReadonlyMap<string, ProfileView>> = createStore(() => new Map());
  readonly #ports: PeoplePorts;
  readonly #at = new Map<string, number>();
  readonly #wanted = new Set<string>();
  /** Asked for and unknown to the server, or on the way: not asked for again in this visit. */
  readonly #asked = new Set<string>();
  #cancel: (() => void) | undefined;
  /** Counts those who were signed in: an answer to a question of one before is not for the next. */
  #owners = 0;

  constructor(ports: PeoplePorts) {
    this.#ports = ports;
  }

  restore(profiles: readonly KeptProfile[]): void {
    this.#take(profiles);
  }

  clear(): void {
    this.#owners++;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#at.clear();
    this.#wanted.clear();
    this.#asked.clear();
    this.view.setState(new Map(), true);
  }

  /** The name to show; asked for if it is unknown or old. */
  name(user: string): string {
    this.want(user);
    return this.view.getState().get(user)?.name ?? user;
  }

  want(user: string): void {
    const at = this.#at.get(user);
    if (at !== undefined && this.#ports.now() - at < staleMs) return;
    if (this.#asked.has(user) || this.#wanted.size >= wantedMax || !userId.test(user)) return;
    this.#wanted.add(user);
    this.#later(gatherMs);
  }

  /** From now on changes of these names are told; those of before were not. */
  watched(users: readonly string[]): void {
    for (const user of users) {
      const at = this.#at.get(user);
      if (at === undefined || this.#ports.now() - at < freshMs) continue;
      this.#at.delete(user);
      this.want(user);
    }
  }

  /** The server named somebody by the way. */
  met(profiles: readonly Profile[]): readonly ProfileView[] {
    const at = this.#ports.now();
    const kept = profiles.map(({ user, name }) => ({ id: user, name: name ?? user, at }));
    this.#take(kept);
    if (kept.length > 0) this.#ports.came(kept);
    return kept.map(({ id, name }) => ({ id, name }));
  }

  /** There is a connection: what could not be asked before is asked now. */
  online(): void {
    if (this.#wanted.size > 0) this.#later(0);
  }

  #later(ms: number): void {
    if (ms === 0) {
      this.#cancel?.();
      this.#cancel = undefined;
    }
    this.#cancel ??= this.#ports.after(ms, () => {
      this.#cancel = undefined;
      void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    const ids = [...this.#wanted].slice(0, idsPerRequestMax);
    if (ids.length === 0) return;
    for (const id of ids) {
      this.#wanted.delete(id);
      this.#asked.add(id);
    }
    const owner = this.#owners;
    try {
      const found = await this.#ports.fetch(ids);
      if (owner !== this.#owners) return;
      this.met(found);
      if (this.#wanted.size > 0) this.#later(gatherMs);
    } catch (thrown) {
      // What the server will not answer is not asked again; without a connection names can wait. Ids are shown meanwhile.
      if (owner !== this.#owners || !plainError(thrown).retryable) return;
      for (const id of ids) {
        this.#asked.delete(id);
        this.#wanted.add(id);
      }
      this.#later(retryMs);
    }
  }

  #take(profiles: readonly KeptProfile[]): void {
    const known = this.view.getState();
    let next: Map<string, ProfileView> | undefined;
    for (const { id, name, at } of profiles) {
      this.#at.set(id, at);
      this.#asked.delete(id);
      if (known.get(id)?.name === name) continue;
      next ??= new Map(known);
      next.set(id, { id, name });
    }
    if (next) this.view.setState(next, true);
  }
}
