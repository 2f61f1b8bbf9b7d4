/** Without case, accents and full-width forms: `Zoë`, `ZOE` and `Ｚｏｅ` are the same. */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
