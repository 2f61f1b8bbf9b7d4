/** What stands in the list of messages: each message, and what is drawn around it because of its neighbours. */
import type { ChatMessage } from "../../model/index.ts";
import type { DayOf } from "../time/days.ts";

/** A message and its surroundings. Everything but the message is plain, so that a row whose surroundings are the same is not drawn again. */
export interface Row {
  readonly key: string;
  readonly message: ChatMessage;
  /** A day begins here. */
  readonly newDay: boolean;
  /** The first message that was unread when the conversation was opened. */
  readonly firstUnread: boolean;
  /** The first or last of a run of messages by one sender. */
  readonly first: boolean;
  readonly last: boolean;
}

/** Messages of one sender belong together if no more than this lies between one and the next. */
const groupGapMsMax = 5 * 60_000;

function belongTogether(before: ChatMessage, after: ChatMessage): boolean {
  return (
    before.sender === after.sender &&
    before.system === undefined &&
    after.system === undefined &&
    after.time - before.time <= groupGapMsMax
  );
}

/** The index of the message that the unread line stands above; -1 if there is none. The line is for what others said. */
function firstUnreadIndex(items: readonly ChatMessage[], seq: number | undefined): number {
  if (seq === undefined) return -1;
  return items.findIndex((item) => item.seq !== undefined && item.seq >= seq && !item.mine);
}

/** The rows of a window of messages, which are ascending. */
export function buildRows(
  items: readonly ChatMessage[],
  options: { dayOf: DayOf; firstUnreadSeq: number | undefined },
): Row[] {
  const { dayOf, firstUnreadSeq } = options;
  const unreadAt = firstUnreadIndex(items, firstUnreadSeq);
  const rows: Row[] = [];
  let day = "";
  for (const [index, message] of items.entries()) {
    const before = items[index - 1];
    const after = items[index + 1];
    const ownDay = dayOf(message.time);
    const newDay = ownDay !== day;
    const firstUnread = index === unreadAt;
    day = ownDay;
    rows.push({
      key: message.key,
      message,
      newDay,
      firstUnread,
      first: newDay || firstUnread || before === undefined || !belongTogether(before, message),
      last:
        after === undefined ||
        index + 1 === unreadAt ||
        dayOf(after.time) !== ownDay ||
        !belongTogether(message, after),
    });
  }
  return rows;
}

/** The index of the row with this seq, or of the first one after it; -1 if all are before it. */
export function indexOfSeq(rows: readonly Row[], seq: number): number {
  return rows.findIndex(({ message }) => message.seq !== undefined && message.seq >= seq);
}
