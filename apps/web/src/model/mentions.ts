/** Mentions in a text: by `@` (or the full-width `＠`) and id, or everyone. */

/** An id, not within a word or an address; a full stop at its end ends the sentence. */
const byId = /(?<![\w@＠.])[@＠]([A-Za-z0-9](?:[A-Za-z0-9._@|=-]{0,62}[A-Za-z0-9_|=-])?)/gu;
/** How everyone is called, by language; for all readers, whatever theirs is. */
export const everyoneWords = { en: "all", zh: "所有人" } as const;
const everyone = /(?<![\w@＠.])[@＠](?:all(?![\w.@|=-]*[\w|=-])|所有人)/giu;
/** As many as the protocol allows. */
const mentionsMax = 50;

export interface MentionRules {
  /** Whether this is a user who may be meant. */
  known(user: string): boolean;
  /** Whether the writer may mention everyone. */
  readonly mayAll: boolean;
}

/** Whom a text mentions: ids, and `*` for everyone. */
export function mentionsIn(text: string, { known, mayAll }: MentionRules): string[] {
  const users = [...text.matchAll(byId)].map(([, user = ""]) => user).filter(known);
  const all = mayAll && !known(everyoneWords.en) && text.search(everyone) >= 0 ? ["*"] : [];
  return [...new Set([...all, ...users])].slice(0, mentionsMax);
}

/** A stretch of a message, and the user whom it mentions, or `*`. */
export interface MentionSegment {
  readonly text: string;
  readonly user?: string;
}

/** Splits a text at those of its mentions that the message really makes. Joined together, the texts are the text. */
export function splitMentions(text: string, mentions: readonly string[]): MentionSegment[] {
  const meant = new Set(mentions);
  const found = [
    ...[...text.matchAll(byId)].flatMap(({ 0: { length }, 1: user = "", index }) =>
      meant.has(user) ? [{ index, length, user }] : [],
    ),
    ...[...(meant.has("*") ? text.matchAll(everyone) : [])].flatMap(({ 0: { length }, index }) =>
      meant.has(text.slice(index + 1, index + length)) ? [] : [{ index, length, user: "*" }],
    ),
  ].sort((a, b) => a.index - b.index);
  const segments: MentionSegment[] = [];
  let from = 0;
  for (const { index, length, user } of found) {
    if (index > from) segments.push({ text: text.slice(from, index) });
    segments.push({ text: text.slice(index, index + length), user });
    from = index + length;
  }
  if (from < text.length) segments.push({ text: text.slice(from) });
  return segments;
}
