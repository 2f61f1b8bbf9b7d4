import { usePane } from "../pane/pane-context.ts";

/** Between two days. No heading: a feed holds articles, and beside them nothing with a role of its own (WAI-ARIA 1.2). */
export function DayLine({ timeMs }: { timeMs: number }) {
  const { dayLabel } = usePane();
  return (
    <div className="flex h-12 items-center justify-center pt-1">
      <p className="rounded-full bg-sunken px-3 py-1 text-xs font-medium text-muted select-none">
        {dayLabel(timeMs)}
      </p>
    </div>
  );
}

/** Above the first message that was unread when the conversation was opened. */
export function UnreadLine() {
  const { t } = usePane();
  return (
    <div className="flex h-11 items-center gap-3 px-4 text-xs font-semibold text-accent-text select-none">
      <span aria-hidden="true" className="h-px flex-1 bg-accent/40" />
      <p>{t("chat.list.unread")}</p>
      <span aria-hidden="true" className="h-px flex-1 bg-accent/40" />
    </div>
  );
}
