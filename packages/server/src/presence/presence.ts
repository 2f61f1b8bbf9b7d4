import { limits, type Presence as PresenceBody, type SeenStatus } from "@godwit/protocol";
import type { Hub } from "../hub/hub.ts";
import { Broadcast } from "../hub/outgoing.ts";
import type { Receiver } from "../hub/receiver.ts";
import type { Clock } from "../lib/clock.ts";
import { Wheel } from "../lib/wheel.ts";

interface Watched {
  readonly watchers: Set<Receiver>;
  /** What the watchers were told last. */
  announced: SeenStatus;
  /** Monotonic milliseconds of the last loss of a connection, and whether the wheel will ask about it. */
  leftAtMs: number;
  lingering: boolean;
}

/** Users whose last sight is remembered here; older ones are read from the device registry. */
const seenMax = 100_000;
/** How often a watcher that is behind is tried again. */
const owedMs = 1_000;

/**
 * Who is online. State follows from the hub's sessions; only users who are watched cost anything here. A user who lost the connection
 * stays online for a moment, so that a change of network is not news.
 */
export class Presence {
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #lingerMs: number;
  readonly #lastSeen: (user: string) => Promise<number | undefined>;
  readonly #watched = new Map<string, Watched>();
  readonly #watching = new Map<Receiver, Set<string>>();
  readonly #seen = new Map<string, number>();
  readonly #lingering: Wheel<string>;
  /** Whose changes a watcher has not been told, because it was behind: with what it missed, or with its socket. Of those whom it watches. */
  readonly #owed = new Map<Receiver, Set<string>>();
  readonly #owing: Wheel<Receiver>;

  /** `lastSeen` answers from the durable device registry, in milliseconds since the epoch. */
  constructor(deps: {
    hub: Hub;
    clock: Clock;
    lingerMs: number;
    lastSeen: (user: string) => Promise<number | undefined>;
  }) {
    this.#hub = deps.hub;
    this.#clock = deps.clock;
    this.#lingerMs = deps.lingerMs;
    this.#lastSeen = deps.lastSeen;
    this.#lingering = new Wheel(deps.clock, 250, (user) => this.#linger(user));
    this.#owing = new Wheel(deps.clock, 250, (watcher) => this.#pay(watcher));
  }

  status(user: string): SeenStatus {
    let status: SeenStatus = "offline";
    for (const receiver of this.#hub.of(user)) {
      if (receiver.shown === "online") return "online";
      if (receiver.shown === "away") status = "away";
    }
    return status;
  }

