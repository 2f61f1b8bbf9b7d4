import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, useCallback, useEffect, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import type { ChatSummary } from "../../model/index.ts";
import { showContextMenu } from "../../ui/index.ts";
import { useNow } from "../hooks.ts";
import { loadChatMenu } from "./load-chat-menu.ts";
import { Row, rowHeightPx } from "./row.tsx";
import { useListKeys } from "./use-list-keys.ts";

export interface ChatListProps {
  chats: readonly ChatSummary[];
  /** The open conversation. */
  current: string | undefined;
}

/** The conversations: only the rows in view are drawn. */
export function ChatList({ chats, current }: ChatListProps) {
  const t = useT();
  const now = useNow();
  const scroller = useRef<HTMLDivElement>(null);
  const [entry, setEntry] = useState<string>();
  const virtual = useVirtualizer({
    count: chats.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    getItemKey: (index) => chats[index]?.id ?? index,
    overscan: 6,
  });
  const onMenu = useCallback(
    (event: MouseEvent<HTMLElement>, chat: ChatSummary) =>
      showContextMenu(event, loadChatMenu(t, chat), t("list.menu.label", { title: chat.title })),
    [t],
  );
  const scrollTo = useCallback((index: number) => virtual.scrollToIndex(index), [virtual]);
  const keys = useListKeys(scroller, chats.length, scrollTo);
  // The conversation that was opened by its address or a key is in view.
  const index = chats.findIndex(({ id }) => id === current);
  useEffect(() => {
    if (current !== undefined && index >= 0) virtual.scrollToIndex(index);
    // Only when another one is opened: a message that moves it up must not scroll the list.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [current]);
  const tabbable = chats.some(({ id }) => id === entry) ? entry : (current ?? chats[0]?.id);
  return (
    <div
      ref={scroller}
      onKeyDown={keys}
      onFocus={(event) => setEntry((event.target as HTMLElement).dataset["row"])}
      className="scroll-thin min-h-0 flex-1 overflow-y-auto overscroll-contain pb-3"
    >
      <ul
        aria-label={t("list.label")}
        className="relative"
        style={{ height: virtual.getTotalSize() }}
      >
        {virtual.getVirtualItems().map((item) => {
          const chat = chats[item.index];
          if (chat === undefined) return null;
          return (
            <li
              key={item.key}
              data-index={item.index}
              aria-setsize={chats.length}
              aria-posinset={item.index + 1}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <Row
                chat={chat}
                selected={chat.id === current}
                tabbable={chat.id === tabbable}
                now={now}
                onMenu={onMenu}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}
