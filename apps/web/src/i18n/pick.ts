/** Languages that the interface speaks. */
export type Language = "en" | "zh";

export function isLanguage(value: unknown): value is Language {
  return value === "en" || value === "zh";
}

/** The first of the browser's languages that the interface speaks; English if it speaks none. */
export function pickLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const [base] = tag.toLowerCase().split("-");
    if (isLanguage(base)) return base;
  }
  return "en";
}

/**
 * The locale for dates and numbers: the browser's own variant of the language (British dates for a British visitor), or the plain one.
 */
export function localeOf(language: Language, wanted: readonly string[]): string {
  const variant = wanted.find((tag) => tag.toLowerCase().split("-")[0] === language);
  return variant ?? (language === "zh" ? "zh-CN" : "en");
}
