/** Long messages are shown in part, so that one pasted log does not push a conversation out of sight. */

/** What a folded message shows at most. */
export const foldedLinesMax = 18;
export const foldedCharactersMax = 1_400;
/** A message only a little longer is shown whole: a button that reveals two lines is worse than the two lines. */
const slack = 1.3;

/** The part of a long text to show while it is folded, or undefined if it is short enough to be shown whole. */
export function foldText(text: string): string | undefined {
  let lines = 1;
  let end = Math.min(text.length, foldedCharactersMax);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    lines += 1;
    if (lines === foldedLinesMax + 1) end = Math.min(end, at);
    if (lines > foldedLinesMax * slack) break;
  }
  if (text.length <= foldedCharactersMax * slack && lines <= foldedLinesMax * slack) {
    return undefined;
  }
  return trimSurrogate(text.slice(0, end)).trimEnd();
}

/** A cut between the two halves of a character outside the basic plane would show as a replacement sign. */
function trimSurrogate(text: string): string {
  return /[\uD800-\uDBFF]$/u.test(text) ? text.slice(0, -1) : text;
}
