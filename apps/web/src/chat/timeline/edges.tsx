import { ArrowDown, RotateCw } from "lucide-react";
import type { TimelineView } from "../../model/index.ts";
import { Button, cx, Spinner } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";

/** Above the first row and below the last: that more is loading, or why it did not come. The room for it is always there. */
export function ListEdge({ view, side }: { view: TimelineView; side: "older" | "newer" }) {
  const { t } = usePane();
  const done = side === "older" ? view.atOldest : view.atNewest;
  if (done) return null;
  const failed = view.error !== undefined && view.loading === undefined;
  return (
    <div
      className={cx(
        "absolute inset-x-0 flex items-center justify-center gap-2 text-xs text-muted",
        side === "older" ? "top-0 h-14" : "bottom-0 h-8.5",
      )}
    >
      {failed ? (
        <>
          <span>{t("chat.list.failed")}</span>
          <Button
            size="sm"
            variant="ghost"
            icon={<RotateCw size={14} />}
            onClick={() => void (side === "older" ? view.loadOlder() : view.loadNewer())}
          >
            {t("chat.list.retry")}
          </Button>
        </>
      ) : (
        <>
          <Spinner size={16} />
          <span className="sr-only">
            {t(side === "older" ? "chat.list.loadingOlder" : "chat.list.loadingNewer")}
          </span>
        </>
      )}
    </div>
  );
}

/** Back to the newest message; says how much has come that the reader has not seen. */
export function NewestButton({ unread, onPress }: { unread: number; onPress: () => void }) {
  const { t } = usePane();
  const label =
    unread > 0 ? t("chat.list.newMessages", { count: unread }) : t("chat.list.toNewest");
  return (
    <button
      type="button"
      aria-label={label}
      data-tip={unread > 0 ? undefined : label}
      className={cx(
        "absolute right-[max(1rem,calc(50%-29.5rem))] bottom-3 z-10 inline-flex h-10 items-center justify-center gap-1.5 rounded-full border text-sm font-medium shadow-lift transition-colors",
        unread > 0
          ? "border-transparent bg-accent px-4 text-accent-ink hover:bg-accent-strong"
          : "w-10 border-line bg-raised text-muted hover:text-ink",
      )}
      onClick={onPress}
    >
      {unread > 0 && <span>{label}</span>}
      <ArrowDown size={18} aria-hidden="true" />
    </button>
  );
}

/** The day of what is at the upper edge, while the list is scrolled. It repeats what stands between the messages. */
export function DayChip({ timeMs, shown }: { timeMs: number | undefined; shown: boolean }) {
  const { dayLabel } = usePane();
  return (
    <div
      aria-hidden="true"
      className={cx(
        "pointer-events-none absolute inset-x-0 top-2 z-10 flex justify-center transition-opacity duration-300",
        shown && timeMs !== undefined ? "opacity-100" : "opacity-0",
      )}
    >
      {timeMs !== undefined && (
        <span className="rounded-full border border-line bg-raised px-3 py-1 text-xs font-medium text-muted shadow-lift">
          {dayLabel(timeMs)}
        </span>
      )}
    </div>
  );
}
