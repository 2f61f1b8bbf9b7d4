export type Language = "en" | "zh";
const supported: readonly Language[] = ["en", "zh"];

/** `lang` of the address if it names one of ours, else the best of Accept-Language (RFC 9110 section 12.5.4), else English. */
export function pickLanguage(
  asked: string | undefined,
  acceptLanguage: string | undefined,
): Language {
  const named = supported.find((language) => language === asked);
  if (named !== undefined) return named;
  const ranges = (acceptLanguage ?? "")
    .slice(0, 200)
    .split(",")
    .map((range) => {
      const [tag = "", ...parameters] = range.trim().toLowerCase().split(";");
      const q = parameters
        .map((text) => /^\s*q=([\d.]+)$/.exec(text)?.[1])
        .find((value) => value !== undefined);
      return {
        language: supported.find((ours) => ours === tag.split("-", 1)[0]),
        q: q === undefined ? 1 : Number(q),
      };
    });
  const best = ranges
    .filter(({ language, q }) => language !== undefined && q > 0)
    .toSorted((a, b) => b.q - a.q)[0];
  return best?.language ?? "en";
}
