export type Language = "en" | "zh";

/** A text in both languages. */
export interface Both {
  readonly en: string;
  readonly zh: string;
}

const han = /\p{Script=Han}/u;
const latin = /\p{Script=Latin}{2,}/u;

/** The language that somebody wrote in; undefined if the text does not say, such as a lone emoji. */
export function languageOf(text: string): Language | undefined {
  if (han.test(text)) return "zh";
  return latin.test(text) ? "en" : undefined;
}

/** One after the other, for readers of whom nothing is known yet. */
export const both = ({ en, zh }: Both): string => `${en}\n${zh}`;
