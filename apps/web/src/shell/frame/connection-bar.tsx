import { CloudOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { actions, type LinkState, useSession } from "../../model/index.ts";
import { Spinner } from "../../ui/index.ts";

/** Shorter interruptions are nobody's business. */
const quietMs = 1_000;

/** The state that is worth showing: what has lasted a second, and `online` at once. */
function useLasting(link: LinkState): LinkState {
  const [lasting, setLasting] = useState<LinkState>("online");
  useEffect(() => {
    const timer = setTimeout(() => setLasting(link), link === "online" ? 0 : quietMs);
    return () => clearTimeout(timer);
  }, [link]);
  return link === "online" ? "online" : lasting;
}

/** One quiet line while there is no connection. */
export function ConnectionBar() {
  const t = useT();
  const { link, queued } = useSession();
  const lasting = useLasting(link);
  const text =
    lasting === "online"
      ? ""
      : lasting === "connecting"
        ? t("link.connecting")
        : queued > 0
          ? t("link.offlineQueued", { count: queued })
          : t("link.offline");
  return (
    <div role="status" className="empty:hidden">
      {lasting !== "online" && (
        <div className="flex min-h-9 items-center justify-center gap-2 border-b border-line bg-warn-soft px-3 py-1.5 text-sm text-warn-text">
          {lasting === "connecting" ? (
            <Spinner size={14} />
          ) : (
            <CloudOff size={16} aria-hidden="true" />
          )}
          <span>{text}</span>
          {lasting === "offline" && (
            <button
              type="button"
              className="rounded-md px-1.5 font-medium underline underline-offset-2"
              onClick={() => actions.wake()}
            >
              {t("link.retry")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
