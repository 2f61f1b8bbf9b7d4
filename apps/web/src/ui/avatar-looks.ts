/** What an avatar shows without a picture: letters of the name, and a colour that belongs to the id. */

/** Pairs of ground and letters, each at least 4.5 : 1 (theme.test.ts). They are the same in both themes. */
export const avatarColors: readonly (readonly [ground: string, letters: string])[] = [
  ["#0f766e", "#ffffff"],
  ["#1d63a8", "#ffffff"],
  ["#6d4fb3", "#ffffff"],
  ["#a63d77", "#ffffff"],
  ["#b0442e", "#ffffff"],
  ["#8a5a06", "#ffffff"],
  ["#4d7211", "#ffffff"],
  ["#2f6f4f", "#ffffff"],
  ["#3f5f9e", "#ffffff"],
  ["#85487f", "#ffffff"],
  ["#9a4a4a", "#ffffff"],
  ["#4a6470", "#ffffff"],
];

/** The same colour for the same id on every device: FNV-1a (32 bits) over the id. */
export function avatarColor(id: string): readonly [ground: string, letters: string] {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  const index = (hash >>> 0) % avatarColors.length;
  return avatarColors[index] ?? ["#0f766e", "#ffffff"];
}

const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const letterOrDigit = /[\p{L}\p{N}]/u;

/**
 * One or two characters for a name. Chinese, Japanese and Korean names are known by their last two characters (张小明 → 小明);
 * others by the first letters of the first and the last word (Ada Lovelace → AL). In a name of two scripts the first one counts.
 */
export function initials(name: string): string {
  const trimmed = name.trim();
  const eastern = Array.from(trimmed).filter((character) => wide.test(character));
  if (eastern.length > 0 && wide.test(Array.from(trimmed)[0] ?? ""))
    return eastern.slice(-2).join("");
  const words = trimmed
    .split(/[\s._@|=·-]+/u)
    .filter((word) => letterOrDigit.test(word) && !wide.test(word));
  const firsts = words.map(
    (word) => Array.from(word).find((character) => letterOrDigit.test(character)) ?? "",
  );
  const [first = ""] = firsts;
  const last = firsts.length > 1 ? (firsts.at(-1) ?? "") : "";
  const both = (first + last).toLocaleUpperCase();
  return both === "" ? (Array.from(trimmed)[0] ?? "?") : both;
}
