/** The texts that the page shows, by key, so that tests find things by what a reader sees and follow when a text changes. */
import { en } from "../../src/i18n/en.ts";
import { lateEn, type English } from "../../src/i18n/late.en.ts";
import { lateZh } from "../../src/i18n/late.zh.ts";
import { zh } from "../../src/i18n/zh.ts";

export type Language = "en" | "zh";
export const words: Readonly<Record<Language, English>> = {
  en: { ...en, ...lateEn },
  zh: { ...zh, ...lateZh } as never,
};

/** Fills `{{name}}` places. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ""));
}
