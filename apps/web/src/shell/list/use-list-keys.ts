import { type KeyboardEvent, type RefObject, useCallback } from "react";

/** Rows that a page key goes over. */
const pageRows = 8;

/** Where a key leads from a row; undefined for keys that are not the list's. */
export function nextIndex(key: string, index: number, count: number): number | undefined {
  const last = count - 1;
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + pageRows,
    PageUp: index - pageRows,
    Home: 0,
    End: last,
  };
  const target = targets[key];
  return target === undefined ? undefined : Math.max(0, Math.min(last, target));
}

/**
 * Arrow keys between the rows of a list whose items carry `data-index` around one link each. A row that is not drawn yet is
 * scrolled to first, and gets the focus in the next frame.
 */
export function useListKeys(
  list: RefObject<HTMLElement | null>,
  count: number,
  scrollTo: (index: number) => void,
): (event: KeyboardEvent) => void {
  return useCallback(
    (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const item = (event.target as HTMLElement).closest<HTMLElement>("[data-index]");
      if (item === null) return;
      const from = Number(item.dataset["index"]);
      const target = nextIndex(event.key, from, count);
      if (target === undefined) return;
      event.preventDefault();
      if (target === from && event.key === "ArrowUp") {
        document.querySelector<HTMLElement>("[data-search]")?.focus();
        return;
      }
      const focus = () =>
        list.current?.querySelector<HTMLElement>(`[data-index="${target}"] a`)?.focus();
      scrollTo(target);
      if (list.current?.querySelector(`[data-index="${target}"]`) === null)
        requestAnimationFrame(() => requestAnimationFrame(focus));
      else focus();
    },
    [list, count, scrollTo],
  );
}
