import { MessageCircleQuestionMark } from "lucide-react";
import { useEffect, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { useSession } from "../../model/index.ts";
import { Button, EmptyState, Skeleton } from "../../ui/index.ts";
import { TimelineSkeleton } from "../timeline/timeline.tsx";

/** With a connection, every conversation is known well before that. */
const knownMsMax = 3_000;

/** What stands where a conversation is not known yet, and after a while with a connection: that there is none. */
export default function UnknownPane({ onBack }: { readonly onBack: (() => void) | undefined }) {
  const t = useT();
  const { link } = useSession();
  const [waited, setWaited] = useState(false);
  useEffect(() => {
    if (link !== "online") return undefined;
    const timer = setTimeout(() => setWaited(true), knownMsMax);
    return () => clearTimeout(timer);
  }, [link]);
  if (waited) {
    return (
      <section className="flex h-full min-w-0 flex-1 items-center justify-center bg-canvas">
        <EmptyState
          icon={<MessageCircleQuestionMark size={26} />}
          title={t("chat.unknown.title")}
          text={t("chat.unknown.text")}
        >
          {onBack !== undefined && <Button onClick={onBack}>{t("chat.unknown.back")}</Button>}
        </EmptyState>
      </section>
    );
  }
  return (
    <section className="flex h-full min-w-0 flex-1 flex-col bg-canvas">
      <div className="flex h-16 shrink-0 items-center gap-3 border-b border-line bg-surface px-4">
        <Skeleton className="size-10 rounded-full" />
        <Skeleton className="h-4 w-40" />
      </div>
      <TimelineSkeleton label={t("chat.list.loading")} />
      <div className="h-15 shrink-0 border-t border-line bg-surface" />
    </section>
  );
}
