/**
 * Texts and formats in the visitor's language. English is in the first load, Chinese is fetched when it is wanted; the texts of parts that are fetched on
 * demand come with them (`loadTexts`). Keys and placeholders are types: a text that does not exist, or lacks a value, does not compile.
 */
import { create } from "zustand";
import { en } from "./en.ts";
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
const lookups: { en: Lookup; zh: Lookup | undefined } = {
  en: createLookup(en, "en"),
  zh: undefined,
};
/** Languages whose texts are here whole, and whether they are wanted whole. */
const whole = new Set<Language>();
let wholeWanted = false;

const sources: Readonly<Record<Language, () => Promise<TextTree>>> = {
  en: async () => ({ ...en, ...(await import("./late.en.ts")).lateEn }),
  async zh() {
    const { lateZh } = await import("./late.zh.ts");
    return { ...(await import("./zh.ts")).zh, ...lateZh };
  },
};

/** Fetches what is missing of a language. */
async function need(language: Language): Promise<void> {
  if (wholeWanted && !whole.has(language)) {
    lookups[language] = createLookup(await sources[language](), language);
    whole.add(language);
  } else if (language === "zh") lookups.zh ??= createLookup((await import("./zh.ts")).zh, "zh");
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

/** English stands in for a text that is missing: only a page between two versions lacks one. */
const translator =
  (language: Language): Translate =>
  (key, ...[values]) =>
    lookups[language]?.(key, values) ?? lookups.en(key, values) ?? key;

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

async function show(choice: LanguageChoice): Promise<void> {
  const language = choice === "system" ? pickLanguage(navigator.languages) : choice;
  await need(language);
  // More of it may have been asked for meanwhile.
  await need(language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  useLanguageStore.setState({ choice, language, t: translator(language) });
}

/** Begins with the visitor's language; resolves when its texts are there. Offline without them, the page is English. */
export async function startI18n(): Promise<void> {
  window.addEventListener("storage", ({ key }) => {
    if (key === storageKey || key === null) void show(readChoice());
  });
  try {
    await show(readChoice());
  } catch (error) {
    // Chinese could not be fetched: English is there, and the choice stays for the next visit.
    reportError(error);
  }
}

/** Changes the language and keeps the choice. Rejects if the texts cannot be fetched now. */
export async function setLanguage(choice: LanguageChoice): Promise<void> {
  await show(choice);
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
