/** How much of the protocol's room for one message a text takes. */

/** Bytes of a message's content as JSON in UTF-8 that the protocol allows (`contentBytesMax`). A server may allow less; it then refuses the message. */
export const contentBytesMax = 65_536;
/** Below this length no text can come near the bound: JSON writes at most 6 bytes for a UTF-16 code unit. */
const certainLength = 10_000;
/** The room left is shown from here on. */
const shownFrom = 0.9;

/** Bytes left, if the bound is near or passed; undefined while it is far. Negative: too long to be sent. */
export function bytesLeft(text: string): number | undefined {
  if (text.length <= certainLength) return undefined;
  const bytes = new TextEncoder().encode(JSON.stringify({ text })).length;
  return bytes < contentBytesMax * shownFrom ? undefined : contentBytesMax - bytes;
}
