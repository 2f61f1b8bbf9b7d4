import { usePane } from "../pane/pane-context.ts";

/** Between two days. */
export function DayLine({ timeMs }: { timeMs: number }) {
  const { dayLabel } = usePane();
  return (
    <div className="flex h-12 items-center justify-center pt-1">
      <h3 className="rounded-full bg-sunken px-3 py-1 text-xs font-medium text-muted select-none">
        {dayLabel(timeMs)}
      </h3>
    </div>
  );
}

/** Above the first message that was unread when the conversation was opened. */
export function UnreadLine() {
  const { t } = usePane();
  return (
    <div className="flex h-11 items-center gap-3 px-4 text-xs font-semibold text-accent-text select-none">
      <span aria-hidden="true" className="h-px flex-1 bg-accent/40" />
      <h3>{t("chat.list.unread")}</h3>
      <span aria-hidden="true" className="h-px flex-1 bg-accent/40" />
    </div>
  );
}
