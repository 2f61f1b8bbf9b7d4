/**
 * Folding makes texts that look alike equal: compatibility forms (full width, ligatures, circled letters), case, accents, invisible characters, digits and signs
 * that stand for letters, and separators between letters. It remembers where each folded character came from, and what stood before it, so that a match
 * can be judged and masked in the original text.
 */

/** What stood between a folded character and the one before it. */
export const gap = { none: 0, soft: 1, hard: 2 } as const;
export type Gap = (typeof gap)[keyof typeof gap];

/** By UTF-16 unit of `text`, as parallel arrays of at least that length. */
export interface Folded {
  /** Folded characters, with `l` and `i` as one, because `1` stands for both. */
  text: string;
  /** The character before signs were taken for letters: what a match is verified by. */
  readonly exact: Uint16Array;
  /** Where it came from in the original, end exclusive. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly gaps: Uint8Array;
  /** 1 for characters of scripts that put words apart by spaces: there a match must be a whole word. */
  readonly alphabetic: Uint8Array;
  /** A character occurs three times or more in a row. */
  runs: boolean;
}

/** Letters that a digit or sign may stand for. */
export const standsFor: { readonly [sign: string]: string } = {
  "0": "o",
  "1": "il",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

/** How one code point folds: to these characters, or to a gap, or to nothing at all. */
interface Entry {
  readonly characters: string;
  readonly gap: Gap;
  readonly alphabetic: boolean;
}

const nothing: Entry = { characters: "", gap: gap.none, alphabetic: false };
const softGap: Entry = { characters: "", gap: gap.soft, alphabetic: false };
const hardGap: Entry = { characters: "", gap: gap.hard, alphabetic: false };

/** Zero-width and directional characters, soft hyphen, variation selectors, tags, and accents that stand alone. */
const invisible =
  /^[\u00ad\u034f\u061c\u0300-\u036f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\u3164\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\u{e0000}-\u{e0fff}]$/u;
const accents = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/gu;
/** What ends a word or a sentence in honest text. */
const wordEnd = /^[\p{Z}\p{Cc},;:?!'"()[\]{}<>，。！？；：、…“”‘’「」『』（）《》〈〉【】]$/u;
const kept = /^[\p{L}\p{N}\p{M}]$/u;
/** Scripts written without spaces, and Hangul, which glues particles to words. */
const unspaced =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]$/u;

const asciiMax = 128;
/** Code points other than ASCII and common ideographs whose folding is remembered; past it all are forgotten. */
const rememberedMax = 20_000;
const sizeInitial = 256;

const isIdeograph = (point: number) => point >= 0x4e00 && point <= 0x9fff;

export class Folder {
  readonly #ascii: readonly Entry[];
  readonly #remembered = new Map<number, Entry>();
  #folded = emptyFolded(sizeInitial);

  constructor() {
    this.#ascii = Array.from({ length: asciiMax }, (_, point) => entryOf(point));
  }

  /** The answer is overwritten by the next call. */
  fold(text: string): Folded {
    let folded = this.#folded;
    folded.text = "";
    folded.runs = false;
    let pending: Gap = gap.none;
    for (let start = 0; start < text.length;) {
      const point = text.codePointAt(start) ?? 0;
      const end = start + (point > 0xffff ? 2 : 1);
      let entry = this.#entry(point);
      // An exclamation mark inside a word is a letter in disguise, at its end it is what it is.
      if (point === 0x21 && this.#insideWord(text, start)) entry = letterI;
      if (entry.characters === "") {
        if (entry.gap > pending) pending = entry.gap;
      } else {
        const length = folded.text.length + entry.characters.length;
        if (length > folded.exact.length) folded = this.#grow(length);
        append(folded, entry, point === 0x21 ? "!" : entry.characters, start, end, pending);
        pending = gap.none;
      }
      start = end;
    }
    return folded;
  }

  #entry(point: number): Entry {
    const ascii = this.#ascii[point];
    if (ascii !== undefined) return ascii;
    let entry = this.#remembered.get(point);
    if (entry !== undefined) return entry;
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    entry = entryOf(point);
    this.#remembered.set(point, entry);
    return entry;
  }

  #insideWord(text: string, at: number): boolean {
    const before = at === 0 ? nothing : this.#entry(text.charCodeAt(at - 1));
    const after = at + 1 >= text.length ? nothing : this.#entry(text.charCodeAt(at + 1));
    return before.alphabetic && after.alphabetic;
  }

  #grow(length: number): Folded {
    const old = this.#folded;
    const grown = emptyFolded(2 ** Math.ceil(Math.log2(length)));
    grown.text = old.text;
    grown.runs = old.runs;
    for (const key of ["exact", "starts", "ends", "gaps", "alphabetic"] as const) {
      grown[key].set(old[key]);
    }
    this.#folded = grown;
    return grown;
  }
}

export function emptyFolded(size: number): Folded {
  return {
    text: "",
    exact: new Uint16Array(size),
    starts: new Uint32Array(size),
    ends: new Uint32Array(size),
    gaps: new Uint8Array(size),
    alphabetic: new Uint8Array(size),
    runs: false,
  };
}

const letterI: Entry = { characters: "i", gap: gap.none, alphabetic: true };

function append(
  folded: Folded,
  entry: Entry,
  exact: string,
  start: number,
  end: number,
  before: Gap,
): void {
  for (let index = 0; index < exact.length; index += 1) {
    const at = folded.text.length + index;
    const unit = exact.charCodeAt(index);
    folded.exact[at] = unit;
    folded.starts[at] = start;
    folded.ends[at] = end;
    folded.gaps[at] = index === 0 ? before : gap.none;
    folded.alphabetic[at] = entry.alphabetic ? 1 : 0;
    if (at >= 2 && folded.exact[at - 1] === unit && folded.exact[at - 2] === unit) {
      folded.runs = true;
    }
  }
  folded.text += merged(entry.characters);
}

/** Signs taken for letters, and `l` for `i`; other characters stay. */
function merged(characters: string): string {
  if (characters.length === 1) return mergedUnit(characters);
  let all = "";
  for (let index = 0; index < characters.length; index += 1) {
    all += mergedUnit(characters.charAt(index));
  }
  return all;
}

function mergedUnit(unit: string): string {
  return unit === "l" ? "i" : (standsFor[unit]?.charAt(0) ?? unit);
}

function entryOf(point: number): Entry {
  const character = String.fromCodePoint(point);
  if (isIdeograph(point)) return { characters: character, gap: gap.none, alphabetic: false };
  if (invisible.test(character)) return nothing;
  const lower = character.normalize("NFKD").toLowerCase();
  const plain = lower.normalize("NFKD").replaceAll(accents, "").normalize("NFC");
  let characters = "";
  let alphabetic = true;
  for (const one of plain) {
    // `@` and `$` are letters in disguise; `!` only inside a word, which the folder sees.
    if (!kept.test(one) && one !== "@" && one !== "$") continue;
    characters += one;
    if (unspaced.test(one)) alphabetic = false;
  }
  if (characters !== "") return { characters, gap: gap.none, alphabetic };
  const parts = [character, ...plain.split("")];
  return parts.some((one) => wordEnd.test(one)) ? hardGap : softGap;
}