  /** Adds users to those whose changes this session hears of. False if that would be more than one session may watch. */
  watch(receiver: Receiver, users: readonly string[]): boolean {
    const own = this.#watching.get(receiver) ?? new Set<string>();
    if (new Set([...own, ...users]).size > limits.watchedUsersMax) return false;
    this.#watching.set(receiver, own);
    for (const user of users) {
      own.add(user);
      const entry = this.#watched.get(user);
      if (entry === undefined)
        this.#watched.set(user, {
          watchers: new Set([receiver]),
          announced: this.status(user),
          leftAtMs: 0,
          lingering: false,
        });
      else entry.watchers.add(receiver);
    }
    return true;
  }

  unwatch(receiver: Receiver, users: readonly string[]): void {
    const own = this.#watching.get(receiver);
    const owed = this.#owed.get(receiver);
    for (const user of users) {
      own?.delete(user);
      owed?.delete(user);
      const entry = this.#watched.get(user);
      if (entry?.watchers.delete(receiver) && entry.watchers.size === 0) this.#watched.delete(user);
    }
    if (own?.size === 0) this.#watching.delete(receiver);
  }

  /** Forgets a session that has ended. */
  forget(receiver: Receiver): void {
    this.unwatch(receiver, [...(this.#watching.get(receiver) ?? [])]);
    this.#owed.delete(receiver);
  }

  /** What those who watch these users know of them, as the last change told it; of users whom nobody watches, their state now. */
  async describe(users: readonly string[]): Promise<PresenceBody[]> {
    const lastSeen = new Map<string, number | undefined>();
    await Promise.all(
      users.map(async (user) => {
        if (this.#told(user) === "offline")
          lastSeen.set(user, this.#seen.get(user) ?? (await this.#lastSeen(user)));
      }),
    );
    // Only now: what changed during the look-up has been told, and this must not take it back.
    return users.map((user) => this.#body(user, lastSeen.get(user)));
  }

  /** To be called when a session connected or changed its status; `wasShown` says whether others could see it before. */
  changed(receiver: Receiver, wasShown: boolean): void {
    if (wasShown && receiver.shown === undefined) this.#saw(receiver.user);
    this.#announce(receiver.user);
  }

  /** To be called when a session that others could see lost its connection. */
  left(user: string): void {
    this.#saw(user);
    const entry = this.#watched.get(user);
    if (entry === undefined) return;
    entry.leftAtMs = this.#clock.monotonic();
    if (entry.lingering) return;
    entry.lingering = true;
    this.#lingering.add(user, this.#lingerMs);
  }

  /** Tells the watchers of the name that the user has taken. */
  async renamed(user: string, name: string): Promise<void> {
    const [described] = await this.describe([user]);
    const entry = this.#watched.get(user);
    if (entry === undefined || described === undefined) return;
    // As they know it at this moment, whatever has changed since it was looked up.
    const presence = { ...this.#body(user, described.lastSeen), name };
    this.#tell(entry, presence);
  }

  stop(): void {
    this.#lingering.stop();
    this.#owing.stop();
  }

  /** Asked by the wheel: how much longer a loss of the connection is not news; each loss has its own time. */
  #linger(user: string): number {
    const entry = this.#watched.get(user);
    if (entry === undefined) return 0;
    const leftMs = entry.leftAtMs + this.#lingerMs - this.#clock.monotonic();
    if (leftMs > 0) return leftMs;
    entry.lingering = false;
    this.#announce(user);
    return 0;
  }

  #saw(user: string): void {
    this.#seen.delete(user);
    this.#seen.set(user, this.#clock.now());
    if (this.#seen.size > seenMax) this.#seen.delete(this.#seen.keys().next().value as string);
  }

  #announce(user: string): void {
    const entry = this.#watched.get(user);
    if (entry === undefined) return;
    const status = this.status(user);
    if (status === entry.announced) return;
    entry.announced = status;
    this.#tell(entry, this.#body(user));
  }

  #tell({ watchers }: Watched, presence: PresenceBody): void {
    const { user } = presence;
    const event = new Broadcast({ type: "presence", presence });
    for (const watcher of watchers) {
      if (watcher.ephemeral(event)) this.#owed.get(watcher)?.delete(user);
      else this.#owe(watcher, user);
    }
  }

  #owe(watcher: Receiver, user: string): void {
    const owed = this.#owed.get(watcher);
    if (owed !== undefined) owed.add(user);
    else {
      this.#owed.set(watcher, new Set([user]));
      this.#owing.add(watcher, owedMs);
    }
  }

  /** Asked by the wheel: tells a watcher how those are now whose changes it was not told. Without a connection it will ask when it has one. */
  #pay(watcher: Receiver): number {
    const owed = this.#owed.get(watcher) ?? new Set<string>();
    for (const user of owed) {
      const presence = this.#body(user);
      if (!watcher.ephemeral(new Broadcast({ type: "presence", presence }))) return owedMs;
      owed.delete(user);
    }
    this.#owed.delete(watcher);
    return 0;
  }

  /** What who watches the user knows: a connection that was lost just now is no news yet, and who begins to watch hears of the return no more than the others. */
  #told(user: string): SeenStatus {
    return this.#watched.get(user)?.announced ?? this.status(user);
  }

  /** `lastSeen` is that of the registry, where there is none here. */
  #body(user: string, lastSeen?: number): PresenceBody {
    const status = this.#told(user);
    if (status !== "offline") return { user, status };
    const seen = this.#seen.get(user) ?? lastSeen;
    return seen === undefined ? { user, status } : { user, status, lastSeen: seen };
  }
}
