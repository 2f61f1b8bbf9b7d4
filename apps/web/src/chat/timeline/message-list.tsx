import {
  type FocusEvent,
  memo,
  type Ref,
  type RefObject,
  useImperativeHandle,
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
import { useRowPointer } from "./row-pointer.ts";
import { buildRows, type Row } from "./rows.ts";
import { DayLine, UnreadLine } from "./separators.tsx";
import type { Start } from "./start.ts";
import { TypingLine } from "./typing-line.tsx";
import { useFoldState } from "./use-folds.ts";
import { useJumps } from "./use-jumps.ts";
import { useListKeys } from "./use-list-keys.ts";
import { useListWatch } from "./use-list-watch.ts";
import {
  type MessageVirtualizer,
  tailPx,
  useMessageVirtualizer,
} from "./use-message-virtualizer.ts";
import { useRememberPlace } from "./use-remember-place.ts";
import { type RowFocus, useRowFocus } from "./use-row-focus.ts";
import { useStart } from "./use-start.ts";

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
