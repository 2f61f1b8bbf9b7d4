import { AtSign, BellOff, Pin } from "lucide-react";
import { type MouseEvent, memo } from "react";
import { useT } from "../../i18n/index.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { type ChatSummary, usePresence } from "../../model/index.ts";
import { Avatar, Badge, cx } from "../../ui/index.ts";
import { chatRoute, hrefOf } from "../router.ts";
import { Preview } from "./preview.tsx";

/** Pixels; every row has it, so a list of thousands needs no measuring. */
export const rowHeightPx = 72;

export interface RowProps {
  chat: ChatSummary;
  selected: boolean;
  /** Only one row of the list can be reached by Tab; arrow keys move on. */
  tabbable: boolean;
  now: number;
  onMenu: (event: MouseEvent<HTMLElement>, chat: ChatSummary) => void;
}

function Marks({ chat }: { chat: ChatSummary }) {
  const t = useT();
  return (
    <span className="flex shrink-0 items-center gap-1.5 text-muted">
      {chat.mentions > 0 && (
        <span className="flex size-5 items-center justify-center rounded-full bg-accent text-accent-ink">
          <AtSign size={13} aria-hidden="true" />
          <span className="sr-only">{t("list.mentions", { count: chat.mentions })}</span>
        </span>
      )}
      <Badge
        count={chat.unread}
        tone={chat.muted ? "quiet" : "accent"}
        label={t("list.unread", { count: chat.unread })}
      />
      {chat.pinned && chat.unread === 0 && (
        <>
          <Pin size={14} aria-hidden="true" />
          <span className="sr-only">{t("list.pinned")}</span>
        </>
      )}
    </span>
  );
}

/** One conversation of the list. A link, so that it opens in a new tab too. */
export const Row = memo(function Row({ chat, selected, tabbable, now, onMenu }: RowProps) {
  const t = useT();
  const format = useFormat();
  const presence = usePresence(chat.kind === "direct" ? chat.peer : undefined);
  return (
    <a
      href={hrefOf(chatRoute(chat.id))}
      data-row={chat.id}
      tabIndex={tabbable ? 0 : -1}
      aria-current={selected ? "page" : undefined}
      onContextMenu={(event) => onMenu(event, chat)}
      style={{ height: rowHeightPx }}
      className={cx(
        "mx-2 flex items-center gap-3 rounded-xl px-2.5 -outline-offset-2 transition-colors",
        selected ? "bg-accent-soft" : "hover:bg-hover",
      )}
    >
      <Avatar
        id={chat.peer ?? chat.id}
        name={chat.title}
        kind={chat.kind}
        size={48}
        status={presence?.status}
      />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 truncate font-medium">
            {chat.title}
            {chat.muted && (
              <>
                <BellOff
                  size={13}
                  aria-hidden="true"
                  className="ml-1.5 inline align-[-0.1em] text-muted"
                />
                <span className="sr-only"> {t("list.muted")}</span>
              </>
            )}
          </span>
          {chat.last !== undefined && (
            <time
              dateTime={new Date(chat.last.time).toISOString()}
              className={cx(
                "shrink-0 text-xs tabular-nums",
                chat.unread > 0 && !chat.muted ? "font-medium text-accent-text" : "text-muted",
              )}
            >
              {format.brief(chat.last.time, now, t("time.yesterday"))}
            </time>
          )}
        </span>
        <span className="mt-0.5 flex items-center gap-2">
          <span className="min-w-0 flex-1 truncate text-sm text-muted">
            <Preview chat={chat} />
          </span>
          <Marks chat={chat} />
        </span>
      </span>
    </a>
  );
});
