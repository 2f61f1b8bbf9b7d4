import {
  defaultRangeExtractor,
  type Range,
  useVirtualizer,
  type Virtualizer,
} from "@tanstack/react-virtual";
import { type RefObject, useCallback, useLayoutEffect, useRef } from "react";
import { guessHeight } from "./heights.ts";
import { scrollTopFor } from "./places.ts";
import { indexOfSeq, type Row } from "./rows.ts";
import type { Start } from "./start.ts";

/** Room above the first message, for what is said while earlier ones are loaded. Always there, so that nothing moves. */
export const headPx = 56;
/** Room below the last message, for who is typing. */
export const tailPx = 34;
/** So near the end, the list follows it. */
const endPx = 72;
/** What is shown above a message that was jumped to. */
const leadPx = 72;
/** Heights of rows that left the window are forgotten beyond this many. */
const keptHeightsMax = 4_000;

export interface VirtualizerOptions {
  readonly rows: readonly Row[];
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly start: Start;
  /** The window reaches the newest message, so what is added is news; otherwise it is only loaded. */
  readonly atNewest: boolean;
  /** Senders of others are named. */
  readonly named: boolean;
  /** A row that is drawn wherever the list is: the one that has the focus. */
  readonly activeIndex: number;
  /** A row that is being unfolded. */
  readonly settling: string | undefined;
}

export type MessageVirtualizer = ReturnType<typeof useMessageVirtualizer>;

function withActive(range: Range, active: number): number[] {
  const indexes = defaultRangeExtractor(range);
  const [first = 0] = indexes;
  const last = indexes.at(-1) ?? -1;
  if (active < 0 || active >= range.count || (active >= first && active <= last)) return indexes;
  return active < first ? [active, ...indexes] : [...indexes, active];
}

/** Where the list begins, before it is there to be measured. */
function startOffset(options: VirtualizerOptions, heightOf: (index: number) => number): number {
  const { rows, start } = options;
  const sum = (count: number) => {
    let px = headPx;
    for (let index = 0; index < count; index++) px += heightOf(index);
    return px;
  };
  if (start.type === "place") {
    const keys = rows.map(({ key }) => key);
    const top = scrollTopFor(start.place, keys, heightOf, headPx);
    if (top !== undefined) return top;
  }
  if (start.type === "unread") {
    const at = indexOfSeq(rows, start.seq);
    if (at !== -1) return Math.max(0, sum(at) - leadPx);
  }
  return Math.max(0, sum(rows.length) + tailPx - window.innerHeight);
}

/**
 * The key of the row that was first before earlier ones were put above it: its day and its name move to them, so it shrinks at its top. The
 * list notices that only of rows whose height it wrote down, and it does not where its guess was right.
 */
function useFormerFirst(
  rows: readonly Row[],
  virtualizer: RefObject<Virtualizer<HTMLDivElement, HTMLDivElement> | undefined>,
): RefObject<string | undefined> {
  const former = useRef<string>(undefined);
  const first = useRef(rows[0]?.key);
  useLayoutEffect(() => {
    const key = rows[0]?.key;
    if (key !== first.current) former.current = first.current;
    first.current = key;
    const { itemSizeCache, options } = virtualizer.current ?? {};
    if (key === undefined || options === undefined || itemSizeCache?.has(key) === true) return;
    itemSizeCache?.set(key, options.estimateSize(0));
  }, [rows, virtualizer]);
  return former;
}

/** The virtual list: it keeps what is read in place while messages come above and below, and follows the end only for who is there. */
export function useMessageVirtualizer(options: VirtualizerOptions) {
  const { rows, scroller, start, atNewest, named, activeIndex, settling } = options;
  const known = start.type === "place" ? start.place.heights : undefined;
  const widthPx = useRef(0);
  if (widthPx.current === 0) widthPx.current = Math.min(window.innerWidth, 832);
  const estimateSize = useCallback(
    (index: number) => {
      const row = rows[index];
      if (row === undefined) return 0;
      return known?.get(row.key) ?? guessHeight(row, widthPx.current, named);
    },
    [rows, known, named],
  );
  const getItemKey = useCallback((index: number) => rows[index]?.key ?? index, [rows]);
  const wasAtNewest = useRef(atNewest);
  const self = useRef<Virtualizer<HTMLDivElement, HTMLDivElement>>(undefined);
  const formerFirst = useFormerFirst(rows, self);
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize,
    getItemKey,
    overscan: 10,
    paddingStart: headPx,
    paddingEnd: tailPx,
    scrollPaddingStart: leadPx,
    scrollPaddingEnd: tailPx,
    anchorTo: settling === undefined ? "end" : "start",
    followOnAppend: atNewest && wasAtNewest.current,
    scrollEndThreshold: endPx,
    initialOffset: () => startOffset(options, estimateSize),
    initialRect: { width: widthPx.current, height: window.innerHeight },
    rangeExtractor: (range) => withActive(range, activeIndex),
    directDomUpdates: true,
    directDomUpdatesMode: "position",
  });
  self.current = virtualizer;
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _delta, { scrollOffset }) =>
    item.key !== settling && (item.start < (scrollOffset ?? 0) || item.key === formerFirst.current);
  useLayoutEffect(() => {
    wasAtNewest.current = atNewest;
    widthPx.current = Math.min(scroller.current?.clientWidth ?? 0, 832);
    const heights = virtualizer.itemSizeCache;
    if (heights.size <= keptHeightsMax) return;
    const shown = new Set<unknown>(rows.map(({ key }) => key));
    for (const key of heights.keys()) if (!shown.has(key)) heights.delete(key);
  }, [rows, atNewest, scroller, virtualizer]);
  return virtualizer;
}
