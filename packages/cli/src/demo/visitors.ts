import type { RunningServer } from "@godwit/server";
import { isCast, type CastUser } from "./cast.ts";
import type { Dice } from "./dice.ts";
import { both, type Both } from "./language.ts";
import { welcome } from "./lines.ts";
import type { Manners } from "./manners.ts";
import type { Pace } from "./pace.ts";
import type { Troupe } from "./troupe.ts";

const lookEveryMs = 1_000;
const accountsPerPage = 500;
/** Accounts that are looked at; in a larger data folder the rest, by user id, are not welcomed. */
const accountsMax = 1_000;
/** Within one minute; the others wait for the next. */
const welcomesPerMinuteMax = 30;

export interface VisitorsDeps {
  readonly troupe: Troupe;
  readonly manners: Manners;
  readonly accounts: Pick<RunningServer["accounts"], "users" | "devices">;
  readonly dice: Dice;
  readonly pace: Pace;
  /** Somebody came who was not known, or is known from an earlier start. */
  readonly came: (users: readonly string[]) => void;
  readonly failed: (error: unknown) => void;
}

interface Visitor {
  readonly user: string;
  readonly name: string;
}

/** Looks for new accounts and makes them at home: greeted, and in the group and the channel. Who was greeted once is not greeted again. */
export class Visitors {
  readonly #deps: VisitorsDeps;
  readonly #known = new Set<string>();
  #minute = { endsMs: 0, welcomes: 0 };

  constructor(deps: VisitorsDeps) {
    this.#deps = deps;
  }

  /** Runs until the pace is stopped. */
  async run(): Promise<void> {
    const { troupe, pace, came, failed } = this.#deps;
    for await (const { id, kind } of troupe.host.client.conversations()) {
      // The two users of a direct conversation are in its id.
      const other =
        kind === "direct"
          ? id.split(":").find((part) => part !== "d" && part !== troupe.host.user)
          : undefined;
      if (other !== undefined && !isCast(other)) this.#known.add(other);
    }
    came([...this.#known]);
    while (!pace.stopped) {
      await this.#look().catch(failed);
      await pace.pause(lookEveryMs);
    }
  }

  async #look(): Promise<void> {
    const { accounts, came, failed, pace } = this.#deps;
    let after: string | undefined;
    for (let seen = 0; seen < accountsMax; seen += accountsPerPage) {
      const { accounts: rows } = await accounts.users.list(undefined, after, accountsPerPage);
      for (const { user, name, disabled } of rows) {
        if (disabled || isCast(user) || this.#known.has(user)) continue;
        // An account that nobody has signed in to yet, such as the first administrator's, is no visitor.
        if ((await accounts.devices.list(user)).length === 0) continue;
        if (pace.stopped || !this.#mayWelcome()) return;
        this.#known.add(user);
        came([user]);
        this.#welcome({ user, name: name ?? user }).catch(failed);
      }
      if (rows.length < accountsPerPage) return;
      after = rows.at(-1)?.user;
    }
  }

  async #welcome(visitor: Visitor): Promise<void> {
    const { troupe, manners, pace, dice } = this.#deps;
    const { host } = troupe;
    for (const place of ["notes", "news", "lounge"] as const)
      await troupe.place(place).invite([visitor.user]);
    const direct = (by: CastUser, text: Both) => this.#tell(by, visitor, text);
    await direct("mira-bot", welcome.direct);
    const greeting = both(welcome.lounge).replaceAll("{name}", visitor.name).replace("\n", " · ");
    await manners.say(host, troupe.place("lounge").id, greeting, [visitor.user]);
    for (const user of ["tomas-bot", "lin-bot"] as const) {
      await pace.pause(dice.between(300, 1_200));
      const wave = dice.pick<string>(welcome.waves[user]).replaceAll("{name}", visitor.name);
      await manners.say(troupe.bot(user), troupe.place("lounge").id, wave);
    }
    await direct("wen-bot", welcome.second);
  }

  async #tell(by: CastUser, { user, name }: Visitor, text: Both): Promise<void> {
    const { troupe, manners } = this.#deps;
    const bot = troupe.bot(by);
    const language = manners.languageOf(user);
    const words = language === undefined ? both(text) : text[language];
    if (bot.isHere)
      await manners.say(bot, bot.client.direct(user).id, words.replaceAll("{name}", name));
  }

  #mayWelcome(): boolean {
    const { nowMs } = this.#deps.pace;
    if (nowMs >= this.#minute.endsMs) this.#minute = { endsMs: nowMs + 60_000, welcomes: 0 };
    return this.#minute.welcomes++ < welcomesPerMinuteMax;
  }
}
