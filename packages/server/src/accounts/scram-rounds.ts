/** The rounds that credentials here have or had, in the order in which they came into use: nobody learns from a count who has an account. */
import { createHmac } from "node:crypto";
import type { AccountStore } from "../store/port.ts";
import { readScram } from "./scram.ts";

const setting = "scram_rounds";
/** Changes of the setting that are remembered. */
const countsMax = 16;
/** Accounts looked at, at a start, for counts that nobody has any more; with more of them a count stays. */
const accountsMax = 10_000;
const accountsPerPage = 500;

/** One change of the setting. */
export interface Rounds {
  readonly count: number;
  /** What the users have now who took part in it: another count, once the last real one had left this. */
  readonly shown: number;
}

/** Reads them, notes those that are configured now, and retires those that nobody has; 0 (none are kept) is not noted. */
export async function openScramRounds(
  store: Pick<AccountStore, "setting" | "putSetting" | "list">,
  rounds: number,
  warn: (message: string) => void,
): Promise<readonly Rounds[]> {
  const text = await store.setting(setting);
  const known = text === undefined ? [] : (JSON.parse(text) as Written[]).map(read);
  if (rounds === 0) return known;
  const all = await retire(store, note(known, rounds), rounds).catch((error: unknown) => {
    warn(`whether somebody has older rounds of SCRAM is not known: ${String(error)}`);
    return note(known, rounds);
  });
  const now = JSON.stringify(all.map(write));
  if (now !== text)
    await store
      .putSetting(setting, now)
      .catch((error: unknown) => warn(`the rounds of SCRAM could not be noted: ${String(error)}`));
  return all;
}

/** A count that nobody has left, or both. */
type Written = number | readonly [count: number, shown: number];

function read(written: Written): Rounds {
  const [count, shown] = typeof written === "number" ? [written, written] : written;
  return { count, shown };
}

function write({ count, shown }: Rounds): Written {
  return count === shown ? count : [count, shown];
}

/** With a count that comes into use, for the first time or again. */
function note(known: readonly Rounds[], rounds: number): readonly Rounds[] {
  if (known.some(({ shown }) => shown === rounds)) return known;
  const now = { count: rounds, shown: rounds };
  if (!known.some(({ count }) => count === rounds)) return [...known, now].slice(-countsMax);
  return known.map((each) => (each.count === rounds ? now : each));
}

/** Who is said to have a count that nobody has any more follows those who had it, to the count that is in use: else it would tell who is nobody. */
async function retire(
  store: Pick<AccountStore, "list">,
  known: readonly Rounds[],
  rounds: number,
): Promise<readonly Rounds[]> {
  const stale = new Set(known.map(({ shown }) => shown));
  stale.delete(rounds);
  let after: string | undefined;
  for (let looked = 0; stale.size > 0; looked += accountsPerPage) {
    if (looked >= accountsMax) return known;
    const { accounts } = await store.list(undefined, after, accountsPerPage);
    for (const { scram } of accounts)
      if (scram !== undefined) stale.delete(readScram(scram).iterations);
    if (accounts.length < accountsPerPage) break;
    after = accounts.at(-1)?.user;
  }
  return known.map((each) => (stale.has(each.shown) ? { ...each, shown: rounds } : each));
}

/**
 * The rounds that a user without credentials is said to have: any of those that others have, the same each time. A new count takes its share of the users over when it
 * comes into use, as if they had changed their passwords, and the rest stay with theirs (reservoir sampling).
 */
export function pretendedRounds(
  user: string,
  rounds: readonly Rounds[],
  secret: Uint8Array,
): number | undefined {
  return rounds.reduce<number | undefined>((chosen, { count, shown }, at) => {
    const draw = createHmac("sha256", secret).update(`rounds ${count} ${user}`).digest();
    return draw.readUInt32BE(0) % (at + 1) === 0 ? shown : chosen;
  }, undefined);
}
