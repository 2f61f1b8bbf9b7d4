/** Finds the mention that is being written: `@` or the full-width `＠`, and what follows it up to the caret. */

export interface AskedMention {
  /** Where its `@` is. */
  readonly from: number;
  /** What was typed after it; empty at first. */
  readonly query: string;
}

/** No id is longer, and no name that somebody types to find. */
const queryLengthMax = 64;
/** Not within a word or an address; scripts without spaces between words may go before it. */
const asked = /(?:^|[^\w@＠.])[@＠]([^\s@＠]*)$/u;

/** The mention at the caret; undefined where none is begun. */
export function askedMention(text: string, caret: number): AskedMention | undefined {
  const before = text.slice(Math.max(0, caret - queryLengthMax - 2), caret);
  const query = asked.exec(before)?.[1];
  if (query === undefined || query.length > queryLengthMax) return undefined;
  return { from: caret - query.length - 1, query };
}

/** The text with the chosen word in place of what was typed, and where the caret is then: behind the space that ends it. */
export function withMention(
  text: string,
  { from, query }: AskedMention,
  word: string,
): { readonly text: string; readonly caret: number } {
  const rest = text.slice(from + 1 + query.length);
  const said = `${text.slice(0, from)}@${word} `;
  return { text: said + rest.replace(/^ /, ""), caret: said.length };
}
