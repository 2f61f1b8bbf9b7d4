/** The rounds that credentials here have or had, in the order in which they came into use: nobody learns from a count who has an account. */
import { createHmac } from "node:crypto";
import type { AccountStore } from "../store/port.ts";

const setting = "scram_rounds";
/** Changes of the setting that are remembered. */
const countsMax = 16;

/** Reads them, and notes those that are configured now; 0 (none are kept) is not noted. */
export async function openScramRounds(
  store: Pick<AccountStore, "setting" | "putSetting">,
  rounds: number,
  warn: (message: string) => void,
): Promise<readonly number[]> {
  const text = await store.setting(setting);
  const known = text === undefined ? [] : (JSON.parse(text) as number[]);
  if (rounds === 0 || known.includes(rounds)) return known;
  const all = [...known, rounds].slice(-countsMax);
  await store
    .putSetting(setting, JSON.stringify(all))
    .catch((error: unknown) => warn(`the rounds of SCRAM could not be noted: ${String(error)}`));
  return all;
}

/**
 * The rounds that a user without credentials is said to have: any of those that others have, the same each time. A new count takes its share of the users over when it
 * comes into use, as if they had changed their passwords, and the rest stay with theirs (reservoir sampling).
 */
export function pretendedRounds(
  user: string,
  rounds: readonly number[],
  secret: Uint8Array,
): number | undefined {
  return rounds.reduce<number | undefined>((chosen, count, at) => {
    const draw = createHmac("sha256", secret).update(`rounds ${count} ${user}`).digest();
    return draw.readUInt32BE(0) % (at + 1) === 0 ? count : chosen;
  }, undefined);
}
