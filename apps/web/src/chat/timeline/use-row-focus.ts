import {
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { Row } from "./rows.ts";
import type { MessageVirtualizer } from "./use-message-virtualizer.ts";

const pageRows = 8;

/** The row that a key leads to; undefined if the key is not one of them. `at` is -1 if no row has the focus. */
export function rowAfterKey(
  key: string,
  at: number,
  newestVisible: number,
  count: number,
): number | undefined {
  const from = at === -1 ? newestVisible + (key === "ArrowUp" ? 1 : -1) : at;
  const to = {
    ArrowUp: from - 1,
    ArrowDown: from + 1,
    PageUp: from - pageRows,
    PageDown: from + pageRows,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined ? undefined : Math.max(0, Math.min(count - 1, to));
}

export interface RowFocus {
  /** The row that Tab comes back to, -1 if none. */
  readonly activeIndex: number;
  onKeyDown(event: KeyboardEvent<HTMLElement>): void;
  /** Call when the focus came to a row by other ways. */
  onFocusRow(key: string): void;
  focusLast(): void;
}

/** The focus moves from row to row by arrow keys; the row that had it is the one that Tab comes back to. */
export function useRowFocus(
  rows: readonly Row[],
  virtualizer: RefObject<MessageVirtualizer | undefined>,
  scroller: RefObject<HTMLDivElement | null>,
): RowFocus {
  const [active, setActive] = useState<string>();
  const wanted = useRef<string>(undefined);
  const activeIndex = active === undefined ? -1 : rows.findIndex(({ key }) => key === active);

  useLayoutEffect(() => {
    if (wanted.current === undefined) return;
    const row = scroller.current?.querySelector<HTMLElement>(
      `[data-row="${CSS.escape(wanted.current)}"]`,
    );
    if (row === null || row === undefined) return;
    wanted.current = undefined;
    row.focus({ preventScroll: true });
  });

  const focusIndex = useCallback(
    (index: number) => {
      const row = rows[index];
      if (row === undefined) return;
      wanted.current = row.key;
      setActive(row.key);
      virtualizer.current?.scrollToIndex(index, { align: "auto" });
      if (row.key === active) {
        // Nothing changes that would be drawn: it is there already.
        scroller.current
          ?.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.key)}"]`)
          ?.focus({ preventScroll: true });
        wanted.current = undefined;
      }
    },
    [rows, virtualizer, scroller, active],
  );

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = event.target;
    const onRow = target instanceof HTMLElement && target.dataset["row"] !== undefined;
    if (!onRow && target !== event.currentTarget) return;
    const visible = virtualizer.current?.range?.endIndex ?? rows.length - 1;
    const to = rowAfterKey(event.key, onRow ? activeIndex : -1, visible, rows.length);
    if (to === undefined) return;
    event.preventDefault();
    focusIndex(to);
  };

  return {
    activeIndex,
    onKeyDown,
    onFocusRow: useCallback((key: string) => setActive(key), []),
    focusLast: () => focusIndex(rows.length - 1),
  };
}
