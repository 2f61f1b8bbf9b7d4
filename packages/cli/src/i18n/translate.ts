import { en, type MessageKey } from "./en.ts";
import { zh } from "./zh.ts";

export type Language = "en" | "zh";
/** The text of a key with its `{name}` places filled. */
export type Translate = (
  key: MessageKey,
  values?: Readonly<Record<string, string | number>>,
) => string;

/** What `--lang` says, else the first of GODWIT_LANG, LC_ALL, LC_MESSAGES and LANG that is set (POSIX locale order). */
export function chooseLanguage(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Language {
  const named = [flag, env["GODWIT_LANG"], env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]].find(
    (value) => value !== undefined && value !== "",
  );
  return named?.toLowerCase().startsWith("zh") === true ? "zh" : "en";
}

export function translator(language: Language): Translate {
  const table = language === "zh" ? zh : en;
  return (key, values = {}) =>
    table[key].replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** A heading of the help in the language of the rest; commander has them in English only. */
export function helpTitle(t: Translate, title: string): string {
  const key = `title.${title.replace(/:$/, "").toLowerCase()}`;
  return key in en ? t(key as MessageKey) : title;
}

/** Narrows a key that was put together from parts. */
export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}
