/**
 * Texts and formats in the visitor's language, the only one that is fetched; the texts of parts that are fetched on demand come with them (`loadTexts`).
 * Keys and placeholders are types: a text that does not exist, or lacks a value, does not compile.
 */
import { create } from "zustand";
import type { English } from "./late.en.ts";
import { createLookup, type Lookup } from "./lookup.ts";
import { isLanguage, type Language, pickLanguage } from "./pick.ts";
import type { KeyOf, PlaceholderOf, TextAt, TextTree } from "./types.ts";

export type { Language } from "./pick.ts";
export type LanguageChoice = Language | "system";
export type TextKey = KeyOf<English>;
type Values<K extends TextKey> = PlaceholderOf<TextAt<English, K>>;

/** The text of a key. `count` chooses the plural; `{{name}}` is filled in from the values. */
export type Translate = <K extends TextKey>(
  key: K,
  ...values: [Values<K>] extends [never] ? [] : [{ readonly [V in Values<K>]: string | number }]
) => string;

const storageKey = "godwit.language";

/** What is here of each language. */
const lookups: Record<Language, Lookup | undefined> = { en: undefined, zh: undefined };
/** Languages whose texts are here whole, and whether they are wanted whole. */
const whole = new Set<Language>();
let wholeWanted = false;

/** What is drawn at first, and what is drawn later. */
const sources: Readonly<Record<Language, Readonly<Record<"first" | "late", Source>>>> = {
  en: {
    first: async () => (await import("./en.ts")).en,
    late: async () => (await import("./late.en.ts")).lateEn,
  },
  zh: {
    first: async () => (await import("./zh.ts")).zh,
    late: async () => (await import("./late.zh.ts")).lateZh,
  },
};
type Source = () => Promise<TextTree>;

/** Fetches what is missing of a language. */
async function need(language: Language): Promise<void> {
  if (whole.has(language)) return;
  const { first, late } = sources[language];
  if (wholeWanted) {
    const [early, later] = await Promise.all([first(), late()]);
    lookups[language] = createLookup({ ...early, ...later }, language);
    whole.add(language);
  } else if (!lookups[language]) {
    const early = await first();
    // More of it may have come meanwhile.
    lookups[language] ??= createLookup(early, language);
  }
}

/** Fetches the texts of the parts that are fetched on demand; they are there when it resolves, and in every language from then on. */
export async function loadTexts(): Promise<void> {
  wholeWanted = true;
  await need(useLanguageStore.getState().language);
}

interface LanguageState {
  readonly choice: LanguageChoice;
  readonly language: Language;
  /** Another function in another language, so that what depends on it is drawn anew. */
  readonly t: Translate;
}

const translator =
  (language: Language): Translate =>
  (key, ...[values]) =>
    lookups[language]?.(key, values) ?? key;

const useLanguageStore = create<LanguageState>()(() => ({
  choice: "system",
  language: "en",
  t: translator("en"),
}));

function readChoice(): LanguageChoice {
  if (typeof localStorage === "undefined") return "system";
  const kept = localStorage.getItem(storageKey);
  return isLanguage(kept) ? kept : "system";
}

/** Counts choices: texts that come after another one was made are not shown. */
let choices = 0;

/** Whether the choice is the last that was made by the time that it is shown. */
async function show(choice: LanguageChoice, language: Language = languageOf(choice)) {
  const turn = ++choices;
  await need(language);
  // More of it may have been asked for meanwhile.
  await need(language);
  if (turn !== choices) return false;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  useLanguageStore.setState({ choice, language, t: translator(language) });
  return true;
}

function languageOf(choice: LanguageChoice): Language {
  return choice === "system" ? pickLanguage(navigator.languages) : choice;
}

const retryMs = 3_000;

/**
 * Begins with the visitor's language; resolves when its texts are there. If they cannot be fetched the page speaks the other language, and the choice stays
 * for the next visit; without texts in either there is nothing to show, so they are asked for until they come.
 */
export async function startI18n(): Promise<void> {
  window.addEventListener("storage", ({ key }) => {
    if (key === storageKey || key === null) show(readChoice()).catch(reportError);
  });
  // What is fetched meanwhile takes its texts in this language, too.
  useLanguageStore.setState({ language: languageOf(readChoice()) });
  for (;;) {
    const choice = readChoice();
    const wanted = languageOf(choice);
    for (const language of [wanted, wanted === "en" ? "zh" : "en"] as const) {
      try {
        await show(choice, language);
        return;
      } catch (error) {
        reportError(error);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** Changes the language and keeps the choice, unless another one is made meanwhile. Rejects if the texts cannot be fetched now. */
export async function setLanguage(choice: LanguageChoice): Promise<void> {
  if (!(await show(choice))) return;
  if (choice === "system") localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, choice);
}

/** The text function of the shown language. */
export function useT(): Translate {
  return useLanguageStore((state) => state.t);
}

/** The text function for code that is not a component; do not keep it. */
export const t: Translate = (key, ...values) => useLanguageStore.getState().t(key, ...values);

export function useLanguage(): Language {
  return useLanguageStore((state) => state.language);
}

export function useLanguageChoice(): LanguageChoice {
  return useLanguageStore((state) => state.choice);
}
