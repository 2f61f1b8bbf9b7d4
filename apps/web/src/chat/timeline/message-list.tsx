import {
  type FocusEvent,
  type KeyboardEvent,
  memo,
  type Ref,
  type RefObject,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";
import type { JumpTarget, TimelineView } from "../../model/index.ts";
import { MessageRow } from "../message/message-row.tsx";
import { usePane } from "../pane/pane-context.ts";
import { localDay } from "../time/use-today.ts";
import { Announcer } from "./announcer.tsx";
import { Beginning } from "./beginning.tsx";
import { DayChip, ListEdge, NewestButton } from "./edges.tsx";
import { FoldContext } from "./fold-context.ts";
import { anchorRow, Places } from "./places.ts";
import { useRowPointer } from "./row-pointer.ts";
import { buildRows, type Row } from "./rows.ts";
import { DayLine, UnreadLine } from "./separators.tsx";
import { firstOfOthers, type Start } from "./start.ts";
import { TypingLine } from "./typing-line.tsx";
import { useFoldState } from "./use-folds.ts";
import { useJumps } from "./use-jumps.ts";
import { type ListLook, useListWatch } from "./use-list-watch.ts";
import {
  type MessageVirtualizer,
  tailPx,
  useMessageVirtualizer,
} from "./use-message-virtualizer.ts";
import { type RowFocus, useRowFocus } from "./use-row-focus.ts";

/** What others in the pane may ask of the list. */
export interface ListHandle {
  jump(target: JumpTarget): void;
  focusLast(): void;
}

export interface MessageListProps {
  /** The window as it is drawn; it may be some milliseconds old. */
  readonly view: TimelineView;
  /** The window as it is. */
  readonly timeline: RefObject<TimelineView>;
  readonly start: Start;
  readonly unread: number;
  readonly readSeq: number;
  readonly onEscape: () => void;
  readonly ref: Ref<ListHandle>;
}

/** Conversations in which the place is remembered. */
const placesMax = 100;
/** The places of this page's visit: they are gone when it is loaded anew. */
export const places = new Places(placesMax);

/** Remembers where the reader was when the list goes away. At the newest message there is nothing to remember. */
function useRememberPlace(
  conversation: string,
  rows: readonly Row[],
  virtualizer: MessageVirtualizer,
  look: ListLook,
) {
  const latest = useRef({ rows, look });
  useLayoutEffect(() => {
    latest.current = { rows, look };
  });
  useLayoutEffect(
    () => () => {
      const { rows: shown, look: last } = latest.current;
      if (last.atEnd) return places.set(conversation, undefined);
      const top = virtualizer.scrollOffset ?? 0;
      const boxes = virtualizer
        .getVirtualItems()
        .map(({ key, start, size }) => ({ key: String(key), start, size }));
      const anchor = anchorRow(boxes, top);
      const row = shown.find(({ key }) => key === anchor?.key);
      if (anchor === undefined || row === undefined) return undefined;
      const heights = new Map<string, number>();
      for (const { key } of shown) {
        const height = virtualizer.itemSizeCache.get(key);
        if (height !== undefined) heights.set(key, height);
      }
      return places.set(conversation, {
        key: anchor.key,
        seq: row.message.seq,
        offset: anchor.start - top,
        heights,
      });
    },
    [conversation, virtualizer],
  );
}

interface RowsProps {
  readonly rows: readonly Row[];
  readonly virtualizer: MessageVirtualizer;
  readonly atOldest: boolean;
  readonly focus: RowFocus;
  readonly hovered: string | undefined;
  readonly flashing: string | undefined;
}

/** The rows that are near the screen. */
function Rows({ rows, virtualizer, atOldest, focus, hovered, flashing }: RowsProps) {
  return virtualizer.getVirtualItems().map(({ index, key }) => {
    const row = rows[index];
    if (row === undefined) return null;
    const active = index === focus.activeIndex;
    return (
      <div
        key={key}
        ref={virtualizer.measureElement}
        data-index={index}
        className="absolute inset-x-0 mx-auto max-w-[52rem]"
      >
        {atOldest && index === 0 && <Beginning />}
        {row.newDay && <DayLine timeMs={row.message.time} />}
        {row.firstUnread && <UnreadLine />}
        <MessageRow
          row={row}
          tabbable={active}
          tools={row.key === hovered}
          flash={row.key === flashing}
        />
      </div>
    );
  });
}

/** Keys on the list itself: to the composer, to a message's menu, and between messages. */
function useListKeys(
  focus: RowFocus,
  pointer: ReturnType<typeof useRowPointer>,
  rows: readonly Row[],
  onEscape: () => void,
) {
  const pane = usePane();
  return (event: KeyboardEvent<HTMLElement>) => {
    const { target, key } = event;
    if (key === "Escape") {
      event.stopPropagation();
      return onEscape();
    }
    const rowKey = target instanceof HTMLElement ? target.dataset["row"] : undefined;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (rowKey !== undefined && plain && target instanceof HTMLElement) {
      if (key === "Enter" || key === " ") {
        event.preventDefault();
        return pointer.openMenuAt(rowKey, target);
      }
      const message = rows.find((row) => row.key === rowKey)?.message;
      if (
        key === "r" &&
        message?.seq !== undefined &&
        message.system === undefined &&
        pane.canWrite
      ) {
        event.preventDefault();
        return pane.reply(message);
      }
    }
    return focus.onKeyDown(event);
  };
}

/** Below the last row: who types, or that more is loading. */
function ListTail({ view }: { view: TimelineView }) {
  if (!view.atNewest) return <ListEdge view={view} side="newer" />;
  return (
    <div className="absolute inset-x-0 bottom-0 mx-auto max-w-[52rem]" style={{ height: tailPx }}>
      <TypingLine />
    </div>
  );
}

/** The messages of a conversation. */
export const MessageList = memo(function MessageList(props: MessageListProps) {
  const { view, timeline, start, unread, readSeq, onEscape, ref } = props;
  const pane = usePane();
  const { t, conversation, kind } = pane;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizerRef = useRef<MessageVirtualizer>(undefined);
  const rows = useMemo(
    () => buildRows(view.items, { dayOf: localDay, firstUnreadSeq: view.firstUnreadSeq }),
    [view.items, view.firstUnreadSeq],
  );
  const { folds, settling } = useFoldState();
  const focus = useRowFocus(rows, virtualizerRef, scroller);
  const virtualizer = useMessageVirtualizer({
    rows,
    scroller,
    start,
    atNewest: view.atNewest,
    named: kind !== "direct",
    activeIndex: focus.activeIndex,
    settling,
  });
  virtualizerRef.current = virtualizer;
  const { flashing, jump } = useJumps(rows, virtualizer, timeline);
  const watched = useMemo(() => ({ conversation, rows, readSeq }), [conversation, rows, readSeq]);
  const look = useListWatch(virtualizer, scroller, timeline, watched);
  useRememberPlace(conversation, rows, virtualizer, look);
  const pointer = useRowPointer(rows, pane);
  const onKeyDown = useListKeys(focus, pointer, rows, onEscape);
  useStart(virtualizer, start, rows);
  useImperativeHandle(ref, () => ({ jump, focusLast: focus.focusLast }));
  const top = look.topKey === undefined ? undefined : rows.find(({ key }) => key === look.topKey);

  return (
    <FoldContext value={folds}>
      <div className="relative min-h-0 flex-1">
        <DayChip timeMs={top?.message.time} shown={look.scrolling && !look.atEnd} />
        <div
          ref={scroller}
          role="group"
          aria-label={t("chat.list.label")}
          tabIndex={focus.activeIndex === -1 ? 0 : -1}
          data-list=""
          className="scroll-thin absolute inset-0 flex flex-col overflow-x-hidden overflow-y-auto overscroll-contain -outline-offset-2 [overflow-anchor:none]"
          onKeyDown={onKeyDown}
          onFocus={({ target }: FocusEvent<HTMLElement>) => {
            const key = target.dataset["row"];
            if (key !== undefined) focus.onFocusRow(key);
          }}
          {...pointer.handlers}
        >
          <div ref={virtualizer.containerRef} className="relative mt-auto w-full shrink-0">
            <ListEdge view={view} side="older" />
            <div
              role="feed"
              aria-label={t("chat.list.label")}
              aria-busy={view.loading !== undefined}
            >
              <Rows
                rows={rows}
                virtualizer={virtualizer}
                atOldest={view.atOldest}
                focus={focus}
                hovered={pointer.hovered}
                flashing={flashing}
              />
            </div>
            <ListTail view={view} />
          </div>
        </div>
        {!look.atEnd && <NewestButton unread={unread} onPress={() => jump("newest")} />}
        <Announcer rows={rows} atNewest={view.atNewest} />
      </div>
    </FoldContext>
  );
});

/** Goes where the reading begins, once the rows have their true heights. */
function useStart(virtualizer: MessageVirtualizer, start: Start, rows: readonly Row[]) {
  const begun = useRef(false);
  useLayoutEffect(() => {
    if (begun.current) return;
    begun.current = true;
    if (start.type === "end") virtualizer.scrollToEnd();
    if (start.type === "unread") {
      const index = firstOfOthers(
        rows.map(({ message }) => message),
        start.seq,
      );
      if (index === -1) virtualizer.scrollToEnd();
      else virtualizer.scrollToIndex(index, { align: "start" });
    }
  }, [virtualizer, start, rows]);
}
