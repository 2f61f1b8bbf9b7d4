import { limits, type Params, type Presence, type Result } from "@godwit/protocol";
import type { Clock } from "./clock.ts";
import { type GodwitError, refusal } from "./errors.ts";

export interface PresencePorts {
  readonly clock: Clock;
  watch(params: Params<"watch">): Promise<Result<"watch">>;
  /** Sends a typing notice if there is a connection. */
  typing(params: Params<"typing">): void;
  presence(presence: Presence): void;
  typed(conversation: string, user: string, on: boolean): void;
  failed(error: GodwitError): void;
}

/** An own notice is repeated after so long, another's ends by itself when none came for longer. */
const typingRepeatMs = 3_000;
const typingEndsMs = 8_000;
const typistsMax = 200;

/** Who is watched, so that the next connection watches the same users, and who is typing, so that a lost "off" does not last. */
export class PresenceBook {
  readonly #ports: PresencePorts;
  readonly #watched = new Set<string>();
  /** Of each question that is under way: the events since it was asked, by user. */
  readonly #asking = new Set<Map<string, Presence>>();
  /** When an own notice was last sent, by conversation. */
  readonly #ownTyping = new Map<string, number>();
  /** Cancels the end of another's notice, by conversation and user. */
  readonly #typists = new Map<string, () => void>();

  constructor(ports: PresencePorts) {
    this.#ports = ports;
  }

  /** Remembers users to watch. @throws GodwitError `invalid_params` past the limit of the protocol */
  add(users: readonly string[]): void {
    const added = users.filter((user) => !this.#watched.has(user));
    if (this.#watched.size + added.length > limits.watchedUsersMax) {
      throw refusal("invalid_params", `One client may watch ${limits.watchedUsersMax} users.`);
    }
    for (const user of added) this.#watched.add(user);
  }

  remove(users: readonly string[]): void {
    for (const user of users) this.#watched.delete(user);
  }

  /** A watched user's state changed. */
  came(presence: Presence): void {
    for (const heard of this.#asking) heard.set(presence.user, presence);
    this.#ports.presence(presence);
  }

  /** Begins to watch users and resolves to their states: to what came as an event meanwhile, which is as new as the answer or newer. */
  ask(users: string[], watch: PresencePorts["watch"]): Promise<Presence[]> {
    const heard = new Map<string, Presence>();
    this.#asking.add(heard);
    return watch({ users })
      .then(({ presences }) => presences.map((presence) => heard.get(presence.user) ?? presence))
      .finally(() => this.#asking.delete(heard));
  }

  /** There is a connection again. A new session knows nothing of whom the last one watched, and one that goes on was not told what changed meanwhile. */
  online(): void {
    // What came before is older than any answer from now on.
    for (const heard of this.#asking) heard.clear();
    const users = [...this.#watched];
    for (let at = 0; at < users.length; at += limits.usersPerCommandMax) {
      this.ask(users.slice(at, at + limits.usersPerCommandMax), this.#ports.watch).then(
        (presences) => {
          for (const presence of presences) this.#ports.presence(presence);
        },
        (error: GodwitError) => {
          if (error.name !== "connection_lost" && error.name !== "offline")
            this.#ports.failed(error);
        },
      );
    }
  }

  /** The user types or has stopped; may be called at every keystroke. */
  type(conversation: string, on: boolean): void {
    const now = this.#ports.clock.monotonic();
    const last = this.#ownTyping.get(conversation);
    if (on ? last !== undefined && now - last < typingRepeatMs : last === undefined) return;
    if (on) this.#ownTyping.set(conversation, now);
    else this.#ownTyping.delete(conversation);
    this.#ports.typing({ conversation, on });
  }

  /** A message ends the typing that announced it: the next keystroke is told at once. */
  sent(conversation: string): void {
    this.#ownTyping.delete(conversation);
  }

  /** Another user's notice, or the message that it announced (`on` false). */
  typed(conversation: string, user: string, on: boolean): void {
    const key = `${conversation} ${user}`;
    const cancel = this.#typists.get(key);
    cancel?.();
    this.#typists.delete(key);
    if (on && this.#typists.size < typistsMax) {
      this.#typists.set(
        key,
        this.#ports.clock.after(typingEndsMs, () => this.typed(conversation, user, false)),
      );
    }
    // Repeated notices and messages out of the blue are no news.
    if (on ? !cancel : cancel) this.#ports.typed(conversation, user, on);
  }

  close(): void {
    for (const cancel of this.#typists.values()) cancel();
    this.#typists.clear();
  }
}
