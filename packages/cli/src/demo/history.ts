import { openAccounts, startServer, type Overrides, type RunningServer } from "@godwit/server";
import { doorsClosed, loadConfig, type Config } from "@godwit/server/config";
import { host, type CastUser } from "./cast.ts";
import type { Dice } from "./dice.ts";
import { both } from "./language.ts";
import { news, notes, talks, type Line } from "./lines.ts";
import { Troupe } from "./troupe.ts";

type Clock = NonNullable<Overrides["clock"]>;

const dayMs = 86_400_000;
const historyDays = 21;
/** Enough for a scroll bar that means something, and written in a few seconds. */
const notesCount = 2_500;
const notesPerDay = Math.ceil(notesCount / historyDays);

/** Whether the cast has no account in this data folder yet. No server may run on it. */
export async function isFresh(config: Config): Promise<boolean> {
  const { accounts, close } = await openAccounts(config);
  try {
    return (await accounts.users.get(host.user)) === undefined;
  } finally {
    await close();
  }
}

/**
 * Writes three weeks of talk into a data folder, as the cast would have: their clients send it to a server of its own, which is reached from this machine only
 * and whose clock is put forward from message to message. `told` hears the share that is done, 0 to 1. Returns the administrator that the first start made.
 */
export async function writeHistory(
  config: Config,
  dice: Dice,
  told: (share: number) => void,
): Promise<RunningServer["firstAdmin"]> {
  const past = pastClock(Date.now() - historyDays * dayMs);
  const server = await startServer(historyConfig(config), { clock: past.clock });
  const troupe = new Troupe(server);
  try {
    await troupe.gather();
    for (let day = 0; day < historyDays; day++) {
      past.set(Date.now() - (historyDays - day) * dayMs);
      await playDay(troupe, past, dice, day);
      told((day + 1) / historyDays);
    }
    return server.firstAdmin;
  } finally {
    await troupe.leave();
    await server.stop();
  }
}

/** A day: some notes from morning to evening, a talk in the lounge, and now and then something new in the channel. */
async function playDay(troupe: Troupe, past: PastClock, dice: Dice, day: number): Promise<void> {
  const stepMs = dayMs / (notesPerDay + 60);
  const talkAt = dice.whole(10, notesPerDay - 10);
  const talk = talks[day % talks.length] ?? [];
  const notice = news[(day / 5) | 0];
  if (day % 5 === 0 && notice !== undefined) await troupe.say(host.user, "news", both(notice));
  for (let count = 0; count < notesPerDay; count++) {
    past.pass(dice.between(0.2, 1.8) * stepMs);
    const note = makeNote(dice);
    const { seq } = await troupe.say(note.by, "notes", note.text);
    if (dice.chance(0.2)) {
      past.pass(dice.between(10_000, 120_000));
      const reply = makeReply(dice, note.by);
      await troupe.say(reply.by, "notes", reply.text, dice.chance(0.5) ? seq : undefined);
      count++;
    }
    if (count === talkAt) await playTalk(troupe, past, dice, talk);
  }
}

async function playTalk(
  troupe: Troupe,
  past: PastClock,
  dice: Dice,
  talk: readonly Line[],
): Promise<void> {
  const seqs: number[] = [];
  for (const { by, text, to } of talk) {
    past.pass(dice.between(5_000, 90_000));
    const replyTo = to === undefined ? undefined : seqs[to];
    seqs.push((await troupe.say(by, "lounge", text, replyTo)).seq);
  }
}

const speakers = {
  en: ["mira-bot", "tomas-bot", "otis-bot"],
  zh: ["wen-bot", "lin-bot"],
} as const satisfies Record<string, readonly CastUser[]>;

export function makeNote(dice: Dice): Line {
  const language = dice.chance(0.55) ? "en" : "zh";
  const { birds, places, lines } = notes[language];
  const text = dice
    .pick<string>(lines)
    .replaceAll("{bird}", dice.pick<string>(birds))
    .replaceAll("{place}", dice.pick<string>(places))
    .replaceAll("{n}", String(dice.whole(2, 240)));
  return { by: dice.pick<CastUser>(speakers[language]), text: capitalised(text) };
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function makeReply(dice: Dice, to: CastUser): Line {
  const language = dice.chance(0.5) ? "en" : "zh";
  const others = speakers[language].filter((user: CastUser) => user !== to);
  const text = dice.pick<string>(notes[language].replies);
  return {
    by: dice.pick<CastUser>(others),
    text: text.replaceAll("{n}", String(dice.whole(2, 240))),
  };
}

interface PastClock {
  readonly clock: Clock;
  pass(ms: number): void;
  /** Never goes back. */
  set(ms: number): void;
}

/** Wall time that is put forward by hand; durations and timers are the machine's. */
function pastClock(startMs: number): PastClock {
  let nowMs = startMs;
  return {
    clock: {
      now: () => nowMs,
      monotonic: () => performance.now(),
      after(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
    pass: (ms) => (nowMs += Math.round(ms)),
    set: (ms) => (nowMs = Math.max(nowMs, ms)),
  };
}

/** For one user, this process, who is in a hurry: no door but the web's on this machine, no waiting for company, no limits of rate. */
function historyConfig({ dataDir }: Config): Config {
  return loadConfig({
    env: {},
    flags: {
      ...doorsClosed,
      dataDir,
      "listen.host": "127.0.0.1",
      "listen.port": 0,
      "listen.drainMs": 100,
      "log.level": "error",
      "store.commitWindowMs": 0,
      "limits.sendsPerSecondMax": 1_000_000,
      "limits.sendsBurst": 1_000_000,
      // Their sessions live through three weeks of that clock.
      "accounts.tokenLifetimeMs": 2 * historyDays * dayMs,
    },
  });
}
