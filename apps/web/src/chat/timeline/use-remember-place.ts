import { useLayoutEffect, useRef } from "react";
import { anchorRow, Places } from "./places.ts";
import type { Row } from "./rows.ts";
import type { ListLook } from "./use-list-watch.ts";
import type { MessageVirtualizer } from "./use-message-virtualizer.ts";

/** Conversations in which the place is remembered. */
const placesMax = 100;
/** The places of this page's visit: they are gone when it is loaded anew. */
export const places = new Places(placesMax);

/** Remembers where the reader was when the list goes away. At the newest message there is nothing to remember. */
export function useRememberPlace(
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
