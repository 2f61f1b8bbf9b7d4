/** The emoji used lately on this device. */
const storageKey = "godwit.emoji";
const keptMax = 16;

export function readRecent(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept.filter((emoji): emoji is string => typeof emoji === "string").slice(0, keptMax);
  } catch {
    // Written by something else, or storage is switched off: none are known.
    return [];
  }
}

/** Puts one in front. */
export function rememberEmoji(emoji: string): void {
  const kept = [emoji, ...readRecent().filter((each) => each !== emoji)].slice(0, keptMax);
  try {
    localStorage.setItem(storageKey, JSON.stringify(kept));
  } catch {
    // Full or switched off: the picker works without.
  }
}
