import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { actions, type TimelineView } from "../../model/index.ts";
import { newestSeen } from "./reading.ts";
import type { Row } from "./rows.ts";
import type { MessageVirtualizer } from "./use-message-virtualizer.ts";

/** More is loaded when the end of the window is nearer than this. */
const loadAheadPx = 1_600;
const chipMs = 1_200;

/** What the list looks like now, as far as it is drawn beside the rows. */
export interface ListLook {
  /** The newest message is in view, or nearly. */
  readonly atEnd: boolean;
  /** The row at the upper edge. */
  readonly topKey: string | undefined;
  readonly scrolling: boolean;
}

interface Watched {
  readonly conversation: string;
  readonly rows: readonly Row[];
  readonly readSeq: number;
}

/** True while the reader can be taken to look at the page. */
const watching = () => document.visibilityState === "visible" && document.hasFocus();

/** Tells the server what has been seen, once per message. */
function useMarkRead(): (conversation: string, seq: number, readSeq: number) => void {
  const marked = useRef(0);
  return useCallback((conversation, seq, readSeq) => {
    if (seq <= Math.max(marked.current, readSeq) || !watching()) return;
    marked.current = seq;
    actions.markRead(conversation, seq);
  }, []);
}

/** Loads a page at a time in each direction; the next one only when the last has come and is drawn. */
function useLoadMore(timeline: RefObject<TimelineView>, rows: readonly Row[]) {
  const busy = useRef({ older: false, newer: false });
  useEffect(() => {
    busy.current = { older: false, newer: false };
  }, [rows]);
  return useCallback(
    (direction: "older" | "newer") => {
      const view = timeline.current;
      const done = direction === "older" ? view.atOldest : view.atNewest;
      if (done || busy.current[direction] || view.loading !== undefined) return;
      if (view.error !== undefined) return;
      busy.current[direction] = true;
      const loaded = direction === "older" ? view.loadOlder() : view.loadNewer();
      // The view says why a loading failed, and the list shows it.
      loaded.catch(() => undefined).finally(() => (busy.current[direction] = false));
    },
    [timeline],
  );
}

/** Follows the scrolling: loads ahead, marks as read, and tells what is at the edges. */
export function useListWatch(
  virtualizer: MessageVirtualizer,
  scroller: RefObject<HTMLDivElement | null>,
  timeline: RefObject<TimelineView>,
  watched: Watched,
): ListLook {
  const [look, setLook] = useState<ListLook>({ atEnd: true, topKey: undefined, scrolling: false });
  const latest = useRef(watched);
  const latestLook = useRef(look);
  const markRead = useMarkRead();
  const loadMore = useLoadMore(timeline, watched.rows);

  const inspect = useCallback(
    (scrolling: boolean | undefined) => {
      const { conversation, rows, readSeq } = latest.current;
      const top = virtualizer.scrollOffset ?? 0;
      const height = virtualizer.scrollRect?.height ?? 0;
      const boxes = virtualizer.getVirtualItems().map(({ index, start, size }) => {
        const row = rows[index];
        return { key: row?.key, seq: row?.message.seq, start, size };
      });
      const seen = newestSeen(boxes, top, top + height);
      if (seen !== undefined) markRead(conversation, seen, readSeq);
      if (top < loadAheadPx) loadMore("older");
      if (virtualizer.getDistanceFromEnd() < loadAheadPx) loadMore("newer");
      const topKey = boxes.find(({ start, size }) => start + size > top + 8)?.key;
      const atEnd = timeline.current.atNewest && virtualizer.isAtEnd();
      setLook((before) => {
        const next = { atEnd, topKey, scrolling: scrolling ?? before.scrolling };
        const same =
          before.atEnd === next.atEnd &&
          before.topKey === next.topKey &&
          before.scrolling === next.scrolling;
        return same ? before : next;
      });
    },
    [virtualizer, timeline, markRead, loadMore],
  );

  useLayoutEffect(() => {
    latest.current = watched;
    latestLook.current = look;
  }, [watched, look]);
  useEffect(() => {
    inspect(undefined);
  }, [inspect, watched]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const stop = followScrolling(element, inspect);
    // A composer that grows, or the keyboard of a phone, must not cover what was just read.
    let height = element.clientHeight;
    const resized = new ResizeObserver(() => {
      if (element.clientHeight === height) return;
      height = element.clientHeight;
      if (latestLook.current.atEnd) virtualizer.scrollToEnd();
    });
    resized.observe(element);
    return () => {
      stop();
      resized.disconnect();
    };
  }, [inspect, scroller, virtualizer]);
  return look;
}

/** Calls back at most once a frame while the list is scrolled, once more when it rests, and when the page is looked at again. */
function followScrolling(
  element: HTMLElement,
  inspect: (scrolling: boolean | undefined) => void,
): () => void {
  let frame = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;
  const onScroll = () => {
    if (frame === 0) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        inspect(true);
      });
    }
    clearTimeout(rest);
    rest = setTimeout(() => inspect(false), chipMs);
  };
  const onLook = () => inspect(undefined);
  const stop = new AbortController();
  const { signal } = stop;
  element.addEventListener("scroll", onScroll, { passive: true, signal });
  window.addEventListener("focus", onLook, { signal });
  document.addEventListener("visibilitychange", onLook, { signal });
  return () => {
    stop.abort();
    cancelAnimationFrame(frame);
    clearTimeout(rest);
  };
}
