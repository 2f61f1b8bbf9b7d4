import type { KeyboardEvent } from "react";
import { usePane } from "../pane/pane-context.ts";
import type { RowPointer } from "./row-pointer.ts";
import type { Row } from "./rows.ts";
import type { RowFocus } from "./use-row-focus.ts";

/** Keys on the list itself: to the composer, to a message's menu, and between messages. */
export function useListKeys(
  focus: RowFocus,
  pointer: RowPointer,
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
