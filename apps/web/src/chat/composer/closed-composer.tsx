import { Lock, Megaphone, MicOff, UserX } from "lucide-react";
import type { ChatSummary } from "../../model/index.ts";
import type { Closed } from "../pane/closed.ts";
import { usePane } from "../pane/pane-context.ts";

const icons = {
  dissolved: Lock,
  gone: UserX,
  channel: Megaphone,
  mutedAll: MicOff,
  mutedUntil: MicOff,
} as const;

/** Where the composer would be: why there is none. */
export function ClosedComposer({ reason, summary }: { reason: Closed; summary: ChatSummary }) {
  const { t, format } = usePane();
  const Icon = icons[reason];
  return (
    <div
      role="status"
      className="flex min-h-15 shrink-0 items-center justify-center gap-2.5 border-t border-line bg-surface px-4 py-3 text-center text-sm text-muted"
    >
      <Icon size={17} aria-hidden="true" className="shrink-0" />
      <p>
        {reason === "mutedUntil"
          ? t("chat.closed.mutedUntil", { when: format.dateTime(summary.mutedUntil ?? 0) })
          : t(`chat.closed.${reason}`)}
      </p>
    </div>
  );
}
