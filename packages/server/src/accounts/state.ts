import type { Clock } from "../lib/clock.ts";
import type { AccountStore, DeviceRow } from "../store/port.ts";
import { Lru } from "../lib/lru.ts";

/** What checking a token needs to know of an account. */
export interface AccountState {
  readonly admin: boolean;
  readonly disabled: boolean;
  readonly tokensValidFrom: number;
  readonly devices: readonly DeviceRow[];
}

/** Accounts remembered; about 0.5 KB each. The least recently used one makes room. */
const entriesMax = 10_000;
/** Changes by another process that shares the store are seen after this long. Changes here are seen at once. */
const ageMsMax = 30_000;

interface Entry {
  readonly state: AccountState;
  readonly loadedAtMs: number;
}

/** A cache of account states in front of the store. Unknown users are not remembered. */
export class AccountStates {
  readonly #store: AccountStore;
  readonly #clock: Clock;
  readonly #entries = new Lru<Entry>(entriesMax);
  /** Loads under way, so that a crowd asking for one account costs one. */
  readonly #loads = new Map<string, Promise<AccountState | undefined>>();

  constructor(store: AccountStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The account's state; undefined if there is no such account. */
  get(user: string): AccountState | undefined | Promise<AccountState | undefined> {
    const entry = this.#entries.get(user);
    if (entry !== undefined && this.#clock.monotonic() - entry.loadedAtMs < ageMsMax)
      return entry.state;
    return this.#loads.get(user) ?? this.#load(user);
  }

  /** To be called after every change of an account or of its devices. */
  invalidate(user: string): void {
    this.#entries.delete(user);
    // A load that began before the change may carry what was before: whoever waits gets it, nobody keeps it.
    this.#loads.delete(user);
  }

  async #load(user: string): Promise<AccountState | undefined> {
    const load = this.#read(user);
    this.#loads.set(user, load);
    try {
      const state = await load;
      if (state !== undefined && this.#loads.get(user) === load)
        this.#entries.set(user, { state, loadedAtMs: this.#clock.monotonic() });
      return state;
    } finally {
      if (this.#loads.get(user) === load) this.#loads.delete(user);
    }
  }

  async #read(user: string): Promise<AccountState | undefined> {
    const [[row], devices] = await Promise.all([
      this.#store.get([user]),
      this.#store.devices(user),
    ]);
    if (row === undefined) return undefined;
    return {
      admin: row.admin,
      disabled: row.disabled,
      tokensValidFrom: row.tokensValidFrom,
      devices,
    };
  }
}
