import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLanguage, useT } from "../../i18n/index.ts";
import { useFormat } from "../../i18n/use-format.ts";
import {
  type ChatMessage,
  type ChatSummary,
  type JumpTarget,
  useConversation,
  useSession,
} from "../../model/index.ts";
import { onDemand, Overlay } from "../../ui/index.ts";
import { ClosedComposer } from "../composer/closed-composer.tsx";
import { Composer, type ComposerHandle, touch } from "../composer/composer.tsx";
import { createDayLabel } from "../time/day-label.ts";
import { localDay, useNow, useToday } from "../time/use-today.ts";
import type { ListHandle } from "../timeline/message-list.tsx";
import { Timeline } from "../timeline/timeline.tsx";
import { closedReason } from "./closed.ts";
import { Header } from "./header.tsx";
import { PaneContext, type PaneContextValue } from "./pane-context.ts";

const UnknownPane = onDemand(() => import("./unknown-pane.tsx"));
const ReceiptsDialog = onDemand(() => import("../receipts/receipts-dialog.tsx"));

export interface ChatPaneProps {
  /** Id of the conversation. */
  readonly conversation: string;
  /** Leads back to the list of conversations, where there is no room for both. */
  readonly onBack?: (() => void) | undefined;
  /** Opens what is known of the other or the group. */
  readonly onDetails?: (() => void) | undefined;
}

/** Words for the days of messages; they change at midnight and with the language. */
function useDayLabel(): (timeMs: number) => string {
  const t = useT();
  const language = useLanguage();
  const today = useToday();
  return useMemo(() => {
    const label = createDayLabel(language, navigator.languages, {
      today: t("chat.list.today"),
      yesterday: t("chat.list.yesterday"),
    });
    return (timeMs) => label(timeMs, localDay(timeMs), today);
  }, [t, language, today]);
}

function OpenPane({ summary, onBack, onDetails }: ChatPaneProps & { summary: ChatSummary }) {
  const t = useT();
  const format = useFormat();
  const dayLabel = useDayLabel();
  const { user: me } = useSession();
  const now = useNow(summary.mutedUntil);
  const closed = closedReason(summary, now);
  const list = useRef<ListHandle>(null);
  const composer = useRef<ComposerHandle>(null);
  const [reply, setReply] = useState<ChatMessage>();
  const [asked, setAsked] = useState<ChatMessage>();
  const { id: conversation, kind, title } = summary;
  const canWrite = closed === undefined;

  const jump = useCallback((target: JumpTarget) => list.current?.jump(target), []);
  const focusComposer = useCallback(() => composer.current?.focus(), []);
  // Whoever opens a conversation wants to write, where that brings up no keyboard on the screen. After a dialog that closes has given its focus back.
  useEffect(() => {
    if (touch()) return undefined;
    const frame = requestAnimationFrame(focusComposer);
    return () => cancelAnimationFrame(frame);
  }, [focusComposer]);
  const cancelReply = useCallback(() => setReply(undefined), []);
  const sent = useCallback(() => {
    setReply(undefined);
    jump("newest");
  }, [jump]);
  const focusLast = useCallback(() => list.current?.focusLast(), []);
  const pane = useMemo<PaneContextValue>(
    () => ({
      conversation,
      kind,
      me,
      canWrite,
      t,
      format,
      dayLabel,
      reply(message) {
        setReply(message);
        // After the menu has given the focus back.
        setTimeout(focusComposer, 0);
      },
      goTo: (seq) => jump({ seq }),
      showReceipts: setAsked,
    }),
    [conversation, kind, me, canWrite, t, format, dayLabel, focusComposer, jump],
  );

  return (
    <PaneContext value={pane}>
      <section
        aria-label={t("chat.pane", { title })}
        className="flex h-full min-w-0 flex-1 flex-col bg-canvas"
      >
        <Header summary={summary} onBack={onBack} onDetails={onDetails} onJump={jump} />
        <Timeline ref={list} summary={summary} onEscape={focusComposer} />
        {closed === undefined ? (
          <Composer
            ref={composer}
            draft={summary.draft ?? ""}
            reply={reply}
            onCancelReply={cancelReply}
            onSent={sent}
            onLastMessage={focusLast}
          />
        ) : (
          <ClosedComposer reason={closed} summary={summary} />
        )}
        {asked !== undefined && (
          <Overlay onClose={() => setAsked(undefined)}>
            <ReceiptsDialog message={asked} onClose={() => setAsked(undefined)} />
          </Overlay>
        )}
      </section>
    </PaneContext>
  );
}

/** A conversation: who it is with, its messages, and where to write. */
export function ChatPane(props: ChatPaneProps) {
  const summary = useConversation(props.conversation);
  if (summary === undefined) return <UnknownPane key={props.conversation} onBack={props.onBack} />;
  return <OpenPane key={props.conversation} {...props} summary={summary} />;
}
