/** The texts that the page shows, by key, so that tests find things by what a reader sees and follow when a text changes. */
import { en } from "../../src/i18n/en.ts";
import { zh } from "../../src/i18n/zh.ts";

export type Language = "en" | "zh";
export const words: Readonly<Record<Language, typeof en>> = { en, zh: zh as never };

/** Fills `{{name}}` places. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ""));
}
