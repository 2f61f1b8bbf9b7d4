import type { Dice } from "./dice.ts";
import { makeNote } from "./history.ts";
import { talks, type Talk } from "./lines.ts";
import type { Manners } from "./manners.ts";
import type { Pace } from "./pace.ts";
import type { Troupe } from "./troupe.ts";

/** How long the lounge stays lively after a visitor came or said something. */
const livelyMs = 180_000;
/** Unasked messages of one run; after them the bots only answer. */
const unaskedMax = 2_000;
/** Visitors whose presence is watched; the bound of the protocol. */
const watchedMax = 1_000;

export interface LifeDeps {
  readonly troupe: Troupe;
  readonly manners: Manners;
  readonly dice: Dice;
  readonly pace: Pace;
  readonly failed: (error: unknown) => void;
}

/** What the bots do by themselves, and only while a visitor is online: they talk, note birds, go away and come back. */
export class Life {
  readonly #deps: LifeDeps;
  readonly #visitors = new Set<string>();
  readonly #online = new Set<string>();
  #stirredMs = Number.NEGATIVE_INFINITY;
  #unasked = 0;

  constructor(deps: LifeDeps) {
    this.#deps = deps;
    deps.troupe.host.listen((client) => {
      client.on("presence", ({ user, status }) => this.#seen(user, status !== "offline"));
    });
  }

  /** A visitor came or said something. */
  stir(): void {
    this.#stirredMs = this.#deps.pace.nowMs;
  }

  /** Watches these visitors from now on, as far as there is room. */
  async expect(users: readonly string[]): Promise<void> {
    const added = users
      .filter((user) => !this.#visitors.has(user))
      .slice(0, watchedMax - this.#visitors.size);
    if (added.length === 0) return;
    for (const user of added) this.#visitors.add(user);
    const presences = await this.#deps.troupe.host.client.watch(added);
    for (const { user, status } of presences) this.#seen(user, status !== "offline");
  }

  /** Runs until the pace is stopped. */
  async run(): Promise<void> {
    await Promise.all([this.#talk(), this.#note(), this.#wander()]);
  }

  get #hasAudience(): boolean {
    return this.#online.size > 0 && this.#unasked < unaskedMax;
  }

  get #isLively(): boolean {
    return this.#deps.pace.nowMs - this.#stirredMs < livelyMs;
  }

  #seen(user: string, online: boolean): void {
    if (!this.#visitors.has(user)) return;
    if (online) this.#online.add(user);
    else this.#online.delete(user);
  }

  async #talk(): Promise<void> {
    const { pace, dice, failed } = this.#deps;
    let last: Talk | undefined;
    await pace.pause(6_000);
    while (!pace.stopped) {
      if (this.#hasAudience) {
        const previous = last;
        last = dice.pick(talks.filter((talk) => talk !== previous));
        await this.#play(last).catch(failed);
      }
      await pace.pause(
        this.#isLively ? dice.between(6_000, 15_000) : dice.between(180_000, 420_000),
      );
    }
  }

  async #play(talk: Talk): Promise<void> {
    const { troupe, manners, dice, pace } = this.#deps;
    for (const { by, text } of talk) {
      if (pace.stopped || !this.#hasAudience) return;
      this.#unasked++;
      await manners.say(troupe.bot(by), troupe.place("lounge").id, text);
      await pace.pause(dice.between(1_500, 5_000));
    }
  }

  async #note(): Promise<void> {
    const { troupe, manners, dice, pace, failed } = this.#deps;
    while (!pace.stopped) {
      await pace.pause(
        this.#isLively ? dice.between(15_000, 40_000) : dice.between(240_000, 600_000),
      );
      if (pace.stopped || !this.#hasAudience) continue;
      this.#unasked++;
      const { by, text } = makeNote(dice);
      await manners.say(troupe.bot(by), troupe.place("notes").id, text).catch(failed);
    }
  }

  /** One after the other is away for a while; who wanders is offline instead. The host stays. */
  async #wander(): Promise<void> {
    const { troupe, dice, pace, failed } = this.#deps;
    const others = [...troupe.bots.values()].filter((bot) => bot !== troupe.host);
    while (!pace.stopped) {
      await pace.pause(dice.between(15_000, 40_000));
      if (pace.stopped || !this.#hasAudience) continue;
      const bot = dice.pick(others);
      try {
        const wanders = bot.persona.wanders === true;
        await (wanders ? bot.go() : bot.client.presence("away"));
        await pace.pause(dice.between(15_000, 35_000));
        if (pace.stopped) return;
        await (wanders ? bot.come() : bot.client.presence("online"));
      } catch (error) {
        failed(error);
      }
    }
  }
}
