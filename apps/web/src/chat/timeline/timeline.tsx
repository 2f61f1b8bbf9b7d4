import { CloudOff, MessageCircle, RotateCw } from "lucide-react";
import { type Ref, useEffect, useLayoutEffect, useRef, useState } from "react";
import {
  actions,
  type ChatSummary,
  drawn,
  type TimelineView,
  useTimeline,
} from "../../model/index.ts";
import { Button, EmptyState, Skeleton } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";
import { type ListHandle, MessageList } from "./message-list.tsx";
import { places } from "./use-remember-place.ts";
import { chooseStart, fitsStart, type Start } from "./start.ts";
import { useSampled } from "./use-sampled.ts";

/** However much arrives, the list is drawn at most this often. */
const drawEveryMs = 80;

const skeletonRows = [
  ["w-52", false],
  ["w-72", false],
  ["w-44", true],
  ["w-64", true],
  ["w-80", false],
  ["w-36", true],
] as const;

/** Shapes of messages while the first ones are loaded. */
export function TimelineSkeleton({ label }: { label: string }) {
  return (
    <div role="status" className="flex min-h-0 flex-1 flex-col justify-end overflow-hidden">
      <span className="sr-only">{label}</span>
      <div className="mx-auto flex w-full max-w-[52rem] flex-col gap-3 px-4 pb-8">
        {skeletonRows.map(([width, mine]) => (
          <Skeleton
            key={width}
            className={`h-10 max-w-[80%] rounded-bubble ${width} ${mine ? "self-end" : "self-start"}`}
          />
        ))}
      </div>
    </div>
  );
}

function NothingYet() {
  const { t, kind, conversation, canWrite } = usePane();
  return (
    <div className="flex min-h-0 flex-1 items-center justify-center overflow-y-auto">
      <EmptyState
        icon={<MessageCircle size={26} />}
        title={t(kind === "direct" ? "chat.empty.direct" : "chat.empty.group")}
        text={t(canWrite ? "chat.empty.hint" : "chat.empty.channelHint")}
      >
        {canWrite && kind === "direct" && (
          <Button onClick={() => actions.send(conversation, "👋")}>
            👋 {t("chat.empty.wave")}
          </Button>
        )}
      </EmptyState>
    </div>
  );
}

function NotLoaded({ onRetry }: { onRetry: () => void }) {
  const { t } = usePane();
  return (
    <div role="alert" className="flex min-h-0 flex-1 items-center justify-center">
      <EmptyState icon={<CloudOff size={26} />} title={t("chat.list.failed")}>
        <Button icon={<RotateCw size={16} />} onClick={onRetry}>
          {t("chat.list.retry")}
        </Button>
      </EmptyState>
    </div>
  );
}

/** Where reading begins; undefined while that is being loaded. Decided once. */
function useStart(summary: ChatSummary, timeline: TimelineView): Start | undefined {
  const [place] = useState(() => places.get(summary.id));
  // The window may still tell of an earlier opening; the summary is of now.
  const [unreadSeq] = useState(() => (summary.unread > 0 ? summary.readSeq + 1 : undefined));
  const [asked, setAsked] = useState(false);
  const start = useRef<Start>(undefined);
  const { items, loading } = timeline;
  const chosen = start.current ?? chooseStart({ items, loading, place, unreadSeq, asked });
  const target = chosen?.type === "load" ? chosen.target : undefined;
  if (chosen !== undefined && chosen.type !== "load") start.current = chosen;
  const requested = useRef(false);
  useEffect(() => {
    if (target === undefined || requested.current) return;
    requested.current = true;
    // If that fails, the view says so, and reading begins where messages are.
    timeline
      .jumpTo(target)
      .catch(() => undefined)
      .finally(() => setAsked(true));
  }, [target, timeline]);
  return start.current;
}

/** The messages of a conversation, or what stands in their place. */
export function Timeline({
  summary,
  onEscape,
  ref,
}: {
  summary: ChatSummary;
  onEscape: () => void;
  ref: Ref<ListHandle>;
}) {
  const { t } = usePane();
  const timeline = useTimeline(summary.id);
  const latest = useRef(timeline);
  useLayoutEffect(() => {
    latest.current = timeline;
  }, [timeline]);
  const view = useSampled(timeline, drawEveryMs);
  const start = useStart(summary, timeline);
  // The list goes to its beginning once: with the messages that it was chosen for, or newer ones.
  const begun = useRef(false);
  if (start !== undefined && (view === timeline || fitsStart(start, view.items)))
    begun.current = true;
  const shown = view.items.length > 0 && start !== undefined && begun.current;
  useEffect(() => {
    if (shown) drawn();
  }, [shown]);
  if (shown) {
    return (
      <MessageList
        ref={ref}
        view={view}
        timeline={latest}
        start={start}
        unread={summary.unread}
        readSeq={summary.readSeq}
        onEscape={onEscape}
      />
    );
  }
  if (timeline.items.length === 0) {
    if (timeline.error !== undefined) {
      return <NotLoaded onRetry={() => void timeline.jumpTo("newest")} />;
    }
    if (timeline.atOldest && timeline.atNewest && timeline.loading === undefined) {
      return <NothingYet />;
    }
  }
  return <TimelineSkeleton label={t("chat.list.loading")} />;
}
