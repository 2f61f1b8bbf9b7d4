import AhoCorasick from "modern-ahocorasick";
import { emptyFolded, Folder, gap, standsFor, type Folded } from "./fold.ts";

/** A place in the original text, end exclusive, and how many characters were matched there. */
export interface Hit {
  readonly start: number;
  readonly end: number;
  readonly length: number;
}

/** A word of the list, folded. */
interface Word {
  readonly exact: Uint16Array;
  /** 1 where the word itself has a gap ("two words"): there the text may have one or not. */
  readonly gaps: Uint8Array;
  /** Whether it may begin or end inside a longer word. */
  readonly openStart: boolean;
  readonly openEnd: boolean;
}

/**
 * Finds unwanted words in texts (Aho and Corasick, 1975, over folded text). The automaton proposes; a proposal counts if it reads as the word: whole, where the script has
 * spaces, its letters apart in one way, and not made of digits only.
 */
export class WordFilter {
  readonly #folder = new Folder();
  readonly #automaton: AhoCorasick<Word[]>;
  #collapsed = emptyFolded(0);

  /**
   * `words` as in the list: `*` at the beginning or end lets a word begin or end inside another one. Throws RangeError for a word in which folding leaves nothing.
   */
  constructor(words: readonly string[]) {
    const byText = new Map<string, Word[]>();
    for (const word of words) {
      const { text, entry } = this.#compile(word);
      const same = byText.get(text);
      if (same === undefined) byText.set(text, [entry]);
      else same.push(entry);
    }
    this.#automaton = new AhoCorasick([...byText].map(([pattern, data]) => ({ pattern, data })));
  }

  /** Hits in order of their start, then of their end; they may overlap, and none comes twice. */
  search(text: string): readonly Hit[] {
    const folded = this.#folder.fold(text);
    const hits: Hit[] = [];
    this.#collect(folded, hits);
    if (folded.runs) {
      // "fuuuck" means "fuck", "asssss" means "ass": runs of three or more count as one and as two.
      for (const length of [1, 2]) this.#collect(this.#collapse(folded, length), hits);
    }
    return hits.length > 1 ? distinct(hits) : hits;
  }

  #collect(folded: Folded, hits: Hit[]): void {
    for (const { start, end, data } of this.#automaton.search(folded.text)) {
      if (data?.some((word) => reads(folded, word, start, end)) !== true) continue;
      hits.push({
        start: folded.starts[start] ?? 0,
        end: folded.ends[end - 1] ?? 0,
        length: end - start,
      });
    }
  }

  #compile(word: string): { readonly text: string; readonly entry: Word } {
    const openStart = word.startsWith("*");
    const openEnd = word.length > 1 && word.endsWith("*");
    const folded = this.#folder.fold(word.slice(openStart ? 1 : 0, openEnd ? -1 : undefined));
    const { length } = folded.text;
    if (length === 0) throw new RangeError(`Nothing is left of the word "${word}" to look for.`);
    const entry = {
      exact: folded.exact.slice(0, length),
      gaps: folded.gaps.slice(0, length),
      openStart,
      openEnd,
    };
    return { text: folded.text, entry };
  }

  /** The folded text with runs of three or more of a character cut to `length`; what is left of a run stands for all of it. */
  #collapse(folded: Folded, length: number): Folded {
    const size = folded.text.length;
    if (size > this.#collapsed.exact.length) this.#collapsed = emptyFolded(size);
    const collapsed = this.#collapsed;
    collapsed.text = "";
    for (let from = 0; from < size;) {
      let to = from + 1;
      while (to < size && folded.exact[to] === folded.exact[from]) to += 1;
      const kept = to - from >= 3 ? length : to - from;
      for (let index = 0; index < kept; index += 1) {
        copyUnit(folded, from + index, collapsed);
        if (index === kept - 1)
          collapsed.ends[collapsed.text.length - 1] = folded.ends[to - 1] ?? 0;
      }
      from = to;
    }
    return collapsed;
  }
}

function distinct(hits: Hit[]): Hit[] {
  hits.sort((a, b) => a.start - b.start || a.end - b.end);
  return hits.filter(
    (hit, at) => hit.start !== hits[at - 1]?.start || hit.end !== hits[at - 1]?.end,
  );
}

function copyUnit(from: Folded, at: number, to: Folded): void {
  const end = to.text.length;
  for (const key of ["exact", "starts", "ends", "gaps", "alphabetic"] as const) {
    to[key][end] = from[key][at] ?? 0;
  }
  to.text += from.text.charAt(at);
}

const exclamation = 0x21;
const dollar = 0x24;
const atSign = 0x40;

/** Whether the folded text from `start` to `end` is the word to a reader. */
function reads(folded: Folded, word: Word, start: number, end: number): boolean {
  if (!word.openStart && joined(folded, start, start - 1)) return false;
  if (!word.openEnd && joined(folded, end, end)) return false;
  return lettersRead(folded, word, start, end) && gapsRead(folded, word, start, end);
}

/** Whether the characters on both sides of this place belong to one word. A sign that may be a letter is not taken for one `outside` the match. */
function joined(folded: Folded, at: number, outside: number): boolean {
  if (at === 0 || at === folded.text.length || folded.gaps[at] !== gap.none) return false;
  if (folded.alphabetic[at - 1] !== 1 || folded.alphabetic[at] !== 1) return false;
  const beyond = folded.exact[outside];
  return beyond !== atSign && beyond !== dollar && beyond !== exclamation;
}

/** Digits and signs may stand for letters, but a third of the letters must be there: "455" is a number. */
function lettersRead(folded: Folded, word: Word, start: number, end: number): boolean {
  let substituted = 0;
  for (let at = start; at < end; at += 1) {
    const unit = folded.exact[at] ?? 0;
    const wanted = word.exact[at - start] ?? 0;
    if (unit === wanted) continue;
    const letters = standsFor[String.fromCharCode(unit)];
    if (letters?.includes(String.fromCharCode(wanted)) !== true) return false;
    substituted += 1;
  }
  const length = end - start;
  return length - substituted >= Math.ceil(length / 3);
}

/**
 * Signs between letters ("f-u.ck") hide a word. Spaces and punctuation that ends words do so only if they stand between all letters ("f u c k"): otherwise "it's hit"
 * would not pass. Between ideographs a space is as unusual as a sign.
 */
function gapsRead(folded: Folded, word: Word, start: number, end: number): boolean {
  let hard = false;
  let tight = false;
  for (let at = start + 1; at < end; at += 1) {
    if (word.gaps[at - start] !== gap.none) continue;
    const between = folded.gaps[at];
    if (between === gap.none) tight = true;
    else if (
      between === gap.hard &&
      (folded.alphabetic[at] === 1 || folded.alphabetic[at - 1] === 1)
    ) {
      hard = true;
    }
  }
  return !hard || (!tight && end - start > 2);
}
