import { useLayoutEffect, useRef } from "react";
import type { Row } from "./rows.ts";
import { firstOfOthers, type Start } from "./start.ts";
import type { MessageVirtualizer } from "./use-message-virtualizer.ts";

/** Goes where the reading begins, once the rows have their true heights. */
export function useStart(virtualizer: MessageVirtualizer, start: Start, rows: readonly Row[]) {
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
