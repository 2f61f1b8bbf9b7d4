import { CloudOff } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { actions, type LinkState, useSession } from "../../model/index.ts";
import { Spinner } from "../../ui/index.ts";

/** Shorter interruptions are nobody's business. */
const quietMs = 1_000;

/**
 * The state that is worth showing: `online` at once, anything else when there has been no connection for a second, however often it was tried meanwhile;
 * an attempt is worth a word only when it takes that long itself.
 */
function useLasting(link: LinkState): LinkState {
  const [lasting, setLasting] = useState<LinkState>("online");
  const away = link !== "online";
  const latest = useRef(link);
  useEffect(() => {
    latest.current = link;
    // An attempt that failed is no connection either.
    if (link === "offline") setLasting((shown) => (shown === "online" ? shown : link));
    if (link !== "connecting") return undefined;
    const timer = setTimeout(() => setLasting(link), quietMs);
    return () => clearTimeout(timer);
  }, [link]);
  useEffect(() => {
    if (!away) {
      setLasting("online");
      return undefined;
    }
    const timer = setTimeout(() => setLasting(latest.current), quietMs);
    return () => clearTimeout(timer);
  }, [away]);
  return away ? lasting : "online";
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
