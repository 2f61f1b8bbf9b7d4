/** Guesses of how high rows will be, so that the list has about the right length before they are drawn. */
import type { ChatMessage } from "../../model/index.ts";
import { emojiOnlyCount } from "../text/emoji-only.ts";
import type { Row } from "./rows.ts";

const dayPx = 48;
const unreadPx = 44;
const systemPx = 34;
const linePx = 21.75;
/** Padding of the bubble and of the row around its lines. */
const aroundPx = 16;
const groupGapPx = 6;
const namePx = 20;
const quotePx = 52;
const cardPx = 50;
const picturePx = 250;
/** Messages of one, two, three or more emoji, with the time below and without a bubble around. */
const emojiPx = [0, 66, 57, 48] as const;
const manyEmojiPx = 38;
/** What a bubble takes of the width at most, and how much of that are its paddings and the time. */
const bubbleShare = 0.85;
const bubblePxMax = 576;
const bubbleAroundPx = 24;
/** Average widths of characters of the text font. */
const latinPx = 7.4;
const widePx = 15;
const foldedLines = 19;

/** Lines that a text takes, cut where it is folded. */
function textLines(text: string, widthPx: number): number {
  let lines = 0;
  for (const paragraph of text.slice(0, 2_000).split("\n", foldedLines + 1)) {
    let px = 0;
    for (let index = 0; index < paragraph.length; index++) {
      px += paragraph.charCodeAt(index) >= 0x2e80 ? widePx : latinPx;
    }
    lines += Math.max(1, Math.ceil(px / widthPx));
  }
  return Math.min(lines, foldedLines);
}

function contentHeight(message: ChatMessage, widthPx: number): number {
  if (message.kind !== "text") return message.kind === "image" ? picturePx : cardPx;
  const emoji = message.replyTo === undefined ? emojiOnlyCount(message.text) : 0;
  if (emoji > 0) return emojiPx[emoji] ?? manyEmojiPx;
  return textLines(message.text, widthPx) * linePx;
}

/** Pixels that a row will take in a list of this width; `named`: senders of others are named. */
export function guessHeight(row: Row, widthPx: number, named: boolean): number {
  const { message, newDay, firstUnread, first } = row;
  const before = (newDay ? dayPx : 0) + (firstUnread ? unreadPx : 0);
  if (message.system !== undefined) return before + systemPx;
  const bubblePx = Math.max(80, Math.min(bubblePxMax, widthPx * bubbleShare) - bubbleAroundPx);
  const content = contentHeight(message, bubblePx);
  return Math.round(
    before +
      aroundPx +
      content +
      (first ? groupGapPx : 0) +
      (first && named && !message.mine ? namePx : 0) +
      (message.replyTo === undefined ? 0 : quotePx),
  );
}
