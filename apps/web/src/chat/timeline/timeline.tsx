import { CloudOff, MessageCircle, RotateCw } from "lucide-react";
import { type Ref, useEffect, useLayoutEffect, useRef, useState } from "react";
import { actions, type ChatSummary, type TimelineView, useTimeline } from "../../model/index.ts";
import { Button, EmptyState, Skeleton } from "../../ui/index.ts";
import { usePane } from "../pane/pane-context.ts";
import { type ListHandle, MessageList, places } from "./message-list.tsx";
import type { Start } from "./use-message-virtualizer.ts";
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

/** Where reading begins: where the reader left, else at the first unread message, else at the newest. Undefined while that is being loaded. */
function useStart(conversation: string, timeline: TimelineView): Start | undefined {
  const [place] = useState(() => places.get(conversation));
  const asked = useRef(false);
  const start = useRef<Start>(undefined);
  const { items, firstUnreadSeq } = timeline;
  const placeIn = place !== undefined && items.some(({ key }) => key === place.key);
  if (start.current === undefined && items.length > 0) {
    if (place !== undefined && placeIn) start.current = { type: "place", place };
    else if (place?.seq === undefined || asked.current) {
      start.current =
        firstUnreadSeq === undefined ? { type: "end" } : { type: "unread", seq: firstUnreadSeq };
    }
  }
  useEffect(() => {
    if (start.current !== undefined || asked.current || items.length === 0) return;
    if (place?.seq === undefined) return;
    asked.current = true;
    // If that fails, the view says so, and reading begins where messages are.
    timeline.jumpTo({ seq: place.seq }).catch(() => undefined);
  }, [items, place, timeline]);
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
  const start = useStart(summary.id, timeline);
  if (view.items.length > 0 && start !== undefined) {
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
