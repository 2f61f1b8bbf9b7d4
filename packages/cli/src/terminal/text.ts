/** Text from other people on its way to a terminal: harmless, and as wide as the terminal thinks it is. */
import { stripVTControlCharacters } from "node:util";
import stringWidth from "fast-string-width";
import { wrapAnsi } from "fast-wrap-ansi";

/**
 * Everything by which a text could do more than show characters: C0 and C1 controls (a lone ESC or CSI starts a command to the terminal),
 * the bidirectional overrides and isolates that can make a line read as another ("Trojan Source", CVE-2021-42574), line and paragraph
 * separators, and the tag and filler characters that hide text.
 */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
/** More combining marks on one letter than any language writes; a stack of them paints over other lines. */
const stackedMarks = /(\p{M}{4})\p{M}+/gu;

/** One harmless line: escape sequences and controls are gone, a line end becomes a space. Emoji and their joiners stay. */
export function oneLine(text: string): string {
  return harmless(text.replace(/\r\n|[\r\n\t\u0085\u2028\u2029]/g, " "));
}

/** Harmless lines: as `oneLine`, but line ends are kept. */
export function manyLines(text: string): string[] {
  return text
    .split(/\r\n|[\r\n\u0085\u2028\u2029]/)
    .map((line) => harmless(line.replaceAll("\t", "    ")));
}

function harmless(text: string): string {
  return stripVTControlCharacters(text).replace(unsafe, "").replace(stackedMarks, "$1");
}

/** Columns that a text takes on a terminal; colours count nothing, wide characters two. */
export function width(text: string): number {
  return stringWidth(text);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What a reader calls characters: `👨‍👩‍👧` is one. */
export function characters(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** The text cut to at most `columns`, with `…` where it was cut. For text without colours. */
export function fit(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns < 1) return "";
  let used = 0;
  let kept = "";
  for (const character of characters(text)) {
    used += width(character);
    if (used > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The text filled up with spaces to `columns`. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - width(text)));
}

/** The text as lines of at most `columns`, broken at spaces (which go) where there are any. Colours go on over the breaks. */
export function wrap(text: string, columns: number): string[] {
  const rows = wrapAnsi(text, Math.max(1, columns), { hard: true, trim: false }).split("\n");
  return rows.map((row, index) => (index > 0 && row.startsWith(" ") ? row.slice(1) : row));
}
