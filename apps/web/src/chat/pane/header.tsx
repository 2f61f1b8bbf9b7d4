import { ArrowLeft, BellOff, CalendarSearch, Info } from "lucide-react";
import { useRef, useState } from "react";
import {
  type ChatSummary,
  type JumpTarget,
  usePresence,
  useSession,
  useTyping,
} from "../../model/index.ts";
import { lastSeenText } from "../../i18n/use-format.ts";
import { Avatar, IconButton, onDemand, Popover } from "../../ui/index.ts";
import { useNow } from "../time/use-today.ts";
import { TypingWords } from "../timeline/typing-line.tsx";
import { usePane } from "./pane-context.ts";

const JumpPanel = onDemand(() => import("./jump-panel.tsx"));

/** "Last seen" is written anew this often. */
const seenEveryMs = 60_000;

function Presence({ peer }: { peer: string }) {
  const { t, format } = usePane();
  const presence = usePresence(peer);
  const { link } = useSession();
  const offline = presence?.status === "offline" && presence.lastSeen !== undefined;
  const now = useNow(offline ? Date.now() + seenEveryMs : undefined);
  // What was known before the connection broke may have changed.
  if (presence === undefined || link !== "online") return null;
  if (presence.status === "offline" && presence.lastSeen !== undefined) {
    return <>{lastSeenText(t, format, presence.lastSeen, now)}</>;
  }
  return <>{t(`presence.${presence.status}`)}</>;
}

function Subtitle({ summary }: { summary: ChatSummary }) {
  const { t } = usePane();
  const typing = useTyping(summary.id);
  const { kind, peer, memberCount } = summary;
  return (
    <p className="truncate text-[0.8125rem] leading-5 text-muted">
      {typing.length > 0 ? (
        <span className="text-accent-text">
          <TypingWords users={typing} />
        </span>
      ) : kind === "direct" ? (
        peer !== undefined && <Presence peer={peer} />
      ) : (
        t(kind === "channel" ? "chat.subscribers" : "chat.members", { count: memberCount })
      )}
    </p>
  );
}

function PeerAvatar({ summary }: { summary: ChatSummary }) {
  const presence = usePresence(summary.peer);
  const { link } = useSession();
  return (
    <Avatar
      id={summary.peer ?? summary.id}
      name={summary.title}
      kind={summary.kind}
      size={40}
      status={link === "online" ? presence?.status : undefined}
    />
  );
}

export interface HeaderProps {
  readonly summary: ChatSummary;
  readonly onBack: (() => void) | undefined;
  readonly onDetails: (() => void) | undefined;
  readonly onJump: (target: JumpTarget) => void;
}

/** Whom or what the conversation is with, and how they are. */
export function Header({ summary, onBack, onDetails, onJump }: HeaderProps) {
  const { t } = usePane();
  const [jumping, setJumping] = useState(false);
  const jumpButton = useRef<HTMLButtonElement>(null);
  const who = (
    <>
      <PeerAvatar summary={summary} />
      <div className="min-w-0 flex-1 text-left">
        <h2 className="flex items-center gap-1.5 leading-6 font-semibold">
          <span dir="auto" className="truncate">
            {summary.title}
          </span>
          {summary.muted && (
            <BellOff
              size={14}
              role="img"
              aria-label={t("list.muted")}
              className="shrink-0 text-faint"
            />
          )}
        </h2>
        <Subtitle summary={summary} />
      </div>
    </>
  );
  return (
    <header className="flex h-16 shrink-0 items-center gap-1 border-b border-line bg-surface px-2 sm:px-3">
      {onBack !== undefined && (
        <IconButton label={t("chat.back")} icon={<ArrowLeft size={20} />} onClick={onBack} />
      )}
      {onDetails === undefined ? (
        <div className="flex min-w-0 flex-1 items-center gap-3 px-2">{who}</div>
      ) : (
        <div className="relative flex min-w-0 flex-1 items-center gap-3 rounded-xl px-2 py-1">
          {who}
          {/* A convenience for the mouse; the button at the end does the same and has a name. */}
          <div aria-hidden="true" className="absolute inset-0 cursor-pointer" onClick={onDetails} />
        </div>
      )}
      <IconButton
        ref={jumpButton}
        label={t("chat.jump.open")}
        icon={<CalendarSearch size={20} />}
        aria-haspopup="dialog"
        aria-expanded={jumping}
        onClick={() => setJumping(!jumping)}
      />
      <Popover
        open={jumping}
        onClose={() => setJumping(false)}
        anchor={jumpButton}
        label={t("chat.jump.label")}
        align="end"
        className="w-72 p-2"
      >
        <JumpPanel
          onJump={(target) => {
            setJumping(false);
            onJump(target);
          }}
        />
      </Popover>
      {onDetails !== undefined && (
        <IconButton label={t("chat.details")} icon={<Info size={20} />} onClick={onDetails} />
      )}
    </header>
  );
}
