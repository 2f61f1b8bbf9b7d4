/** Where reading begins when a conversation is opened. */
import type { ChatMessage, JumpTarget, TimelineView } from "../../model/index.ts";
import type { Place } from "./places.ts";

export type Start =
  | { readonly type: "end" }
  | { readonly type: "unread"; readonly seq: number }
  | { readonly type: "place"; readonly place: Place };

export interface StartFacts {
  readonly items: readonly ChatMessage[];
  readonly loading: TimelineView["loading"];
  /** Where the reader left, unless at the newest message. */
  readonly place: Place | undefined;
  /** The first message that was unread when the conversation was opened. */
  readonly unreadSeq: number | undefined;
  /** What was missing has been asked for; now it is there, or it will not come. */
  readonly asked: boolean;
}

const hasFrom = (items: readonly ChatMessage[], seq: number) => {
  const first = items.find((item) => item.seq !== undefined)?.seq;
  const last = items.findLast((item) => item.seq !== undefined)?.seq;
  return first !== undefined && last !== undefined && first <= seq && seq <= last;
};

/**
 * Where the reader left, else at the first unread message, else at the newest. `load` names what has to be loaded first; undefined
 * means to wait for what is being loaded.
 */
export function chooseStart(
  facts: StartFacts,
): Start | { readonly type: "load"; readonly target: JumpTarget } | undefined {
  const { items, loading, place, unreadSeq, asked } = facts;
  if (items.length === 0) return undefined;
  const waits = loading === "jump" && !asked;
  if (place !== undefined) {
    if (items.some(({ key }) => key === place.key)) return { type: "place", place };
    if (waits) return undefined;
    if (place.seq !== undefined && !asked) return { type: "load", target: { seq: place.seq } };
  }
  if (unreadSeq === undefined) return { type: "end" };
  if (hasFrom(items, unreadSeq)) return { type: "unread", seq: unreadSeq };
  if (waits) return undefined;
  return asked ? { type: "end" } : { type: "load", target: "unread" };
}

/** Whether these messages are those that the start was chosen for: what is drawn may be some milliseconds older than what is known. */
export function fitsStart(start: Start, items: readonly ChatMessage[]): boolean {
  if (start.type === "unread") return hasFrom(items, start.seq);
  return start.type === "end" || items.some(({ key }) => key === start.place.key);
}

/** The index of the first message from a number on that somebody else wrote; -1 if there is none. */
export function firstOfOthers(items: readonly ChatMessage[], seq: number): number {
  return items.findIndex((item) => item.seq !== undefined && item.seq >= seq && !item.mine);
}
