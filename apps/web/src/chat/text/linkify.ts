/** Finds the addresses in what people write. What it returns is safe to put into `href`; all else stays text. */

/** A stretch of a message: plain text, or a link whose `href` begins with `http:`, `https:` or `mailto:`. */
export type TextSegment =
  | { type: "text"; text: string }
  | { type: "link"; text: string; href: string };

/** Longer addresses are left as text: browsers cut them, and nobody reads them. */
const addressLengthMax = 2_048;
const safeProtocols: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

/**
 * Characters of an address: those of RFC 3986, and letters of scripts that put spaces between words. Chinese and Japanese do not, so
 * an address ends where such text begins.
 */
const inAddress = String.raw`(?:[\w\-.~:/?#\[\]@!$&'()*+,;=%]|(?!\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Bopomofo})[\p{L}\p{M}\p{N}])`;
const candidates = new RegExp(
  [
    String.raw`\b(?:https?:\/\/|mailto:|www\.)${inAddress}+`,
    String.raw`(?<![\w.+%\-@/])[\w.+%\-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,253}[A-Za-z0-9])?`,
  ].join("|"),
  "giu",
);
/** Punctuation that ends the sentence, not the address. */
const trailing = ".,;:!?'*_~";
const pairs: Record<string, string> = { ")": "(", "]": "[" };

/** How often each bracket occurs. */
function countBrackets(text: string): Record<string, number> {
  const counts: Record<string, number> = { "(": 0, ")": 0, "[": 0, "]": 0 };
  for (const each of text) if (each in counts) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}

/** Cuts the punctuation of the sentence around an address off its end; a bracket stays if it was opened within. Linear: walls of brackets are sent, too. */
function trimAddress(text: string): string {
  const counts = countBrackets(text);
  let end = text.length;
  while (end > 0) {
    const last = text.charAt(end - 1);
    const opening = pairs[last];
    const closed = counts[last] ?? 0;
    const unbalanced = opening !== undefined && closed > (counts[opening] ?? 0);
    if (!trailing.includes(last) && !unbalanced) break;
    if (unbalanced) counts[last] = closed - 1;
    end -= 1;
  }
  return text.slice(0, end);
}

/**
 * The address that a link may lead to, or undefined. Addresses with a user name or password are refused: `https://bank.example@evil.example`
 * is written to be misread.
 */
function safeHref(candidate: string): string | undefined {
  if (candidate.length > addressLengthMax) return undefined;
  const hasScheme = /^(?:https?:\/\/|mailto:)/iu.test(candidate);
  const isMail = !hasScheme && candidate.includes("@") && !/^www\./iu.test(candidate);
  const address = hasScheme ? candidate : isMail ? `mailto:${candidate}` : `https://${candidate}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!safeProtocols.has(url.protocol)) return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  if (url.protocol === "mailto:") {
    return /^[^@?]+@[^@?]+\.[^@?.]+(?:\?|$)/u.test(url.pathname + url.search)
      ? url.href
      : undefined;
  }
  const named = url.hostname.includes(".") || url.hostname === "localhost" || hasScheme;
  return named && url.hostname !== "" ? url.href : undefined;
}

/** Splits a text at the addresses in it. Joined together, the segments' texts are the text. Linear in its length. */
export function linkify(text: string): TextSegment[] {
  const segments: TextSegment[] = [];
  let from = 0;
  for (const match of text.matchAll(candidates)) {
    const address = trimAddress(match[0]);
    const href = safeHref(address);
    if (href === undefined) continue;
    if (match.index > from) segments.push({ type: "text", text: text.slice(from, match.index) });
    segments.push({ type: "link", text: address, href });
    from = match.index + address.length;
  }
  if (from < text.length) segments.push({ type: "text", text: text.slice(from) });
  return segments;
}
