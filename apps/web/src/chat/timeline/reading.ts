/** What of a conversation has been on the screen. */

/** A row within the scrolled content, in pixels, and its message's number; none while it waits to be sent. */
export interface SeenBox {
  readonly seq: number | undefined;
  readonly start: number;
  readonly size: number;
}

/** This much of a message must be on the screen to count as seen, or all of it if it is smaller. */
const seenPxMin = 48;
/** Rounding. */
const slackPx = 2;

/** The highest number among the messages that are on the screen between `top` and `bottom`; undefined if none is. */
export function newestSeen(
  boxes: readonly SeenBox[],
  top: number,
  bottom: number,
): number | undefined {
  let newest: number | undefined;
  for (const { seq, start, size } of boxes) {
    const shown = Math.min(start + size, bottom) - Math.max(start, top);
    if (seq === undefined || shown + slackPx < Math.min(size, seenPxMin)) continue;
    newest = Math.max(newest ?? 0, seq);
  }
  return newest;
}
